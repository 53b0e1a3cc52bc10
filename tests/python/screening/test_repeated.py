"""Absences within absences: what holds around need not be asked again."""

from __future__ import annotations

from dataclasses import replace

from claimlogic.knowledge.parse import parse_rules
from claimlogic.screening.compiling.plan import (
    NUMBER,
    TEXT,
    Absent,
    Block,
    ColumnOf,
    Compare,
    Condition,
    Constant,
    Impossible,
    Scan,
)
from claimlogic.screening.compiling.program import compile_rules
from claimlogic.screening.compiling.repeated import asked_once

LINE = Scan(0, "line", 3)
(RULE,) = compile_rules(
    parse_rules("d(C, L) :- line(C, L, X).", "some.lp").rules, {"line": (NUMBER, NUMBER, TEXT)}
).rules_of("d")


def no_pair(value: int, number: int, turned: bool = False) -> Absent:
    """That the line has no pair of a value."""
    same = Compare(ColumnOf(number, 0, NUMBER), "=", ColumnOf(0, 1, NUMBER))
    told = Compare(ColumnOf(number, 1, NUMBER), "=", Constant(value, NUMBER))
    return Absent(Block((Scan(number, "pair", 2),), (told, same) if turned else (same, told)))


def no_table(number: int, *conditions: Condition) -> Absent:
    """That there is no row of a table for which some conditions hold."""
    return Absent(Block((Scan(number, "table", 2),), conditions))


def asked(*conditions: Condition) -> tuple[Condition, ...]:
    return asked_once(replace(RULE, block=Block((LINE,), conditions))).block.conditions


def test_an_absence_that_holds_around_is_not_asked_for_within_another() -> None:
    assert asked(no_pair(1, 1), no_table(2, no_pair(1, 3))) == (no_pair(1, 1), no_table(2))
    assert asked(no_table(2, no_pair(1, 3, turned=True)), no_pair(1, 1)) == (no_table(2), no_pair(1, 1))


def test_an_absence_of_something_else_is_asked_for() -> None:
    told = (no_pair(1, 1), no_table(2, no_pair(2, 3)))
    assert asked(*told) == told


def test_what_is_asked_for_within_one_absence_alone_says_nothing_of_another() -> None:
    told = (no_table(1, no_pair(1, 2)), no_table(3, no_pair(1, 4), no_pair(2, 5)))
    assert asked(*told) == told


def test_what_holds_within_an_absence_holds_within_those_in_it() -> None:
    assert asked(no_table(1, no_pair(1, 2), no_table(3, no_pair(1, 4)))) == (no_table(1, no_pair(1, 2), no_table(3)),)


def test_an_absence_of_nothing_but_what_is_absent_around_never_holds() -> None:
    """Of `not a, not not a` no row is left."""
    assert asked(no_pair(1, 1), Absent(Block((), (no_pair(1, 2),)))) == (no_pair(1, 1), Impossible())
