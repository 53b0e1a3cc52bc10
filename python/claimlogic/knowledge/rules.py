"""What a rule is made of, as data.

Clingo's syntax tree is walked once, when a knowledge base is compiled; everything later (slicing, proofs, checking)
works on these structures, which need no solver.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from claimlogic.terms import Term

# A comparison read from its other side.
MIRRORED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a rule. An anonymous one is named ``V_1``, ``V_2`` ..., but stays ``_`` under ``not``."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Arithmetic on whole numbers: ``left operator right`` with one of + - * / \\."""

    operator: str
    left: Expression
    right: Expression


Expression: TypeAlias = Term | Variable | Operation


@dataclass(frozen=True, slots=True)
class AtomPattern:
    """A predicate over terms and variables."""

    predicate: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """A body atom, plain or under ``not``."""

    atom: AtomPattern
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """``left operator right`` with one of = != < <= > >=. ``=`` may give a variable its value."""

    left: Expression
    operator: str
    right: Expression


@dataclass(frozen=True, slots=True)
class Element:
    """``terms : conditions`` of an aggregate."""

    terms: tuple[Expression, ...]
    conditions: tuple[Literal | Comparison, ...]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """``#sum``, ``#count``, ``#min`` or ``#max`` over the set of element tuples, held against guards.

    Each guard is read ``value operator expression``.
    """

    function: str
    elements: tuple[Element, ...]
    guards: tuple[tuple[str, Expression], ...]


BodyItem: TypeAlias = Literal | Comparison | Aggregate


@dataclass(frozen=True, slots=True)
class Label:
    """The sentence above a rule and what fills its braces: variables, or ``#sum`` for the aggregate's value."""

    template: str
    fillers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. ``body`` stands in an order in which each item is safe when its turn comes.

    ``number`` is unique within a knowledge base; ``text`` is plain rule text with every anonymous variable of a
    positive literal named; ``variables`` are the rule's global variables, sorted. ``needs`` are the predicates without
    which it cannot fire, those of its ``positive`` literals (predicate, place in the body); ``reads`` all in the body,
    under ``not`` and inside aggregates as well.
    """

    number: int
    file: str
    line: int
    head: AtomPattern
    body: tuple[BodyItem, ...]
    variables: tuple[str, ...]
    text: str
    label: Label | None
    needs: frozenset[str] = field(init=False, repr=False, compare=False)
    reads: frozenset[str] = field(init=False, repr=False, compare=False)
    positive: tuple[tuple[str, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Asked of the same rules with every claim, so they are found once.
        positive = tuple(
            (item.atom.predicate, at)
            for at, item in enumerate(self.body)
            if isinstance(item, Literal) and not item.negated
        )
        read = {item.atom.predicate for item in self.body if isinstance(item, Literal)}
        for item in self.body:
            if isinstance(item, Aggregate):
                read.update(c.atom.predicate for e in item.elements for c in e.conditions if isinstance(c, Literal))
        object.__setattr__(self, "needs", frozenset(predicate for predicate, _ in positive))
        object.__setattr__(self, "reads", frozenset(read))
        object.__setattr__(self, "positive", positive)

    @property
    def place(self) -> str:
        """Where the rule stands: file and line."""
        return f"{self.file}:{self.line}"


def variables_of(expression: Expression) -> frozenset[str]:
    """The names of the variables in an expression, without ``_``."""
    if isinstance(expression, Variable):
        return frozenset() if expression.name == "_" else frozenset((expression.name,))
    if isinstance(expression, Operation):
        return variables_of(expression.left) | variables_of(expression.right)
    return frozenset()


def constants_of(expression: Expression) -> Iterator[Term]:
    """The numbers, words and texts in an expression."""
    if isinstance(expression, Operation):
        yield from constants_of(expression.left)
        yield from constants_of(expression.right)
    elif not isinstance(expression, Variable):
        yield expression


def expressions_of(part: BodyItem | Element) -> Iterator[Expression]:
    """All that a condition reads, what stands inside an aggregate as well."""
    match part:
        case Literal(atom):
            yield from atom.arguments
        case Comparison(left, _, right):
            yield from (left, right)
        case Aggregate(_, elements, guards):
            yield from (bound for _, bound in guards)
            for element in elements:
                yield from expressions_of(element)
        case Element(terms, conditions):
            yield from terms
            for condition in conditions:
                yield from expressions_of(condition)


def written(part: Expression | AtomPattern | BodyItem) -> str:
    """A part of a rule as rule text."""
    match part:
        case Variable(name):
            return name
        case Operation(operator, left, right):
            return f"({written(left)}{operator}{written(right)})"
        case AtomPattern(predicate, arguments):
            return f"{predicate}({', '.join(map(written, arguments))})" if arguments else predicate
        case Literal(atom, negated):
            return f"not {written(atom)}" if negated else written(atom)
        case Comparison(left, operator, right):
            return f"{written(left)} {operator} {written(right)}"
        case Aggregate(function, elements, guards):
            inside = "; ".join(
                f"{', '.join(map(written, e.terms))} : {', '.join(map(written, e.conditions))}" for e in elements
            )
            return f"{function} {{ {inside} }}" + "".join(f" {op} {written(bound)}" for op, bound in guards)
        case _:
            return str(part)
