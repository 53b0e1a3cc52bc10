"""Whether a rule says something twice: told from keys, so that what is said once need not be made distinct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from claimlogic.screening.compiling.plan import Block, ColumnOf, Compare, Constant, RulePlan, Scan, Value
from claimlogic.screening.compiling.rewriting import Classes


@dataclass(frozen=True, slots=True)
class Keys:
    """What tells a row of a relation: sets of columns, by predicate. Without any, all its columns do.

    ``ranges`` are relations whose rows hold from one column to another and, but for these, never twice for the columns
    named first.
    """

    keys: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    ranges: Mapping[str, tuple[tuple[int, ...], int, int]] = field(default_factory=dict)

    def with_(self, widths: Mapping[str, int]) -> Keys:
        """These with relations that their first columns tell, so many of them."""
        return replace(self, keys={**self.keys, **{name: tuple(range(width)) for name, width in widths.items()}})

    def says_once(self, plan: RulePlan) -> bool:
        """Whether a rule concludes nothing twice."""
        classes = Classes(plan.block.conditions)
        known = {classes.of(value) for value in plan.outputs}
        waiting = list(plan.block.scans)
        while waiting:
            told = next((scan for scan in waiting if self._told(scan, plan.block, classes, known)), None)
            if told is None:
                return False
            waiting.remove(told)
            known |= {classes.of(value) for value in _columns(told, plan.block, plan.outputs)}
        return True

    def apart(self, one: RulePlan, other: RulePlan) -> bool:
        """Whether two rules never conclude the same: they differ in a constant of the head."""
        first, second = Classes(one.block.conditions), Classes(other.block.conditions)
        for left, right in zip(one.outputs, other.outputs, strict=True):
            a, b = first.of(left), second.of(right)
            if isinstance(a, Constant) and isinstance(b, Constant) and a != b:
                return True
        return False

    def _told(self, scan: Scan, block: Block, classes: Classes, known: set[Value]) -> bool:
        def holds(places: Sequence[int]) -> bool:
            for place in places:
                found = [classes.of(ColumnOf(scan.number, place, base)) for base in ("number", "word", "text")]
                if not any(value in known or isinstance(value, Constant) for value in found):
                    return False
            return True

        if scan.predicate in self.ranges:
            key, first, last = self.ranges[scan.predicate]
            if holds(key) and self._on_a_day(scan, first, last, block, classes, known):
                return True
        return holds(self.keys.get(scan.predicate, tuple(range(scan.width))))

    def _on_a_day(self, scan: Scan, first: int, last: int, block: Block, classes: Classes, known: set[Value]) -> bool:
        from_day, to_day = ColumnOf(scan.number, first, "number"), ColumnOf(scan.number, last, "number")
        begun = {classes.of(c.right) for c in _ordered(block) if c.left == from_day}
        going = {classes.of(c.left) for c in _ordered(block) if c.right == to_day}
        return bool(begun & going & known)


def _ordered(block: Block) -> list[Compare]:
    """Its comparisons, written with <=."""
    turned = (
        Compare(c.right, "<=", c.left) if isinstance(c, Compare) and c.operator == ">=" else c for c in block.conditions
    )
    return [c for c in turned if isinstance(c, Compare) and c.operator == "<="]


def _columns(scan: Scan, block: Block, outputs: Sequence[Value]) -> list[Value]:
    return [ColumnOf(scan.number, place, base) for place in range(scan.width) for base in ("number", "word", "text")]
