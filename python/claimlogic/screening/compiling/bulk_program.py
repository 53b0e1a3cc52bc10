"""A program for parts of claims, and what it reads of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.compiling.fusing import CLAIMS, LINES, Wide
from claimlogic.screening.compiling.plan import NUMBER, Block, ColumnOf, Condition, Program, Scan, Stratum, Value
from claimlogic.screening.compiling.rewriting import columns_of, columns_of_value, scans_of
from claimlogic.screening.part import DAY, PartLayout

# What a part has for every line.
_TOTAL = frozenset({"line", "units", DAY})


@dataclass(frozen=True, slots=True)
class BulkProgram:
    """What is concluded once for all parts (``settled``), and what of each part, in order.

    ``shaped`` are the predicates whose first column is a shape, ``shape_columns`` the predicates that make one.
    ``claims`` and ``lines`` are the wide relations that are read, beside those that bear the same columns for shapes.
    """

    settled: Program
    parts: Program
    shaped: frozenset[str]
    claims: Wide
    lines: Wide
    shape_columns: tuple[str, ...]

    @property
    def reports_all(self) -> bool:
        """Whether every finding is reported, so that none can be waived."""
        plans = self.parts.rules_of("reported")
        return any(
            len(p.block.scans) == 1
            and p.block.scans[0].predicate == "finding"
            and not p.block.conditions
            and p.outputs == tuple(ColumnOf(p.block.scans[0].number, i, v.base) for i, v in enumerate(p.outputs))
            for p in plans
        )

    def read(self, name: str) -> frozenset[int]:
        """The columns of a wide relation that are read."""
        return frozenset(c.place for stratum in self.parts.strata for c in _columns_read(stratum, name))

    def relations_read(self) -> frozenset[str]:
        """Every relation that is read of a part, wide ones among them."""
        return frozenset(scan.predicate for stratum in self.parts.strata for scan in scans_read(stratum))


def wide_relations(layout: PartLayout, vocabulary: Vocabulary) -> tuple[Wide, Wide]:
    """The wide relations of claims and of lines. After the key, each has the number of the claim's shape."""

    def wide(name: str, key: int, predicates: Collection[str]) -> Wide:
        kinds = [vocabulary.predicates[p].kinds[-1] for p in predicates]
        bases = (*[NUMBER] * (key + 1), *(vocabulary.kinds[kind].base for kind in kinds))
        columns = {p: key + 1 + i for i, p in enumerate(predicates)}
        return Wide(name, key, columns, bases, _TOTAL & set(predicates))

    return wide(CLAIMS, 1, layout.claim_columns), wide(LINES, 2, layout.line_columns)


def strata_toward(strata: Sequence[Stratum], goals: Collection[str]) -> list[Stratum]:
    """The strata on which the goals rest."""
    wanted = set(goals)
    kept = []
    for stratum in reversed(strata):
        if wanted & set(stratum.predicates):
            kept.append(stratum)
            wanted |= {scan.predicate for scan in scans_read(stratum)}
    return kept[::-1]


def scans_read(stratum: Stratum) -> Iterator[Scan]:
    """Every scan of a stratum, those of tables of aggregates among them."""
    for plan in (*stratum.rules, *stratum.rounds):
        yield from scans_of(plan.block)
        for tabled in plan.tabled:
            if tabled.predicate:
                yield Scan(tabled.number, tabled.predicate, 0)
    if stratum.tally is not None:
        for _, elements in stratum.tally.parts:
            for block, _, _ in elements:
                yield from scans_of(block)


def _columns_read(stratum: Stratum, name: str) -> Iterator[ColumnOf]:
    for plan in (*stratum.rules, *stratum.rounds):
        numbers = {scan.number for scan in scans_of(plan.block) if scan.predicate == name}
        values = [*plan.outputs]
        conditions: list[Condition] = [*plan.block.conditions]
        for tabled in plan.tabled:
            values += [*tabled.keys, *(bound for _, bound in tabled.guards), *(amount for _, amount in tabled.direct)]
            conditions += [condition for told, _ in tabled.direct for condition in told]
        yield from _columns(Block((), tuple(conditions)), values, numbers)
    if stratum.tally is not None:
        for _, elements in stratum.tally.parts:
            for block, keys, terms in elements:
                numbers = {scan.number for scan in scans_of(block) if scan.predicate == name}
                yield from _columns(block, (*keys, *terms), numbers)


def _columns(block: Block, values: Sequence[Value], numbers: set[int]) -> Iterator[ColumnOf]:
    for column in (*columns_of(block), *(c for value in values for c in columns_of_value(value))):
        if column.scan in numbers:
            yield column
