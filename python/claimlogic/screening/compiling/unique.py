"""Whether rules say something twice: told from keys and constants, so that what is said once is not made distinct."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from claimlogic.screening.compiling.plan import (
    BASES,
    Block,
    ColumnOf,
    Compare,
    Constant,
    RulePlan,
    Scan,
    Stratum,
    Value,
)
from claimlogic.screening.compiling.rewriting import Classes, both_ways

# The columns of a key, and those of the first and last day.
Range: TypeAlias = tuple[tuple[int, ...], int, int]
# By column the constants that may stand in it, None for any value.
Stands: TypeAlias = tuple[frozenset[Value] | None, ...]


@dataclass(frozen=True, slots=True)
class Keys:
    """What tells a row of a relation: sets of columns, by predicate. Without any, all its columns do.

    ``ranges`` are relations whose rows hold from one column to another and, but for these, never twice for the columns
    named first. ``constants`` tell which values stand in each column, None where any may.
    """

    keys: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    ranges: Mapping[str, Range] = field(default_factory=dict)
    constants: Mapping[str, Stands] = field(default_factory=dict)

    def with_(self, other: Keys) -> Keys:
        """These, and those of further relations."""
        return Keys({**self.keys, **other.keys}, {**self.ranges, **other.ranges}, {**self.constants, **other.constants})

    def of(self, predicates: Collection[str]) -> tuple[tuple[str, tuple[int, ...] | None, Stands | None], ...]:
        """What parts tell of some predicates."""
        return tuple((p, self.keys.get(p), self.constants.get(p)) for p in sorted(predicates))

    def learned(self, stratum: Stratum) -> Keys:
        """What is told of the relation that some rules conclude, where they conclude no other."""
        if len(stratum.predicates) != 1 or not stratum.rules or stratum.tally is not None:
            return Keys()
        (predicate,) = stratum.predicates
        return Keys(self._learned_key(predicate, stratum), {}, {predicate: _stands((*stratum.rules, *stratum.rounds))})

    def _learned_key(self, predicate: str, stratum: Stratum) -> dict[str, tuple[int, ...]]:
        """The key of what one rule alone concludes, as short as what it reads tells; by its predicate, if any."""
        if len(stratum.rules) != 1 or stratum.rounds:
            return {}
        (plan,) = stratum.rules
        key = self.keys.get(predicate, tuple(range(len(plan.outputs))))

        def tells(places: Sequence[int]) -> bool:
            return self.says_once(replace(plan, outputs=tuple(plan.outputs[place] for place in places)))

        if not tells(key):
            return {}
        for place in reversed(key):
            shorter = tuple(other for other in key if other != place)
            if tells(shorter):
                key = shorter
        return {predicate: key}

    def says_once(self, plan: RulePlan) -> bool:
        """Whether a rule concludes nothing twice."""
        return self.holds_once(plan.block, plan.outputs)

    def holds_once(self, block: Block, values: Sequence[Value]) -> bool:
        """Whether a block holds in no two ways with the same values."""
        classes = Classes(block.conditions)
        known = {classes.of(value) for value in values}
        waiting = list(block.scans)
        while waiting:
            told = next((scan for scan in waiting if self._told(scan, block, classes, known)), None)
            if told is None:
                return False
            waiting.remove(told)
            known |= {classes.of(value) for value in _columns(told)}
        return True

    def apart(self, one: RulePlan, other: RulePlan) -> bool:
        """Whether two rules never conclude the same.

        Either no constant can stand in a column of both, or the head tells a row of a relation of which each asks
        another.
        """
        first, second = Classes(one.block.conditions), Classes(other.block.conditions)
        outputs = list(zip(one.outputs, other.outputs, strict=True))
        for left, right in outputs:
            mine, theirs = self._stand(left, one.block, first), self._stand(right, other.block, second)
            if mine is not None and theirs is not None and mine.isdisjoint(theirs):
                return True
        heads = [(first.of(left), second.of(right)) for left, right in outputs]
        for a in one.block.scans:
            for b in other.block.scans:
                if a.predicate == b.predicate in self.keys:
                    rows = [_both(a, b, place, first, second) for place in range(a.width)]
                    same = all(any(pair in heads for pair in rows[place]) for place in self.keys[a.predicate])
                    if same and any(_unlike(*pair) for cell in rows for pair in cell):
                        return True
        return False

    def _stand(self, value: Value, block: Block, classes: Classes) -> frozenset[Value] | None:
        """The constants that a value of a block may be; None where it may be any."""
        told = classes.of(value)
        if isinstance(told, Constant):
            return frozenset({told})
        if not isinstance(value, ColumnOf):
            return None
        read = next((scan.predicate for scan in block.scans if scan.number == value.scan), "")
        return self.constants[read][value.place] if read in self.constants else None

    def _told(self, scan: Scan, block: Block, classes: Classes, known: set[Value]) -> bool:
        def holds(places: Sequence[int]) -> bool:
            for place in places:
                found = [classes.of(ColumnOf(scan.number, place, base)) for base in BASES]
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
        begun = {classes.of(day) for begins, day in _ordered(block) if begins == from_day}
        going = {classes.of(day) for day, ends in _ordered(block) if ends == to_day}
        return bool(begun & going & known)


def _stands(plans: Sequence[RulePlan]) -> Stands:
    """The constants that rules conclude in each column."""
    columns = zip(*(map(Classes(plan.block.conditions).of, plan.outputs) for plan in plans), strict=True)
    told = map(frozenset, columns)
    return tuple(values if all(isinstance(value, Constant) for value in values) else None for values in told)


def _unlike(one: Value, other: Value) -> bool:
    return isinstance(one, Constant) and isinstance(other, Constant) and one != other


def _both(a: Scan, b: Scan, place: int, first: Classes, second: Classes) -> list[tuple[Value, Value]]:
    """What a column of a scan equals, of each of two rules; once for each base that it may have."""
    return [(first.of(ColumnOf(a.number, place, base)), second.of(ColumnOf(b.number, place, base))) for base in BASES]


def _ordered(block: Block) -> list[tuple[Value, Value]]:
    """What it holds to be no more than something else, each with that."""
    comparisons = (c for c in block.conditions if isinstance(c, Compare))
    return [(left, right) for c in comparisons for left, operator, right in both_ways(c) if operator == "<="]


def _columns(scan: Scan) -> list[Value]:
    return [ColumnOf(scan.number, place, base) for place in range(scan.width) for base in BASES]
