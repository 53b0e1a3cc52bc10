"""Facts of one key in one wide relation: what a claim says of itself, and of each of its lines, is read in one scan.

A wide relation has a row for each key and a column for each predicate; a column says by a mark that the claim does not.
Scans of one key are one scan. An absence that asks of a key which the rule has read already is a condition on that row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from claimlogic.screening.compiling.plan import (
    NUMBER,
    Absent,
    Block,
    ColumnOf,
    Compare,
    Condition,
    Constant,
    Scan,
    Value,
)
from claimlogic.screening.compiling.rewriting import (
    Classes,
    absent,
    changed,
    changed_block,
    in_turn,
    putting,
    with_conditions,
)

Bases: TypeAlias = Mapping[str, tuple[str, ...]]

CLAIMS, LINES = "@claims", "@lines"

# What a column holds where the claim does not say: a number that no text has, and none that a claim may hold.
NO_TEXT, NO_NUMBER = 0, -(2**31)


@dataclass(frozen=True, slots=True)
class Wide:
    """A wide relation: how many of its first columns are the key, and of each predicate its column.

    ``bases`` are those of all columns; ``total`` are the predicates that have a value for every key.
    """

    name: str
    key: int
    columns: Mapping[str, int]
    bases: tuple[str, ...]
    total: frozenset[str]


class Fusing:
    """Fuses the scans of blocks."""

    def __init__(self, wides: tuple[Wide, ...], present: Mapping[str, str], columns: Bases) -> None:
        """``present`` names predicates that say no more than that a key is there, each with its wide relation;
        ``columns`` are the bases of other relations, in which all columns are the key.
        """
        self._columns = columns
        self._wides = {wide.name: wide for wide in wides}
        self._of = {predicate: wide for wide in wides for predicate in wide.columns}
        self._of |= {predicate: self._wides[name] for predicate, name in present.items()}

    def fuse(self, block: Block, values: tuple[Value, ...]) -> tuple[Block, tuple[Value, ...]]:
        """A block, and values that are read from it, with the scans of each key fused."""
        moved = _Moved({})
        fused = self._fuse(block, Classes(()), (), moved)
        return fused, tuple(moved.value(value) for value in values)

    def fuse_within(self, block: Block, around: Block, values: tuple[Value, ...]) -> tuple[Block, tuple[Value, ...]]:
        """The same for a block that may read columns of another one around it."""
        moved = _Moved({})
        fused = self._fuse(block, Classes(around.conditions), around.scans, moved)
        return fused, tuple(moved.value(value) for value in values)

    def _fuse(self, block: Block, outer: Classes, around: tuple[Scan, ...], moved: _Moved) -> Block:
        block = self._widened(block, moved)
        while True:
            classes = Classes(block.conditions, outer)
            found = self._mergeable(block, around, classes)
            if found is None:
                break
            gone, kept = found
            bases = self._bases(gone)
            step = {ColumnOf(gone.number, i, base): ColumnOf(kept.number, i, base) for i, base in enumerate(bases)}
            moved.add(step)
            scans = tuple(scan for scan in block.scans if scan.number != gone.number)
            block = changed_block(Block(scans, block.conditions), putting(step))
        classes = Classes(block.conditions, outer)
        inner_around = (*around, *block.scans)
        return with_conditions(
            block.scans, (self._inner(condition, classes, inner_around, moved) for condition in block.conditions)
        )

    def _inner(
        self, condition: Condition, classes: Classes, around: tuple[Scan, ...], moved: _Moved
    ) -> Condition | None:
        if isinstance(condition, Absent):
            inner = self._fuse(condition.block, classes, around, moved)
            return absent(with_conditions(inner.scans, (c for c in inner.conditions if not _implied(c, classes))))
        return condition

    def _widened(self, block: Block, moved: _Moved) -> Block:
        """The block with scans of keyed predicates as scans of their wide relation."""
        scans, step, told = [], {}, []
        for scan in block.scans:
            wide = self._of.get(scan.predicate)
            if wide is None:
                scans.append(scan)
                continue
            scans.append(Scan(scan.number, wide.name, len(wide.bases)))
            if scan.predicate in wide.columns:
                at = wide.columns[scan.predicate]
                base = wide.bases[at]
                step[ColumnOf(scan.number, wide.key, base)] = ColumnOf(scan.number, at, base)
                if scan.predicate not in wide.total:
                    told.append(Compare(ColumnOf(scan.number, at, base), "!=", nothing(base)))
        moved.add(step)
        block = changed_block(block, putting(step))
        return with_conditions(scans, (*block.conditions, *told))

    def _mergeable(self, block: Block, around: tuple[Scan, ...], classes: Classes) -> tuple[Scan, Scan] | None:
        seen: dict[tuple[object, ...], Scan] = {}
        for scan in around:
            seen.setdefault(self._key(scan, classes), scan)
        for scan in block.scans:
            key = self._key(scan, classes)
            if key in seen and not scan.fresh:
                return scan, seen[key]
            seen[key] = scan
        return None

    def _bases(self, scan: Scan) -> tuple[str, ...]:
        wide = self._wides.get(scan.predicate)
        return wide.bases if wide else self._columns.get(scan.predicate, ())

    def _key(self, scan: Scan, classes: Classes) -> tuple[object, ...]:
        bases = self._bases(scan)
        wide = self._wides.get(scan.predicate)
        key = bases[: wide.key] if wide else bases
        if not key:
            return scan.predicate, scan.number
        told = tuple(classes.of(ColumnOf(scan.number, i, base)) for i, base in enumerate(key))
        return (scan.predicate, scan.fresh, *told)


class _Moved:
    """Where columns have gone, step after step."""

    def __init__(self, steps: dict[ColumnOf, Value]) -> None:
        self._steps = [steps]

    def add(self, step: Mapping[ColumnOf, Value]) -> None:
        self._steps.append(dict(step))

    def value(self, value: Value) -> Value:
        return changed(value, in_turn(self._steps))


def _implied(condition: Condition, classes: Classes) -> bool:
    """Whether the rows around make two columns equal already."""
    return (
        isinstance(condition, Compare)
        and condition.operator == "="
        and classes.of(condition.left) == classes.of(condition.right)
    )


def nothing(base: str) -> Constant:
    """The mark of a column in which a claim says nothing."""
    return Constant(NO_NUMBER if base == NUMBER else NO_TEXT, base)
