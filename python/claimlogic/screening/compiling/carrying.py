"""What rules read of a line, carried beside what they conclude of it for the rules that would look it up again.

A rule that reads what was concluded of a line often asks for its code or its day besides, and joins all lines to learn
it. Where every rule that concludes the predicate has read that line, its columns stand in the table after the
arguments. The arguments tell them, so no row is told from another by them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from claimlogic.screening.compiling.fusing import LINES
from claimlogic.screening.compiling.plan import NUMBER, Block, ColumnOf, Compare, RulePlan, Scan, Stratum, Value
from claimlogic.screening.compiling.rewriting import (
    Change,
    Classes,
    changed_block,
    columns_of,
    putting,
    scans_of,
    with_blocks,
)

# An argument that is a line, and a column of that line.
Wanted: TypeAlias = tuple[int, int]
# By predicate what its table carries, in the order in which it stands after the arguments.
Carried: TypeAlias = Mapping[str, Sequence[Wanted]]
Line: TypeAlias = tuple[Value, Value]
# A scan that can carry the columns of a line, and the argument that is the line.
Carrier: TypeAlias = tuple[Scan, int]

# The first columns of lines tell which line it is.
_KEY = 2


def carry_lines(
    strata: Sequence[Stratum], kept: Collection[str], bases: Sequence[str], beside: Carried | None = None
) -> tuple[list[Stratum], Carried]:
    """Strata that look no line up whose columns are at hand, and by predicate what its table carries.

    The tables of ``kept`` stay as they are; ``bases`` are those of the columns of lines. ``beside`` is what the tables
    of another version carry: ours carry the same, so that those which both versions conclude alike can be shared.
    """
    carrying = _Carrying(_able(strata, kept), bases, beside or {})
    told = [carrying.read(stratum) for stratum in reversed(strata)]
    return told[::-1], {predicate: tuple(wanted) for predicate, wanted in carrying.wanted.items()}


def _able(strata: Sequence[Stratum], kept: Collection[str]) -> dict[str, frozenset[int]]:
    """By predicate those of its arguments that are lines which each of its rules has read."""
    able: dict[str, frozenset[int]] = {}
    for stratum in strata:
        predicate, *others = stratum.predicates
        if not others and not stratum.rounds and predicate not in kept and (found := lines_told(stratum.rules, able)):
            able[predicate] = found
    return able


def lines_told(rules: Sequence[RulePlan], able: Mapping[str, frozenset[int]]) -> frozenset[int]:
    """The arguments of what rules conclude that are a line which each of them has read, of the claim in the first one.

    ``able`` are such arguments of what they read.
    """
    return frozenset.intersection(*(_lines_told(plan, able) for plan in rules)) if rules else frozenset()


def _lines_told(plan: RulePlan, able: Mapping[str, frozenset[int]]) -> frozenset[int]:
    classes = Classes(plan.block.conditions)
    lines = {*_read(plan.block, classes), *_at_hand(plan.block, classes, able)}
    if not plan.outputs:
        return frozenset()
    whole, *others = map(classes.of, plan.outputs)
    return frozenset(place for place, value in enumerate(others, start=1) if (whole, value) in lines)


def _read(block: Block, classes: Classes) -> dict[Line, Scan]:
    """The lines that scans of lines read."""
    return {line_of(scan, 1, classes): scan for scan in block.scans if scan.predicate == LINES}


def _at_hand(block: Block, classes: Classes, able: Mapping[str, frozenset[int]]) -> dict[Line, Carrier]:
    """The lines whose columns other scans can carry."""
    return {
        line_of(scan, place, classes): (scan, place)
        for scan in block.scans
        for place in sorted(able.get(scan.predicate, ()))
    }


def line_of(scan: Scan, place: int, classes: Classes) -> Line:
    """The line that a scan tells of: its claim, and the number in one column."""
    return classes.of(ColumnOf(scan.number, 0, NUMBER)), classes.of(ColumnOf(scan.number, place, NUMBER))


class _Carrying:
    """Goes from the last stratum to the first, since a table carries what those that read it want."""

    def __init__(self, able: Mapping[str, frozenset[int]], bases: Sequence[str], beside: Carried) -> None:
        self._able = able
        self._bases = bases
        self._fixed = {p for p in beside if {argument for argument, _ in beside[p]} <= able.get(p, frozenset())}
        self.wanted: dict[str, list[Wanted]] = {predicate: [] for predicate in able}
        self.wanted |= {predicate: list(beside[predicate]) for predicate in self._fixed}

    def read(self, stratum: Stratum) -> Stratum:
        wanted = self.wanted.get(stratum.predicates[0], ())
        telling = replace(stratum, rules=tuple(self._telling(plan, wanted) for plan in stratum.rules))
        return with_blocks(telling, self._block)

    def _telling(self, plan: RulePlan, wanted: Sequence[Wanted]) -> RulePlan:
        """A rule that tells what is wanted of the lines that it has read."""
        told: list[Value] = []
        for argument, place in wanted:
            classes = Classes(plan.block.conditions)
            key = plan.outputs[0], plan.outputs[argument]
            line = classes.of(key[0]), classes.of(key[1])
            carrier = _at_hand(plan.block, classes, self._able).get(line)
            read = _read(plan.block, classes).get(line)
            if carrier is not None and self._can_carry(carrier, place):
                told.append(self._carried(carrier, place))
                continue
            if read is None:  # What told of the line is shared with a version that does not carry this.
                read = Scan(1 + max(scan.number for scan in scans_of(plan.block)), LINES, len(self._bases))
                same = (Compare(ColumnOf(read.number, at, NUMBER), "=", value) for at, value in enumerate(key))
                plan = replace(plan, block=Block((*plan.block.scans, read), (*plan.block.conditions, *same)))
            told.append(ColumnOf(read.number, place, self._bases[place]))
        return replace(plan, outputs=(*plan.outputs, *told))

    def _block(self, block: Block, read: frozenset[ColumnOf], stays: int | None) -> tuple[Block, Change]:
        """A block without scans of lines that are at hand."""
        classes = Classes(block.conditions)
        at_hand = _at_hand(block, classes, self._able)
        used = {*columns_of(block), *read}
        scans, step = [], dict[ColumnOf, Value]()
        for scan in block.scans:
            own = sorted((column for column in used if column.scan == scan.number), key=lambda column: column.place)
            carrier = at_hand.get(line_of(scan, 1, classes)) if scan.predicate == LINES else None
            if carrier is None or not all(self._can_carry(carrier, column.place) for column in own):
                scans.append(scan)
            else:
                step |= {column: self._carried(carrier, column.place) for column in own}
        return changed_block(Block(tuple(scans), block.conditions), putting(step)), putting(step)

    def _can_carry(self, carrier: Carrier, place: int) -> bool:
        scan, argument = carrier
        fixed = scan.predicate in self._fixed
        return place < _KEY or not fixed or (argument, place) in self.wanted[scan.predicate]

    def _carried(self, carrier: Carrier, place: int) -> ColumnOf:
        """The column of a scan that is a column of one of its lines."""
        scan, argument = carrier
        if place < _KEY:
            return ColumnOf(scan.number, place and argument, NUMBER)
        wanted = self.wanted[scan.predicate]
        if (argument, place) not in wanted:
            wanted.append((argument, place))
        return ColumnOf(scan.number, scan.width + wanted.index((argument, place)), self._bases[place])
