"""What must hold of the rules together before any engine runs them.

Stratified (no predicate rests on its own negation), finitely grounding (no recursion counts on), known predicates with
one arity, and the two stages: nothing in ``rules/`` reads a verdict.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from claimlogic.errors import InputError
from claimlogic.knowledge.rules import (
    Aggregate,
    AtomPattern,
    Comparison,
    Literal,
    Operation,
    Rule,
    Variable,
    variables_of,
)
from claimlogic.knowledge.strata import components
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.terms import Atom

SECOND_STAGE = frozenset({"waived", "falls", "stands", "surely_stands", "reported", "denied", "orphaned", "verdict"})


def check_rules(rules: Sequence[Rule], vocabulary: Vocabulary) -> None:
    """Raises InputError, naming file and line, for the first thing that does not hold."""
    _check_predicates(rules, vocabulary)
    _check_stages(rules)
    check_stratified(rules)
    check_finite(rules)


def check_fact(fact: Atom, vocabulary: Vocabulary, place: str) -> None:
    """Raises InputError for a fact whose predicate is undeclared, of another arity, or not to be stated as a fact."""
    declared = vocabulary.predicates.get(fact.predicate)
    if declared is None:
        raise InputError(f"predicate {fact.predicate} is not in the vocabulary; declare it or mend its name", place)
    if len(fact.arguments) != len(declared.arguments):
        raise InputError(
            f"{fact.predicate} takes {len(declared.arguments)} arguments, {len(fact.arguments)} are given", place
        )
    if not declared.stored:
        raise InputError(f"{fact.predicate} is not given by codes, tables or rules, so no fact may state it", place)


def atoms_of(rule: Rule) -> Iterable[AtomPattern]:
    """Every atom of a rule: its head, its conditions, and those inside aggregates."""
    yield rule.head
    for item in rule.body:
        if isinstance(item, Literal):
            yield item.atom
        elif isinstance(item, Aggregate):
            yield from (c.atom for e in item.elements for c in e.conditions if isinstance(c, Literal))


def _check_predicates(rules: Sequence[Rule], vocabulary: Vocabulary) -> None:
    arities = {p.name: len(p.arguments) for p in vocabulary.predicates.values()}
    concluded = {rule.head.predicate for rule in rules}
    for rule in rules:
        head = vocabulary.predicates.get(rule.head.predicate)
        if head is not None and not head.derived:
            raise InputError(f"{head.name} is given, not derived; a rule may not conclude it", rule.place)
        for atom in atoms_of(rule):
            if atom.predicate not in concluded and atom.predicate not in vocabulary.predicates:
                raise InputError(f"no fact or rule gives {atom.predicate}; declare it or mend its name", rule.place)
            if arities.setdefault(atom.predicate, len(atom.arguments)) != len(atom.arguments):
                wanted = arities[atom.predicate]
                raise InputError(
                    f"{atom.predicate} takes {wanted} arguments, {len(atom.arguments)} are given", rule.place
                )


def _check_stages(rules: Sequence[Rule]) -> None:
    for rule in rules:
        if rule.file.startswith("rules/") and (late := sorted(rule.reads & SECOND_STAGE)):
            raise InputError(f"a rule in rules/ may not read {late[0]}: findings come before verdicts", rule.place)


def check_stratified(rules: Sequence[Rule]) -> None:
    """Raises InputError naming a rule that makes a predicate rest on its own absence (or on an aggregate of itself)."""
    positive: dict[str, set[str]] = {}
    for rule in rules:
        positive.setdefault(rule.head.predicate, set()).update(rule.reads)
    component = components(positive)
    for rule in rules:
        own = component[rule.head.predicate]
        for item in rule.body:
            if isinstance(item, Literal) and item.negated:
                strict = {item.atom.predicate}
            elif isinstance(item, Aggregate):
                strict = {c.atom.predicate for e in item.elements for c in e.conditions if isinstance(c, Literal)}
            else:
                continue
            for predicate in sorted(strict):
                if component.get(predicate) == own:
                    circle = f"{rule.head.predicate} rests on the absence of {predicate}, which rests on it"
                    raise InputError(f"{circle}; break the circle", rule.place)


def check_finite(rules: Sequence[Rule]) -> None:
    """Raises InputError naming a rule that could make new numbers from its own conclusions without end.

    Sufficient, not necessary: where a predicate rests on itself, its rules conclude no calculated value.
    """
    reads: dict[str, set[str]] = {}
    for rule in rules:
        reads.setdefault(rule.head.predicate, set()).update(rule.reads)
    component = components(reads)
    for rule in rules:
        name = rule.head.predicate
        is_recursive = any(component.get(predicate) == component[name] for predicate in rule.needs)
        if is_recursive and _concludes_calculated(rule):
            problem = f"{name} rests on itself and concludes what it calculates, so it could grow without end"
            raise InputError(f"{problem}; calculate in a rule of its own", rule.place)


def _concludes_calculated(rule: Rule) -> bool:
    """Whether the head holds a value that need not stand in any atom of the body, nor in the rule."""
    found = {
        argument.name
        for item in rule.body
        if isinstance(item, Literal) and not item.negated
        for argument in item.atom.arguments
        if isinstance(argument, Variable)
    }
    for item in rule.body:  # Each stands behind what it needs.
        if isinstance(item, Comparison) and item.operator == "=":
            for side, other in ((item.left, item.right), (item.right, item.left)):
                if isinstance(side, Variable) and not isinstance(other, Operation) and variables_of(other) <= found:
                    found.add(side.name)
    return any(isinstance(a, Operation) or not variables_of(a) <= found for a in rule.head.arguments)
