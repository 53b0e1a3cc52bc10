"""Checks on what can fire at all, and on what nothing looks at."""

from __future__ import annotations

from collections.abc import Iterable

from claimlogic.analyst.linting.draft import Draft
from claimlogic.analyst.linting.model import Found
from claimlogic.knowledge.liveness import Followed, Shape, live_rules
from claimlogic.knowledge.rules import Aggregate, Literal, Rule, Variable, written
from claimlogic.knowledge.slicing import rules_toward
from claimlogic.knowledge.vocabulary import Predicate

# What an answer is made of; whatever leads to none of these is read by nobody.
ANSWERS = frozenset(
    (
        *("finding", "waived", "reported", "packaged", "verdict", "claim_verdict", "unknown", "disputed", "prevails"),
        *("edition_used", "carried_forward", "judged_by"),
    )
)


def unreachable_rule(draft: Draft) -> Iterable[Found]:
    """A rule on which no finding, verdict, question or search rests."""
    kept = {rule.number for rule in rules_toward(draft.rules, ANSWERS | draft.asked)}
    for rule in draft.rules:
        if rule.number not in kept:
            sentence = f"no finding, verdict or question rests on {rule.head.predicate}"
            yield Found(rule.file, rule.line, sentence, "read it in a rule, or remove this one")


def no_producer(draft: Draft) -> Iterable[Found]:
    """A rule that cannot fire: no fact and no rule gives one of its conditions."""
    produced = _produced(draft)
    for rule in draft.rules:
        for name in sorted(_positive(rule) - produced):
            if name in draft.vocabulary.predicates:
                sentence = f"this rule cannot fire: no fact and no rule gives {name}"
                yield Found(rule.file, rule.line, sentence, "state its facts, write its rule, or remove this one")


def negation_of_nothing(draft: Draft) -> Iterable[Found]:
    """`not` on a predicate that nothing gives: it always holds."""
    produced = _produced(draft)
    for rule in draft.rules:
        for item in rule.body:
            if isinstance(item, Literal) and item.negated and item.atom.predicate not in produced:
                name = item.atom.predicate
                if name in draft.vocabulary.predicates:
                    sentence = f"not {name} always holds: no fact and no rule gives {name}"
                    yield Found(
                        rule.file, rule.line, sentence, "state its facts, write its rule, or drop the condition"
                    )


def word_never_given(draft: Draft) -> Iterable[Found]:
    """A rule that cannot fire: a word that it asks for is never given there."""
    produced = _produced(draft)
    places = _followed(draft)
    rules = [r for r in draft.rules if r.needs <= produced]
    live = {rule.number for rule in live_rules(rules, _shape(draft, places), Followed(places, {}))}
    heads = {rule.head.predicate for rule in rules if rule.number in live}
    given = {p.name for p in draft.vocabulary.predicates.values() if _is_given(draft, p)}
    for rule in rules:
        if rule.number not in live and rule.needs <= heads | given:
            words = _words_at_fault(rule, draft, places, [r for r in rules if r.number in live])
            sentence = f"this rule cannot fire: {words}"
            yield Found(rule.file, rule.line, sentence, "mend the word, or give it in a fact or a rule")


def _words_at_fault(rule: Rule, draft: Draft, places: dict[str, tuple[int, ...]], live: list[Rule]) -> str:
    for item in rule.body:
        if isinstance(item, Literal) and not item.negated:
            for at, value in enumerate(item.atom.arguments):
                if isinstance(value, str) and not _can_be(value, item.atom.predicate, at, draft, places, live):
                    return f"nothing gives {written(item.atom)}, since {value} is never its argument {at + 1}"
    return "the words that its conditions ask for never meet"


def _can_be(
    word: str, predicate: str, at: int, draft: Draft, places: dict[str, tuple[int, ...]], live: list[Rule]
) -> bool:
    declared = draft.vocabulary.predicates[predicate]
    if _is_given(draft, declared) and at not in places.get(predicate, ()):
        return True
    concluded = (r.head.arguments[at : at + 1] for r in live if r.head.predicate == predicate)
    return any(isinstance(v, Variable) or v == word for values in concluded for v in values) or any(
        token == (predicate, at, word) for token in _shape(draft, places).tokens
    )


def _from_outside(declared: Predicate) -> bool:
    """Whether anything beyond the rule text gives a predicate: a claim, an encounter or a table."""
    return bool(declared.givers & {"claim", "encounter", "tables"})


def _is_given(draft: Draft, declared: Predicate) -> bool:
    return _from_outside(declared) or declared.name in draft.facts_of


def _produced(draft: Draft) -> frozenset[str]:
    given = {p.name for p in draft.vocabulary.predicates.values() if _is_given(draft, p)}
    return frozenset(given | set(draft.facts_of) | set(draft.concluded))


def _positive(rule: Rule) -> frozenset[str]:
    inside = {
        c.atom.predicate
        for item in rule.body
        if isinstance(item, Aggregate)
        for element in item.elements
        for c in element.conditions
        if isinstance(c, Literal) and not c.negated
    }
    return rule.needs | inside


def _followed(draft: Draft) -> dict[str, tuple[int, ...]]:
    """The places whose words are all known: enumerations, and words that only facts of the rule text give."""
    found = {}
    for p in draft.vocabulary.predicates.values():
        kinds = [draft.vocabulary.kinds[kind] for kind in p.kinds]
        outside = _from_outside(p)
        found[p.name] = tuple(
            i for i, kind in enumerate(kinds) if kind.base == "word" and (kind.constants or not outside)
        )
    return found


def _shape(draft: Draft, places: dict[str, tuple[int, ...]]) -> Shape:
    predicates = set()
    tokens: set[tuple[str, int, str]] = set()
    for p in draft.vocabulary.predicates.values():
        if _from_outside(p):
            predicates.add(p.name)
            for at in places[p.name]:
                tokens.update((p.name, at, word) for word in draft.vocabulary.kinds[p.kinds[at]].constants)
    for _, _, atom in draft.facts():
        if atom.predicate in draft.vocabulary.predicates:
            predicates.add(atom.predicate)
            for at in places[atom.predicate]:
                if at < len(atom.arguments):
                    tokens.add((atom.predicate, at, str(atom.arguments[at])))
    return Shape(frozenset(predicates), frozenset(tokens))
