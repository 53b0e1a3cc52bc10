"""A rule as steps over rows: a condition takes the rows that fit so far and gives those that still fit.

A row holds the values of a rule's constants and of the variables that are bound by then, each at a slot that is known
when the rule is planned.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from claimlogic.knowledge.evaluate import aggregate_value, guard_holds, holds
from claimlogic.knowledge.order import safe_order
from claimlogic.knowledge.rules import (
    Aggregate,
    AtomPattern,
    BodyItem,
    Comparison,
    Element,
    Expression,
    Literal,
    Operation,
    Rule,
    Variable,
    expressions_of,
    variables_of,
)
from claimlogic.solving.answer import sums
from claimlogic.solving.layout import Layout, Step
from claimlogic.solving.relations import Relations, Row, columns, look_up_of, row_of
from claimlogic.terms import OPEN_END, Term

_SUM = Variable("#sum")
_ANY = Variable("_")
_OF_NUMBERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}


@dataclass(frozen=True, slots=True)
class Plan:
    """How a rule is joined: from the row ``start`` by ``steps`` to rows, of each of which ``head`` reads what it
    concludes, and ``values`` the values of a firing.
    """

    rule: Rule
    start: Row
    steps: tuple[Step, ...]
    head: Callable[[Row], Row]
    values: Callable[[Row], Row]

    def rows(self, relations: Relations) -> list[Row]:
        """The rows for which the body holds."""
        rows = [self.start]
        for step in self.steps:
            rows = step(rows, relations)
            if not rows:
                break
        return rows


def plan_rule(rule: Rule, watched: bool, body: Sequence[BodyItem]) -> Plan:
    """The plan of a rule whose conditions are taken in the order of ``body``, a safe one.

    Only where the rule is ``watched`` do its rows hold every variable, and ``values`` a meaning.
    """
    told = [Variable(name) for name in rule.variables] if watched else []
    ends: list[Sequence[Expression]] = [rule.head.arguments, told]
    read = [tuple(expressions_of(item)) for item in body]
    layout = Layout.of(e for part in (*ends, *read) for e in part)
    start = layout.constants()
    steps: list[Step] = []
    summed = sums(rule) and watched
    for n, item in enumerate(body):
        later = _variables(e for part in (*ends, *read[n + 1 :]) for e in part)
        steps.extend(_steps(item, layout, later, summed))
    steps.extend(layout.calculate(rule.head.arguments))
    values = [*told, *([_SUM] if _SUM in layout else [])]
    return Plan(rule, start, tuple(steps), row_of(layout.places(rule.head.arguments)), row_of(layout.places(values)))


def begun_with(rule: Rule, first: int) -> Sequence[BodyItem]:
    """The conditions of a rule in a safe order that begins with the one at ``first``, which is a plain atom."""
    begun = rule.body[first] if first else None
    if begun is None or any(isinstance(expression, Operation) for expression in expressions_of(begun)):
        return rule.body  # A calculated argument can only be looked up once its variables have values.
    bound = _variables(expressions_of(begun))
    return (begun, *safe_order([*rule.body[:first], *rule.body[first + 1 :]], rule.place, bound))


def by_rows(rule: Rule, relations: Relations) -> Sequence[BodyItem]:
    """The conditions of a rule in a safe order in which each finds the fewest rows for those found before it."""

    def found(atom: AtomPattern, known: Collection[str]) -> float:
        rows = len(relations.rows(atom.predicate))
        told = [at for at, a in enumerate(atom.arguments) if not isinstance(a, Variable) or a.name in known]
        return rows / min(rows, prod(relations.distinct(atom.predicate, at) for at in told)) if rows else 0

    return safe_order(rule.body, rule.place, cost=found)


def _steps(item: BodyItem, layout: Layout, later: Collection[str], summed: bool = False) -> Iterator[Step]:
    """The steps of a condition; where ``summed``, that of the first aggregate appends its value as ``_SUM``."""
    if isinstance(item, Literal):
        yield from layout.calculate(item.atom.arguments)
        yield _without(item, layout) if item.negated else _with(item, layout, later)
    elif isinstance(item, Aggregate):
        yield from layout.calculate(bound for _, bound in item.guards)
        tells = summed and _SUM not in layout
        yield _guarding(item, layout, tells)
        if tells:
            layout.bind(_SUM)
    else:
        yield from layout.calculate((item.left, item.right))
        yield from _comparing(item, layout)


def _with(literal: Literal, layout: Layout, later: Collection[str]) -> Step:
    arguments = literal.atom.arguments
    by = tuple(at for at, argument in enumerate(arguments) if argument in layout)
    key = columns(layout.places(arguments[at] for at in by))
    first: dict[Expression, int] = {}
    equal = []
    for at, argument in enumerate(arguments):
        if at not in by and first.setdefault(argument, at) != at:
            equal.append((first[argument], at))
    bound = {a: at for a, at in first.items() if isinstance(a, Variable) and a.name in later}
    asked = look_up_of(literal.atom.predicate, by, tuple(bound.values()), tuple(equal))
    layout.bind(*bound)

    def joined(rows: list[Row], relations: Relations) -> list[Row]:
        found = relations.look_up(asked)
        return [row + more for row in rows if (held := key(row)) in found for more in found[held]]

    def kept(rows: list[Row], relations: Relations) -> list[Row]:
        found = relations.look_up(asked)
        return [row for row in rows if key(row) in found]

    return joined if bound else kept


def _without(literal: Literal, layout: Layout) -> Step:
    arguments = literal.atom.arguments
    by = tuple(at for at, argument in enumerate(arguments) if argument != _ANY)
    key = columns(layout.places(arguments[at] for at in by))
    asked = look_up_of(literal.atom.predicate, by, ())

    def kept(rows: list[Row], relations: Relations) -> list[Row]:
        found = relations.look_up(asked)
        return [row for row in rows if key(row) not in found]

    return kept


def _comparing(item: Comparison, layout: Layout) -> Iterator[Step]:
    for side, other in ((item.left, item.right), (item.right, item.left)):
        if isinstance(side, Variable) and side not in layout:
            layout.name(side, other)
            return
    left, right, operator = layout.place(item.left), layout.place(item.right), item.operator
    of_numbers = _OF_NUMBERS[operator]

    def kept(rows: list[Row], _relations: Relations) -> list[Row]:
        return [
            row
            for row in rows
            if (
                of_numbers(row[left], row[right])
                if isinstance(row[left], int) and isinstance(row[right], int)
                else holds(row[left], operator, row[right])
            )
        ]

    yield kept


def _guarding(item: Aggregate, layout: Layout, tells: bool) -> Step:
    value = _aggregate(item, layout)
    guards = [(operator, layout.place(bound)) for operator, bound in item.guards]

    def kept(rows: list[Row], relations: Relations) -> list[Row]:
        found = ((row, value(row, relations)) for row in rows)
        told = (
            pair for pair in found if all(guard_holds(item.function, pair[1], op, pair[0][at]) for op, at in guards)
        )
        return [(*row, OPEN_END if own is None else own) if tells else row for row, own in told]

    return kept


def _aggregate(item: Aggregate, layout: Layout) -> Callable[[Row, Relations], Term | None]:
    elements = [_element(element, layout.copy()) for element in item.elements]

    def value(row: Row, relations: Relations) -> Term | None:
        tuples: set[Row] = set()
        for steps, terms in elements:
            rows = [row]
            for step in steps:
                rows = step(rows, relations)
            tuples.update(map(terms, rows))
        return aggregate_value(item.function, tuples)

    return value


def _element(element: Element, layout: Layout) -> tuple[Sequence[Step], Callable[[Row], Row]]:
    steps: list[Step] = []
    for n, condition in enumerate(element.conditions):
        later = _variables(expressions_of(Element(element.terms, element.conditions[n + 1 :])))
        steps.extend(_steps(condition, layout, later))
    steps.extend(layout.calculate(element.terms))
    return steps, row_of(layout.places(element.terms))


def _variables(expressions: Iterable[Expression]) -> frozenset[str]:
    return frozenset().union(*map(variables_of, expressions))
