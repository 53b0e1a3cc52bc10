"""Predicates written in the place where they are read, instead of being made into tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from claimlogic.screening.compiling.plan import Absent, Block, ColumnOf, Condition, Held, RulePlan, Scan, Value
from claimlogic.screening.compiling.rewriting import (
    Change,
    Element,
    absent,
    changed,
    changed_block,
    changed_tally,
    putting,
    scans_of,
    with_conditions,
)

Plans = Mapping[str, Sequence[RulePlan]]

# What the one scan of a predicate is called for which a rule is chosen: others of it wait for their turn.
_CHOSEN = "@chosen"


@dataclass(slots=True)
class Inlined:
    """The predicates that are written in place, with their rules: where they are read (``plans`` of one rule,
    ``several`` of more), and under `not` (``denied``).

    ``single`` are all predicates of one rule, ``expanded`` those whose rules are elements of aggregates.
    """

    plans: dict[str, tuple[RulePlan, ...]] = field(default_factory=dict)
    several: dict[str, tuple[RulePlan, ...]] = field(default_factory=dict)
    denied: dict[str, tuple[RulePlan, ...]] = field(default_factory=dict)
    single: dict[str, tuple[RulePlan, ...]] = field(default_factory=dict)
    expanded: dict[str, tuple[RulePlan, ...]] = field(default_factory=dict)


class Unfolding:
    """Writes plans of predicates in the place of scans of them."""

    def __init__(self, numbers: Iterator[int]) -> None:
        """``numbers`` gives numbers that no scan bears yet."""
        self._numbers = numbers

    def unfold(self, plan: RulePlan, plans: Plans, denied: Plans) -> RulePlan:
        """A plan in which no predicate of ``plans`` (of one rule each) is read, and none of ``denied`` under `not`."""
        block, moved = self._unfold(plan.block, plans, denied)
        return replace(
            plan,
            block=block,
            variables=tuple(changed(value, moved) for value in plan.variables),
            outputs=tuple(changed(value, moved) for value in plan.outputs),
            tallies=tuple(changed_tally(tally, moved) for tally in plan.tallies),
        )

    def expand(self, block: Block, values: tuple[Value, ...], plans: Plans) -> list[tuple[Block, tuple[Value, ...]]]:
        """A block, and values read from it, once for each choice among the rules of the predicates in ``plans``."""
        scan = next((scan for scan in block.scans if scan.predicate in plans), None)
        if scan is None:
            return [(block, values)]
        found = []
        for own in plans[scan.predicate]:
            found += self.expand(*self.choose(block, values, scan, own), plans)
        return found

    def choose(
        self, block: Block, values: tuple[Value, ...], scan: Scan, own: RulePlan
    ) -> tuple[Block, tuple[Value, ...]]:
        """A block, and values read from it, with one rule of a predicate in the place of one scan of it."""
        scans = tuple(replace(other, predicate=_CHOSEN) if other == scan else other for other in block.scans)
        return self.unfold_block(Block(scans, block.conditions), values, {_CHOSEN: (own,)}, {})

    def unfold_block(
        self, block: Block, values: tuple[Value, ...], plans: Plans, denied: Plans
    ) -> tuple[Block, tuple[Value, ...]]:
        """A block, and values read from it, without predicates of ``plans``."""
        found, move = self._unfold(block, plans, denied)
        return found, tuple(changed(value, move) for value in values)

    def _unfold(self, block: Block, plans: Plans, denied: Plans) -> tuple[Block, Change]:
        step: dict[ColumnOf, Value] = {}
        scans: list[Scan] = []
        added: list[Condition] = []
        for scan in block.scans:
            if scan.predicate not in plans:
                scans.append(scan)
                continue
            (own,) = plans[scan.predicate]
            fresh, outputs = self._renumbered(own)
            scans.extend(fresh.scans)
            added.extend(fresh.conditions)
            for place, output in enumerate(outputs):
                step[ColumnOf(scan.number, place, output.base)] = output
        move = putting(step)
        block = changed_block(Block(tuple(scans), block.conditions), move)
        conditions: list[Condition | None] = [*added]
        for condition in block.conditions:
            conditions.extend(self._condition(condition, plans, denied))
        return with_conditions(scans, conditions), move

    def _condition(self, condition: Condition, plans: Plans, denied: Plans) -> Iterator[Condition | None]:
        if not isinstance(condition, Absent):
            yield condition
            return
        inner = condition.block
        scan = inner.scans[0] if len(inner.scans) == 1 else None
        if scan is not None and scan.predicate in denied:
            for own in denied[scan.predicate]:
                fresh, outputs = self._renumbered(own)
                step = {ColumnOf(scan.number, place, value.base): value for place, value in enumerate(outputs)}
                asked = changed_block(Block((), inner.conditions), putting(step))
                told = absent(with_conditions(fresh.scans, (*fresh.conditions, *asked.conditions)))
                # What is asked in its place may itself be written in place.
                yield from self._condition(told, plans, denied) if isinstance(told, Absent) else (told,)
        else:
            yield absent(self._unfold(inner, plans, denied)[0])

    def _renumbered(self, plan: RulePlan) -> tuple[Block, tuple[Value, ...]]:
        """A plan's block and outputs, with numbers of their own for its scans."""
        numbers = {scan.number: next(self._numbers) for scan in scans_of(plan.block)}
        return renumbered(plan.block, plan.outputs, numbers)


def renumbered(block: Block, outputs: Sequence[Value], numbers: Mapping[int, int]) -> tuple[Block, tuple[Value, ...]]:
    """A block and values read from it with other numbers for its scans."""

    def change(value: ColumnOf | Held) -> Value:
        if isinstance(value, ColumnOf):
            return ColumnOf(numbers.get(value.scan, value.scan), value.place, value.base)
        return value

    def scans(block: Block) -> Block:
        conditions = tuple(Absent(scans(c.block)) if isinstance(c, Absent) else c for c in block.conditions)
        own = tuple(replace(scan, number=numbers.get(scan.number, scan.number)) for scan in block.scans)
        return Block(own, conditions)

    return changed_block(scans(block), change), tuple(changed(value, change) for value in outputs)


def renumbered_element(element: Element, numbers: Mapping[int, int]) -> Element:
    """An element of an aggregate with other numbers for its scans."""
    block, keys, terms = element
    found, values = renumbered(block, (*keys, *terms), numbers)
    return found, values[: len(keys)], values[len(keys) :]
