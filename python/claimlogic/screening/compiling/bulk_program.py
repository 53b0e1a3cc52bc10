"""A program for parts of claims, and what it reads of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.compiling.carrying import Carried
from claimlogic.screening.compiling.fusing import CLAIMS, LINES, Wide
from claimlogic.screening.compiling.plan import NUMBER, Block, ColumnOf, Program, Scan, Stratum, Value
from claimlogic.screening.compiling.rewriting import columns_of_tabled, columns_read, elements_of, scans_of
from claimlogic.screening.compiling.shaping import SHAPES
from claimlogic.screening.part import DAY, PartLayout

# What a part has for every line.
_TOTAL = frozenset({"line", "units", DAY})


@dataclass(frozen=True, slots=True)
class BulkProgram:
    """What is concluded once for all parts (``settled``), and what of each part, in order.

    ``shaped`` are the predicates whose first column is a shape, ``shape_columns`` the predicates that make one.
    ``claims`` and ``lines`` are the wide relations that are read, beside those that bear the same columns for shapes.
    ``carried`` tells which columns of lines tables carry after their arguments.
    """

    settled: Program
    parts: Program
    shaped: frozenset[str]
    claims: Wide
    lines: Wide
    shape_columns: tuple[str, ...]
    carried: Carried

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

    @property
    def widths(self) -> dict[str, int]:
        """The numbers of arguments of the predicates whose tables carry columns of lines after these."""
        return {predicate: len(self.parts.columns[predicate]) - len(told) for predicate, told in self.carried.items()}

    @property
    def keys(self) -> dict[str, tuple[int, ...]]:
        """By predicate the first columns of a table, where these tell the others."""
        carrying = {predicate: tuple(range(width)) for predicate, width in self.widths.items()}
        return {CLAIMS: (0,), LINES: (0, 1), SHAPES: (0,), **carrying}

    @property
    def days(self) -> dict[str, frozenset[int]]:
        """By predicate the columns that are the days of lines."""
        day, widths = self.lines.columns[DAY], self.widths
        carried = {
            predicate: frozenset(widths[predicate] + at for at, (_, place) in enumerate(told) if place == day)
            for predicate, told in self.carried.items()
        }
        return {**carried, LINES: frozenset({day})}

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
    for block, _, _ in elements_of(stratum):
        yield from scans_of(block)


def _columns_read(stratum: Stratum, name: str) -> Iterator[ColumnOf]:
    for plan in (*stratum.rules, *stratum.rounds):
        tabled = chain.from_iterable(map(columns_of_tabled, plan.tabled))
        yield from _columns(plan.block, (*plan.outputs, *tabled), name)
    for block, keys, terms in elements_of(stratum):
        yield from _columns(block, (*keys, *terms), name)


def _columns(block: Block, values: Sequence[Value], name: str) -> Iterator[ColumnOf]:
    numbers = {scan.number for scan in scans_of(block) if scan.predicate == name}
    for column in columns_read(block, values):
        if column.scan in numbers:
            yield column
