"""Rows of which a rule can only ask some: told apart by a single look, before they are joined.

A database that must guess how many rows a join gives may join all lines of a day to each other first, and ask last
whether a code stands in a small table, or what it is on the day. Each of these looks at one relation alone:

- ``Among``: rows with a value that a small relation holds.
- ``Unlasting``: rows with a value that no row of a dated relation covers on every day of the part. Where a rule asks
  that there is none on the day of the line, these are all that can be left.
- ``Varied``: rows of claims in which a column has more than one value, where a rule asks for two lines that differ.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from claimlogic.screening.compiling.fusing import LINES
from claimlogic.screening.compiling.plan import NUMBER, Absent, Block, ColumnOf, Compare, Condition, Scan
from claimlogic.screening.compiling.rewriting import Classes, both_ways, equal, scans_asked


@dataclass(frozen=True, slots=True)
class Among:
    """The rows whose column ``place`` has a value that ``column`` has in some row of ``block``."""

    place: int
    block: Block
    column: ColumnOf


@dataclass(frozen=True, slots=True)
class Unlasting:
    """The rows but those whose columns ``places`` stand in columns ``keys`` of a row of ``predicate`` that holds from
    the first day of the part (column ``first``) to its last (column ``last``).
    """

    predicate: str
    places: tuple[int, ...]
    keys: tuple[int, ...]
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Varied:
    """The rows of lines whose claim has several values of ``place``."""

    place: int


Days: TypeAlias = Mapping[str, Collection[int]]
Narrowing: TypeAlias = Among | Unlasting | Varied


def narrowings(block: Block, small: Collection[str], days: Days) -> dict[int, list[Narrowing]]:
    """By the numbers of scans how they may be narrowed. ``small`` relations have few rows.

    ``days`` tells by predicate which columns are the days of lines.
    """
    on = frozenset(ColumnOf(scan.number, at, NUMBER) for scan in block.scans for at in days.get(scan.predicate, ()))
    wide = [scan for scan in block.scans if scan.predicate not in small]
    found: dict[int, list[Narrowing]] = {}
    for scan in wide:
        own: list[Narrowing] = []
        if scan.predicate == LINES and len(wide) > 1:  # Else the join itself is the first look.
            among = _among(scan, block, small)
            own += [among] if among is not None else []
        # What is joined to other conclusions is mostly less than what this look would have to go through.
        if scan.predicate != LINES and all(s.predicate == LINES for s in wide if s != scan) or wide == [scan]:
            own += _unlasting(scan, block, small, on)
        found[scan.number] = own
    if len(wide) == 2 and all(scan.predicate == LINES for scan in wide):
        found[wide[0].number] += _varied(wide[0], wide[1], block)
    return {number: own for number, own in found.items() if own}


def _among(scan: Scan, block: Block, small: Collection[str]) -> Among | None:
    for left, right in _equal(block.conditions):
        if left.scan == scan.number and left.base != NUMBER:
            told = next((s for s in block.scans if s.number == right.scan and s.predicate in small), None)
            if told is not None:
                return Among(left.place, _joined(told, block, small), right)
    return None


def _joined(scan: Scan, block: Block, small: Collection[str]) -> Block:
    """A scan with the small ones that equal columns join to it, and what is said of these alone."""
    near = {scan.number}
    others = {s.number for s in block.scans if s.predicate in small}
    equal = [{left.scan, right.scan} for left, right in _equal(block.conditions)]
    while joined := {n for pair in equal if pair <= others and pair & near for n in pair} - near:
        near |= joined
    return Block(
        tuple(s for s in block.scans if s.number in near),
        tuple(c for c in block.conditions if isinstance(c, Compare) and scans_asked(c) <= near),
    )


def _unlasting(scan: Scan, block: Block, small: Collection[str], days: frozenset[ColumnOf]) -> Iterator[Unlasting]:
    for condition in block.conditions:
        if not isinstance(condition, Absent) or len(condition.block.scans) != 1:
            continue
        (told,) = condition.block.scans
        if told.predicate in small and (found := _on_days(scan, told, condition.block.conditions, days)) is not None:
            yield found


def _on_days(scan: Scan, told: Scan, conditions: Collection[Condition], days: frozenset[ColumnOf]) -> Unlasting | None:
    """How a scan is narrowed where no row of ``told`` may have its values and hold on one of ``days``."""
    keys: dict[int, int] = {}
    bounds: dict[str, int] = {}
    for condition in conditions:
        if not isinstance(condition, Compare):
            return None
        for left, operator, right in both_ways(condition):
            if isinstance(left, ColumnOf) and left.scan == told.number and isinstance(right, ColumnOf):
                if operator == "=" and right.scan == scan.number:
                    keys[left.place] = right.place
                    break
                if operator in ("<=", ">=") and right in days:
                    bounds[operator] = left.place
                    break
        else:
            return None
    if not keys or set(bounds) != {"<=", ">="}:
        return None
    return Unlasting(told.predicate, tuple(keys.values()), tuple(keys), bounds["<="], bounds[">="])


def _varied(one: Scan, other: Scan, block: Block) -> Iterator[Varied]:
    """Where two lines of one claim must differ, and nothing else is asked of both."""
    classes = Classes(block.conditions)
    if classes.of(ColumnOf(one.number, 0, NUMBER)) != classes.of(ColumnOf(other.number, 0, NUMBER)):
        return
    both = {one.number, other.number}
    asked = [c for c in block.conditions if isinstance(c, Compare) and scans_asked(c) == both]
    differ = [c for c in asked if c.operator == "!="]
    if len(differ) == 1 and len(asked) == 2:
        left, right = differ[0].left, differ[0].right
        if isinstance(left, ColumnOf) and isinstance(right, ColumnOf) and left.place == right.place > 1:
            yield Varied(left.place)


def _equal(conditions: Collection[Condition]) -> Iterator[tuple[ColumnOf, ColumnOf]]:
    """Columns that must be equal, each pair in both orders."""
    for left, right in equal(conditions):
        if isinstance(left, ColumnOf) and isinstance(right, ColumnOf):
            yield left, right
