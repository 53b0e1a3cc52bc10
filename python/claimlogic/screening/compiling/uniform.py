"""What is the same for all claims of a part, read as a constant in the place of a join.

Most parts hold claims of one kind: all of them a practitioner's, all judged by the same tables. What is then concluded
of their shapes is one row for each shape with the same values in it, and a rule that joins it by the shape of a claim
learns no more from the join than these values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import TypeAlias

from claimlogic.screening.compiling.fusing import LINES, NO_TEXT
from claimlogic.screening.compiling.plan import (
    BASES,
    NUMBER,
    TEXT,
    Absent,
    Block,
    ColumnOf,
    Condition,
    Constant,
    Impossible,
    Present,
    Scan,
    Stratum,
    Value,
)
from claimlogic.screening.compiling.rewriting import (
    Change,
    absent,
    changed_block,
    columns_of,
    columns_of_value,
    equal,
    in_turn,
    possible,
    putting,
    with_blocks,
    with_conditions,
)
from claimlogic.screening.compiling.shaping import SHAPES
from claimlogic.terms import text

# What each column of a relation holds in every row: a number, or the number of a text; None where rows differ.
Cells: TypeAlias = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Uniform:
    """Relations with one row for each shape, or each claim, of a part, and that of lines: ``cells`` by predicate.

    ``texts`` are the texts of the rules by their numbers.
    """

    cells: Mapping[str, Cells]
    texts: Mapping[int, str]

    def read(self, stratum: Stratum) -> Stratum:
        """A stratum that reads constants in the place of these relations, without rules that cannot hold then."""
        lean = with_blocks(stratum, self._block)
        return replace(lean, rules=possible(lean.rules), rounds=possible(lean.rounds))

    def _block(self, block: Block, read: frozenset[ColumnOf], stays: int | None) -> tuple[Block, Change]:
        steps: list[Mapping[ColumnOf, Value]] = [self._constants(block.scans)]
        block = changed_block(block, putting(steps[0]))
        read -= steps[0].keys()
        for scan in block.scans:
            if scan.predicate not in self.cells or scan.predicate == LINES or scan.fresh or scan.number == stays:
                continue
            step = _equals(scan, block, read)
            if step is not None:
                steps.append(step)
                read = frozenset(c for column in read for c in columns_of_value(step.get(column, column)))
                scans = tuple(other for other in block.scans if other != scan)
                block = changed_block(Block(scans, block.conditions), putting(step))

        inner = chain.from_iterable(map(self._condition, block.conditions))
        return with_conditions(block.scans, inner), in_turn(steps)

    def _condition(self, condition: Condition) -> tuple[Condition | None, ...]:
        match condition:
            case Absent(block):
                return (absent(self._block(block, frozenset(), None)[0]),)
            case Present(block):
                inner, _ = self._block(block, frozenset(), None)
                if not inner.scans or Impossible() in inner.conditions:
                    return inner.conditions
                return (Present(inner),)
            case _:
                return (condition,)

    def _constants(self, scans: Sequence[Scan]) -> dict[ColumnOf, Value]:
        return {
            ColumnOf(scan.number, place, base): constant
            for scan in scans
            for place, cell in enumerate(self.cells.get(scan.predicate, ()))
            for base in BASES
            if cell is not None and (constant := self._constant(cell, base)) is not None
        }

    def _constant(self, cell: int, base: str) -> Constant | None:
        if base == NUMBER or cell == NO_TEXT:
            return Constant(cell, base)
        told = self.texts.get(cell)
        if told is None:
            return None
        return Constant(text(told) if base == TEXT else told, base)


def keys_of(predicate: str) -> frozenset[int]:
    """The columns that tell of which claim a row is, or of which shape."""
    return frozenset({0, 1}) if predicate == SHAPES else frozenset({0})


def _equals(scan: Scan, block: Block, read: frozenset[ColumnOf]) -> dict[ColumnOf, Value] | None:
    """What stands in the place of a scan's columns, where no more than its key is read and another row tells that."""
    own = {column for column in (*columns_of(block), *read) if column.scan == scan.number}
    if not {column.place for column in own} <= keys_of(scan.predicate):
        return None
    step: dict[ColumnOf, Value] = {}
    for left, right in equal(block.conditions):
        if isinstance(left, ColumnOf) and left in own and own.isdisjoint(columns_of_value(right)):
            step.setdefault(left, right)
    return step if set(step) == own else None
