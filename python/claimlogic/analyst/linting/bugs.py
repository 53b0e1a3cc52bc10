"""The class `bug`: what makes a rule say something other than it reads."""

from __future__ import annotations

from collections.abc import Iterable

from claimlogic.analyst.linting import logic, predicates, reach
from claimlogic.analyst.linting.draft import Draft
from claimlogic.analyst.linting.model import Check, Found
from claimlogic.terms import Atom


def key_with_two_values(draft: Draft) -> Iterable[Found]:
    """Two facts with the same key and different values: what should be one answer is two."""
    for name, facts in draft.facts_of.items():
        declared = draft.vocabulary.predicates.get(name)
        if declared is None or not declared.key:
            continue
        seen: dict[tuple[object, ...], tuple[str, int, Atom]] = {}
        for file, fact in facts:
            if len(fact.atom.arguments) != len(declared.arguments):
                continue
            key = tuple(fact.atom.arguments[k] for k in declared.key)
            first = seen.setdefault(key, (file, fact.line, fact.atom))
            if first[2] != fact.atom:
                named = ", ".join(declared.arguments[k] for k in declared.key)
                sentence = f"{fact.atom} and {first[2]} ({first[0]}:{first[1]}) have the same {named}"
                yield Found(file, fact.line, sentence, "keep the one that is right")


CHECKS = (
    Check(
        "undeclared_predicate", "bug", "A predicate that the vocabulary does not hold", predicates.undeclared_predicate
    ),
    Check("wrong_arity", "bug", "Too many or too few arguments", predicates.wrong_arity),
    Check("wrong_kind", "bug", "An argument of the wrong kind", predicates.wrong_kind),
    Check(
        "not_to_be_stated",
        "bug",
        "A rule for what is given, or a fact for what is derived",
        predicates.not_to_be_stated,
    ),
    Check("unsafe_variable", "bug", "A variable without a value", predicates.unsafe_variable),
    Check("not_stratified", "bug", "A predicate that rests on its own absence", predicates.not_stratified),
    Check("reads_verdict", "bug", "A rule that reads a verdict", predicates.reads_verdict),
    Check("unreachable_rule", "bug", "A rule that nothing looks at", reach.unreachable_rule),
    Check("no_producer", "bug", "A condition that nothing gives", reach.no_producer),
    Check("word_never_given", "bug", "A word that is never given", reach.word_never_given),
    Check("negation_of_nothing", "bug", "`not` on what nothing gives", reach.negation_of_nothing),
    Check("contradicting_conditions", "bug", "Conditions that never hold together", logic.contradicting_conditions),
    Check("duplicate_rule", "bug", "Two rules that say the same", logic.duplicate_rule),
    Check("subsumed_rule", "bug", "A rule that another makes needless", logic.subsumed_rule),
    Check("key_with_two_values", "bug", "One key with two values", key_with_two_values),
    Check("cross_product", "bug", "Conditions that share no variable", logic.cross_product),
    Check("binding_aggregate", "bug", "An aggregate that gives a value", logic.binding_aggregate),
    Check("line_arithmetic", "bug", "Counting with line numbers", logic.line_arithmetic),
)
