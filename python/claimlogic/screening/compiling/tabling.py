"""Rules with aggregates, written to read relations in which these are worked out already."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TypeAlias

from claimlogic.errors import InputError
from claimlogic.screening.compiling.fusing import Fusing
from claimlogic.screening.compiling.plan import (
    NUMBER,
    OPEN_END_NUMBER,
    Block,
    ColumnOf,
    Compare,
    Condition,
    Constant,
    Held,
    Impossible,
    RulePlan,
    Scan,
    Stratum,
    Tabled,
    Tally,
    TallyPart,
    TallyTable,
    Value,
)
from claimlogic.screening.compiling.rewriting import Classes, Element, scans_of, values_of, with_body, without
from claimlogic.screening.compiling.shaping import Shaping
from claimlogic.screening.compiling.tallying import (
    apart,
    depends_on_body,
    guarding_scan,
    keyed,
    place_in,
    renamed_variables,
)
from claimlogic.screening.compiling.unfolding import Inlined, Unfolding, renumbered, renumbered_element

Guards: TypeAlias = tuple[tuple[str, Value], ...]


class Tabling:
    """Makes the relations of aggregates, each once. What it makes is added to ``strata`` and ``columns``."""

    def __init__(
        self, columns: Mapping[str, tuple[str, ...]], inlined: Inlined, unfolding: Unfolding, fusing: Fusing,
        shaping: Shaping, numbers: Iterator[int], empty: Collection[str], strata: list[Stratum],
    ) -> None:  # fmt: skip
        """``columns`` are the bases of what rules conclude, ``empty`` predicates of which there is nothing."""
        self._columns = columns
        self._inlined = inlined
        self._unfolding = unfolding
        self._fusing = fusing
        self._shaping = shaping
        self._numbers = numbers
        self._empty = empty
        self._strata = strata
        self._guards: dict[tuple[str, Tally], str] = {}
        self._tallies: dict[TallyTable, str] = {}
        self.columns: dict[str, tuple[str, ...]] = {}

    def guarded(self, plan: RulePlan) -> RulePlan:
        """A plan that reads, in the place of a predicate and an aggregate, rows for which the aggregate holds."""
        for tally in plan.tallies:
            scan = guarding_scan(plan, tally)
            if scan is None:
                raise InputError("an aggregate that rests on several predicates is not compiled", plan.rule.place)
            name = self._guard(plan, tally, scan)
            scans = tuple(replace(s, predicate=name) if s == scan else s for s in plan.block.scans)
            plan = replace(plan, block=replace(plan.block, scans=scans))
        return replace(depends_on_body(plan), tallies=())

    def _guard(self, plan: RulePlan, tally: Tally, scan: Scan) -> str:
        classes = Classes(plan.block.conditions)
        asked = {*tally.depends, *(bound.variable for _, bound in tally.guards if isinstance(bound, Held))}
        places = {variable: place_in(scan, plan.variables[variable], classes) or 0 for variable in asked}
        # Numbers of scans are made the same, so that the same aggregate is known again.
        own = _numbered(renamed_variables(tally, places))
        if (scan.predicate, own) not in self._guards:
            name = f"@held{len(self._guards) + 1}"
            self._guards[scan.predicate, own] = name
            bases = self._columns[scan.predicate] if scan.predicate in self._columns else self.columns[scan.predicate]
            self.columns[name] = bases
            values = tuple(ColumnOf(-1, place, base) for place, base in enumerate(bases))
            block = Block((Scan(-1, scan.predicate, scan.width),), ())
            made = RulePlan(plan.rule, block, values, (), values)
            single = {p: r for p, r in self._inlined.single.items() if p == scan.predicate}
            made = self._unfolding.unfold(made, {**self._inlined.plans, **single}, self._inlined.denied)
            made = fused(self._fusing, self._shaping.joined(fused(self._fusing, made)))
            keys = tuple(made.variables[place] for place in own.depends)
            guards = tuple((op, made.variables[b.variable] if isinstance(b, Held) else b) for op, b in own.guards)
            made = replace(made, tabled=(self._tabled(own, made, keys, guards),))
            self._strata.append(Stratum((name,), (made,)))
        return self._guards[scan.predicate, own]

    def _tabled(self, tally: Tally, plan: RulePlan, keys: tuple[Value, ...], guards: Guards) -> Tabled:
        parts = [(part.bases, self._elements(part, tally, plan.rule.place)) for part in tally.parts]
        direct = []
        if tally.function in ("#sum", "#count") and _all_apart(parts):
            left = []
            for bases, elements in parts:
                kept = []
                for element in elements:
                    amount = self._direct(element, keys, plan.block, tally.function, bases)
                    if amount is None:
                        kept.append(element)
                    else:
                        direct.append(amount)
                left.append((bases, kept))
            parts = left
        table = TallyTable(
            tally.function, len(keys), tuple((bases, tuple(map(_canonical, own))) for bases, own in parts if own)
        )
        if table not in self._tallies:
            self._tallies[table] = f"@tally{len(self._tallies) + 1}"
            self.columns[self._tallies[table]] = (*(key.base for key in keys), NUMBER)
            self._strata.append(Stratum((self._tallies[table],), (), tally=table))
        name = self._tallies[table] if table.parts else ""
        return Tabled(next(self._numbers), name, tally.function, keys, guards, tuple(direct))

    def _elements(self, part: TallyPart, tally: Tally, place: str) -> list[Element]:
        found = []
        for block, terms in part.blocks:
            for expanded, told in self._unfolding.expand(without(block, self._empty), terms, self._inlined.expanded):
                own, values = self._unfolding.unfold_block(expanded, told, self._inlined.plans, self._inlined.denied)
                own, values = self._fusing.fuse(own, values)
                own, values = self._shaping.joined_block(own, values)
                own, values = self._fusing.fuse(own, values)
                if Impossible() in own.conditions:
                    continue
                element = keyed(own, values, tally.depends)
                if element is None:
                    raise InputError("an element of this aggregate does not tell what it depends on", place)
                found.append(element)
        return found

    def _direct(
        self, element: Element, keys: tuple[Value, ...], around: Block, function: str, bases: tuple[str, ...]
    ) -> tuple[tuple[Condition, ...], Value] | None:
        block, own, terms = element
        if function == "#sum" and bases[:1] != (NUMBER,):
            return None
        same = tuple(Compare(key, "=", value) for key, value in zip(own, keys, strict=True))
        block, terms = self._fusing.fuse_within(Block(block.scans, (*block.conditions, *same)), around, terms)
        if block.scans:
            return None
        if function == "#count":
            return block.conditions, Constant(1, NUMBER)
        # What is no number adds nothing.
        told = Compare(terms[0], "!=", Constant(OPEN_END_NUMBER, NUMBER))
        return (*block.conditions, *(() if isinstance(terms[0], Constant) else (told,))), terms[0]


def fused(fusing: Fusing, plan: RulePlan) -> RulePlan:
    """A plan with the scans of each key fused."""
    return with_body(plan, *fusing.fuse(plan.block, values_of(plan)))


def _all_apart(parts: Sequence[tuple[tuple[str, ...], list[Element]]]) -> bool:
    """Whether no two elements of one form give the same tuple."""
    return all(apart(a, b) for _, elements in parts for a, b in combinations(elements, 2))


def _canonical(element: Element) -> Element:
    """An element in which scans are numbered in their order."""
    return renumbered_element(element, {scan.number: place for place, scan in enumerate(scans_of(element[0]))})


def _numbered(tally: Tally) -> Tally:
    parts = []
    for part in tally.parts:
        blocks = []
        for block, terms in part.blocks:
            numbers = {scan.number: place for place, scan in enumerate(scans_of(block))}
            blocks.append(renumbered(block, terms, numbers))
        parts.append(replace(part, blocks=tuple(blocks)))
    return replace(tally, parts=tuple(parts))
