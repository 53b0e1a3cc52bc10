"""Lines of which a rule can only ask those with a code of a small table: told before the lines are joined.

A database that must guess how many rows a join gives may join all lines of a day to each other first, and look at what
the table says of their codes last. A semi-join with the table's codes leaves it few lines to begin with.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from claimlogic.screening.plan import NUMBER, Block, ColumnOf, Compare, Condition, Scan
from claimlogic.screening.rewriting import columns_of


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The rows of a scan whose column ``place`` has a value that ``column`` has in some row of ``block``."""

    place: int
    block: Block
    column: ColumnOf


def narrowings(block: Block, large: Collection[str], small: Collection[str]) -> dict[int, Narrowing]:
    """By the numbers of scans of ``large`` relations how they may be narrowed by ``small`` ones.

    Only where a block reads more than one relation that is not small: else the join itself is the first.
    """
    if sum(scan.predicate not in small for scan in block.scans) < 2:
        return {}
    found: dict[int, Narrowing] = {}
    for scan in block.scans:
        if scan.predicate in large and (narrowing := _narrowing(scan, block, small)) is not None:
            found[scan.number] = narrowing
    return found


def _narrowing(scan: Scan, block: Block, small: Collection[str]) -> Narrowing | None:
    for condition in block.conditions:
        if not isinstance(condition, Compare) or condition.operator != "=":
            continue
        for own, other in ((condition.left, condition.right), (condition.right, condition.left)):
            if isinstance(own, ColumnOf) and own.scan == scan.number and own.base != NUMBER:
                told = next((s for s in block.scans if isinstance(other, ColumnOf) and s.number == other.scan), None)
                if told is not None and told.predicate in small and isinstance(other, ColumnOf):
                    return Narrowing(own.place, _joined(told, block, small), other)
    return None


def _joined(scan: Scan, block: Block, small: Collection[str]) -> Block:
    """A scan with the small ones that equal columns join to it, and what is said of these alone."""
    near = {scan.number}
    others = {s.number for s in block.scans if s.predicate in small}
    equal = [_scans(c) for c in block.conditions if isinstance(c, Compare) and c.operator == "="]
    while joined := {n for pair in equal if pair <= others and pair & near for n in pair} - near:
        near |= joined
    return Block(
        tuple(s for s in block.scans if s.number in near),
        tuple(c for c in block.conditions if isinstance(c, Compare) and _scans(c) <= near),
    )


def _scans(condition: Condition) -> set[int]:
    return {column.scan for column in columns_of(Block((), (condition,)))}
