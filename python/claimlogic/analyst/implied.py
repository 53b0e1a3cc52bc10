"""Conditions that follow from the others of their rule: without them it says the same."""

from __future__ import annotations

from collections.abc import Sequence

from claimlogic.knowledge.rules import (
    Aggregate,
    AtomPattern,
    BodyItem,
    Comparison,
    Expression,
    Literal,
    Rule,
    Variable,
    variables_of,
)
from claimlogic.knowledge.vocabulary import Vocabulary

_DEEPEST = 4


def implied(item: BodyItem, rest: Sequence[BodyItem], rules: Sequence[Rule], vocabulary: Vocabulary) -> bool:
    """Whether a positive condition holds wherever the rest does.

    It does where another condition is concluded only by rules that have it among their own conditions, or where it
    asks that a line is there of which the claim says something else: a claim says things of its own lines only.
    """
    if not isinstance(item, Literal) or item.negated:
        return False
    needed = frozenset(_names(rest))
    wanted = AtomPattern(
        item.atom.predicate,
        tuple(Variable("_") if isinstance(a, Variable) and a.name not in needed else a for a in item.atom.arguments),
    )
    positive = [i.atom for i in rest if isinstance(i, Literal) and not i.negated]
    return any(_follows(wanted, atom, rules, vocabulary, _DEEPEST) for atom in positive)


def _follows(wanted: AtomPattern, atom: AtomPattern, rules: Sequence[Rule], vocabulary: Vocabulary, depth: int) -> bool:
    if _covers(wanted, atom) or _names_line(wanted, atom, vocabulary):
        return True
    declared = vocabulary.predicates.get(atom.predicate)
    own = [rule for rule in rules if rule.head.predicate == atom.predicate]
    if not depth or not own or (declared is not None and declared.given):
        return False
    return all(_follows_from_rule(wanted, atom, rule, rules, vocabulary, depth - 1) for rule in own)


def _follows_from_rule(
    wanted: AtomPattern, atom: AtomPattern, rule: Rule, rules: Sequence[Rule], vocabulary: Vocabulary, depth: int
) -> bool:
    """Whether the rule's conditions give what is wanted, said in the rule's own variables."""
    translated: dict[Expression, Expression] = {}
    for outer, inner in zip(atom.arguments, rule.head.arguments, strict=True):
        if not isinstance(inner, Variable) or outer == Variable("_"):
            continue
        translated.setdefault(outer, inner)
    arguments = []
    for value in wanted.arguments:
        if isinstance(value, Variable) and value.name != "_":
            if value not in translated:
                return False
            arguments.append(translated[value])
        else:
            arguments.append(value)
    inside = AtomPattern(wanted.predicate, tuple(arguments))
    positive = [i.atom for i in rule.body if isinstance(i, Literal) and not i.negated]
    return any(_follows(inside, other, rules, vocabulary, depth) for other in positive)


def _covers(wanted: AtomPattern, atom: AtomPattern) -> bool:
    return wanted.predicate == atom.predicate and all(
        w in (Variable("_"), a) for w, a in zip(wanted.arguments, atom.arguments, strict=True)
    )


def _names_line(wanted: AtomPattern, atom: AtomPattern, vocabulary: Vocabulary) -> bool:
    if wanted.predicate != "line" or any(a != Variable("_") for a in wanted.arguments[2:]):
        return False
    declared = vocabulary.predicates.get(atom.predicate)
    return (
        declared is not None
        and declared.givers == {"claim"}
        and not declared.derived
        and declared.kinds[:2] == ("claim", "line")
        and atom.arguments[:2] == wanted.arguments[:2]
    )


def _names(rest: Sequence[BodyItem]) -> set[str]:
    found: set[str] = set()
    for item in rest:
        if isinstance(item, Literal):
            found.update(v for a in item.atom.arguments for v in variables_of(a))
        elif isinstance(item, Comparison):
            found |= variables_of(item.left) | variables_of(item.right)
        elif isinstance(item, Aggregate):
            found.update(v for _, bound in item.guards for v in variables_of(bound))
            for element in item.elements:
                found.update(v for t in element.terms for v in variables_of(t))
                found |= _names(element.conditions)
    return found
