"""Small changes of a rule, each of which a test ought to notice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from claimlogic.analyst.implied import implied
from claimlogic.analyst.models import renumbered
from claimlogic.errors import InputError
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rules import (
    Aggregate,
    AtomPattern,
    BodyItem,
    Comparison,
    Expression,
    Literal,
    Operation,
    Rule,
    Variable,
    written,
)
from claimlogic.knowledge.vocabulary import Vocabulary

_SHIFTED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "!=", "!=": "="}
_ANONYMOUS = re.compile(r"\b[VW]_\d+\b")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed rule (None: removed), the change in words, and whether it is known to change no claim's answer."""

    rule: Rule
    instead: Rule | None
    words: str
    equal: bool = False


def mutants(rule: Rule, rules: Sequence[Rule], vocabulary: Vocabulary) -> Iterator[Mutant]:
    """The changes of one rule.

    Those that leave a variable without a value, or a label with a blank, are left out: lint finds them.
    """
    yield Mutant(rule, None, "without this rule")
    for at, item in enumerate(rule.body):
        rest = rule.body[:at] + rule.body[at + 1 :]
        equal = implied(item, rest, rules, vocabulary)
        if (dropped := _rewritten(rule, rest)) is not None:
            yield Mutant(rule, dropped, f"without {told(item)}", equal)
        for other in _instead(item, vocabulary):
            if (changed := _rewritten(rule, (*rule.body[:at], other, *rule.body[at + 1 :]))) is not None:
                yield Mutant(rule, changed, f"with {told(other)} in the place of {told(item)}")


def told(item: BodyItem) -> str:
    """A condition as it stands in the rule."""
    return f"`{_ANONYMOUS.sub('_', written(item))}`"


def with_body(rule: Rule, body: Sequence[BodyItem]) -> Rule | None:
    """The rule with another body; None where that leaves a variable without a value."""
    if not body:
        return None
    # Anonymous variables have been given names, which rule text may not use.
    text = _ANONYMOUS.sub("_", f"{written(rule.head)} :- {', '.join(map(written, body))}.")
    try:
        return renumbered(parse_rules(text, rule.file).rules[0], rule)
    except InputError:
        return None


def _rewritten(rule: Rule, body: Sequence[BodyItem]) -> Rule | None:
    """The rule with another body; None where that is unsafe, or unbinds its label."""
    changed = with_body(rule, body)
    if changed is not None and rule.label is not None:
        sums = any(isinstance(item, Aggregate) for item in body)
        for filler in rule.label.fillers:
            if filler not in changed.variables and not (filler == "#sum" and sums):
                return None
    return changed


def _instead(item: BodyItem, vocabulary: Vocabulary) -> Iterator[BodyItem]:
    if isinstance(item, Literal):
        if item.negated:
            yield Literal(item.atom)
        for atom in _other_constants(item.atom, vocabulary):
            yield Literal(atom, item.negated)
    elif isinstance(item, Comparison):
        yield replace(item, operator=_SHIFTED[item.operator])
        for left in _shifted(item.left):
            yield replace(item, left=left)
        for right in _shifted(item.right):
            yield replace(item, right=right)
    else:
        for at, (operator, bound) in enumerate(item.guards):
            guards = list(item.guards)
            guards[at] = (_SHIFTED[operator], bound)
            yield replace(item, guards=tuple(guards))


def _shifted(side: Expression) -> Iterator[Expression]:
    if isinstance(side, int):
        yield side + 1
    elif isinstance(side, Operation):
        for right in _shifted(side.right):
            yield replace(side, right=right)


def _other_constants(atom: AtomPattern, vocabulary: Vocabulary) -> Iterator[AtomPattern]:
    """The atom with one number greater by one, or one word of a closed list exchanged for the next of it."""
    declared = vocabulary.predicates.get(atom.predicate)
    for at, value in enumerate(atom.arguments):
        other: Expression | None = None
        if isinstance(value, int):
            other = value + 1
        elif isinstance(value, str) and declared is not None:
            words = sorted(vocabulary.kinds[declared.kinds[at]].constants)
            if value in words and len(words) > 1:
                other = words[(words.index(value) + 1) % len(words)]
        if other is not None and not isinstance(value, Variable):
            yield AtomPattern(atom.predicate, (*atom.arguments[:at], other, *atom.arguments[at + 1 :]))
