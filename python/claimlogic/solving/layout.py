"""Where the values of a rule stand in its rows: constants first, then each variable and calculation as it is bound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from operator import itemgetter
from typing import TypeAlias

from claimlogic.knowledge.evaluate import calculated
from claimlogic.knowledge.rules import Expression, Operation, Variable, constants_of
from claimlogic.solving.relations import Relations, Row
from claimlogic.terms import Term

Step: TypeAlias = Callable[[list[Row], Relations], list[Row]]
"""Takes the rows that fit so far, and gives those that still fit, with what was bound at their end."""


class Layout:
    """At which slot of a row each constant, variable and calculation of a rule stands."""

    def __init__(self, slots: Mapping[Expression, int], size: int) -> None:
        self._slots = dict(slots)
        self._size = size

    @staticmethod
    def of(expressions: Iterable[Expression]) -> Layout:
        """The layout in which a rule begins: its constants."""
        constants = dict.fromkeys(c for expression in expressions for c in constants_of(expression))
        return Layout({constant: at for at, constant in enumerate(constants)}, len(constants))

    def copy(self) -> Layout:
        """A layout for what is bound in one place only, such as within an aggregate."""
        return Layout(self._slots, self._size)

    def constants(self) -> Row:
        """The row that holds what has a slot, while that is constants only."""
        return tuple(slot for slot in self._slots if isinstance(slot, int | str))

    def __contains__(self, expression: Expression) -> bool:
        return expression in self._slots

    def place(self, expression: Expression) -> int:
        """The slot of what is bound."""
        return self._slots[expression]

    def places(self, expressions: Iterable[Expression]) -> tuple[int, ...]:
        """The slots of what is bound."""
        return tuple(self._slots[e] for e in expressions)

    def bind(self, *expressions: Expression) -> None:
        """Give the values that a step appends to a row their slots."""
        for expression in expressions:
            self._slots[expression] = self._size
            self._size += 1

    def name(self, variable: Variable, expression: Expression) -> None:
        """Let a variable stand where an expression stands."""
        self._slots[variable] = self._slots[expression]

    def calculate(self, expressions: Iterable[Expression]) -> Iterator[Step]:
        """The steps that append the values of what is calculated. What has no value fits no row."""
        for expression in expressions:
            if isinstance(expression, Operation) and expression not in self._slots:
                yield _calculating(expression, self)
                self.bind(expression)


def _calculating(operation: Operation, layout: Layout) -> Step:
    value = _value(operation, layout)

    def appended(rows: list[Row], _relations: Relations) -> list[Row]:
        return [(*row, found) for row in rows if (found := value(row)) is not None]

    return appended


def _value(expression: Expression, layout: Layout) -> Callable[[Row], Term | None]:
    if not isinstance(expression, Operation):
        return itemgetter(layout.place(expression))
    left, operator, right = _value(expression.left, layout), expression.operator, _value(expression.right, layout)
    return lambda row: calculated(left(row), operator, right(row))
