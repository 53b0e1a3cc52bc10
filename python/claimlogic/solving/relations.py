"""Atoms as tables that are looked up by some of their columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import islice
from operator import itemgetter
from typing import Any, TypeAlias

from claimlogic.terms import Atom, Term

_LOOKED_AT = 1000

Row: TypeAlias = tuple[Term, ...]
Key: TypeAlias = Any
"""What ``columns`` gives: the value of one column, a tuple of those of several."""


@dataclass(frozen=True, slots=True, eq=False)
class LookUp:
    """How a condition asks a table: by the columns in ``by``, for those in ``taken``.

    In a row that fits, the columns of each pair in ``equal`` hold one value. ``look_up_of`` makes it, one for all rules
    that ask so: it is told from others by its identity, which is the fastest.
    """

    predicate: str
    by: tuple[int, ...]
    taken: tuple[int, ...]
    equal: tuple[tuple[int, int], ...]


@cache
def look_up_of(
    predicate: str, by: tuple[int, ...], taken: tuple[int, ...], equal: tuple[tuple[int, int], ...] = ()
) -> LookUp:
    """The look-up of a table."""
    return LookUp(predicate, by, taken, equal)


class Relations:
    """The tables of one answer. A look-up is made ready when it is first asked, and again after its table has grown."""

    def __init__(self, facts: Iterable[Atom]) -> None:
        self._rows: dict[str, dict[Row, None]] = {}
        self._ready: dict[str, dict[LookUp, Mapping[Key, Collection[Row]]]] = {}
        self._distinct: dict[tuple[str, int], int] = {}
        for predicate, arguments in facts:
            rows = self._rows.get(predicate)
            if rows is None:
                rows = self._rows[predicate] = {}
            rows[arguments] = None

    def rows(self, predicate: str) -> Collection[Row]:
        """The rows of a table, in the order in which they came."""
        return self._rows.get(predicate, ())

    @property
    def predicates(self) -> AbstractSet[str]:
        """The tables that have a row."""
        return self._rows.keys()

    def distinct(self, predicate: str, at: int) -> int:
        """About how many values a column of a table has, from some of its rows; at least one."""
        if (predicate, at) not in self._distinct:
            rows = self._rows.get(predicate, {})
            some = islice(rows, 0, None, max(1, len(rows) // _LOOKED_AT))
            self._distinct[predicate, at] = max(1, len({row[at] for row in some}))
        return self._distinct[predicate, at]

    def add(self, predicate: str, rows: Iterable[Row]) -> bool:
        """Add rows to a table; whether one of them is new."""
        new = dict.fromkeys(rows)
        if not new:
            return False
        held = self._rows.setdefault(predicate, new)
        if held is not new:
            before = len(held)
            held.update(new)
            if len(held) == before:
                return False
        self._ready.pop(predicate, None)
        return True

    def look_up(self, asked: LookUp) -> Mapping[Key, Collection[Row]]:
        """What a table holds under each key: the distinct values of the columns taken."""
        try:
            return self._ready[asked.predicate][asked]
        except KeyError:
            found = self._made_ready(asked)
            self._ready.setdefault(asked.predicate, {})[asked] = found
            return found

    def _made_ready(self, asked: LookUp) -> Mapping[Key, Collection[Row]]:
        rows: Iterable[Row] = self._rows.get(asked.predicate, ())
        for one, other in asked.equal:
            rows = [row for row in rows if row[one] == row[other]]
        key, take = columns(asked.by), row_of(asked.taken)
        found: dict[Key, dict[Row, None]] = {}
        for row in rows:
            at = key(row)
            if at in found:
                found[at][take(row)] = None
            else:
                found[at] = {take(row): None}
        return found


def columns(places: tuple[int, ...]) -> Callable[[Row], Key]:
    """What reads a key: the value at one place, the tuple of the values at several or at none."""
    return itemgetter(*places) if places else _nothing


def row_of(places: tuple[int, ...]) -> Callable[[Row], Row]:
    """What reads the values at some places, always as a tuple."""
    if len(places) == 1:
        (at,) = places
        return lambda row: (row[at],)
    return itemgetter(*places) if places else _nothing


def _nothing(_row: Row) -> Row:
    return ()
