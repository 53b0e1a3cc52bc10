"""What an engine answers: the atoms that hold, and which rules fired with which values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from claimlogic.knowledge.evaluate import value_of
from claimlogic.knowledge.rules import Rule
from claimlogic.terms import Atom, Term


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule and the values of its variables (in the order of ``Rule.variables``) for which its body holds.

    One value more stands at the end where the rule's label asks for the sum of an aggregate.
    """

    rule: int
    values: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What follows: the atoms asked for, and the firings of the rules that were watched."""

    atoms: frozenset[Atom]
    firings: tuple[Firing, ...]


Solver: TypeAlias = Callable[[Iterable[Atom], Sequence[Rule], Sequence[Rule], Iterable[tuple[str, int]] | None], Answer]
"""Facts, rules, the rules to watch, and the predicates (name, arity) that are asked for, None for all: the answer."""


def concluded(rule: Rule, firing: Firing) -> Atom:
    """The atom that a firing concludes."""
    values = dict(zip(rule.variables, firing.values, strict=False))
    arguments = []
    for argument in rule.head.arguments:
        value = value_of(argument, values)
        assert value is not None, "a rule's head is bound by its body"
        arguments.append(value)
    return Atom(rule.head.predicate, tuple(arguments))


def sums(rule: Rule) -> bool:
    """Whether a rule's label tells the sum of its aggregate."""
    return rule.label is not None and "#sum" in rule.label.fillers
