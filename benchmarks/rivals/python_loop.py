"""The checks as a plain Python loop over dictionaries, claim after claim, as open NCCI checkers are written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypeAlias

import duckdb

from rivals import (
    LATEST,
    ORPHAN,
    OVER_DAY,
    OVER_DAY_REVIEWABLE,
    OVER_LINE,
    PAIR,
    Finding,
    Taken,
    addon_rows,
    write_findings,
)

# Line number, code, units, day, practitioner, modifiers.
Row: TypeAlias = tuple[int, str, int, int, str, tuple[str, ...]]
Found: TypeAlias = tuple[int, str, int]
Days: TypeAlias = tuple[int, int]
CLAIMS_AT_ONCE = 50_000


class Loop:
    """CMS's tables in dictionaries."""

    def __init__(self, tables: Path) -> None:
        editions = tables / "editions"
        self.pairs: dict[tuple[str, str], list[tuple[str, int, int]]] = defaultdict(list)
        for one, two, indicator, first, last in _rows(
            "SELECT column1, column2, indicator, effective_from, effective_to"
            f" FROM '{editions}/ptp-practitioner/*.parquet'"
        ):
            if indicator != "not_specified":
                self.pairs[one, two].append((indicator, first or 0, last or LATEST))
        self.limits = {
            code: (units, kind)
            for code, units, kind in _rows(
                f"SELECT code, units, adjudication FROM '{editions}/mue-practitioner/*.parquet'"
            )
        }
        self.parting = {
            modifier: (first or 0, last or LATEST)
            for modifier, first, last in _rows(
                f"SELECT modifier, effective_from, effective_to FROM '{editions}/modifiers/*.parquet' WHERE ncci"
            )
        }
        addons, parents = addon_rows(tables)
        self.addons: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        for code, kind, first, last in addons:
            self.addons[code].append((kind, first, last))
        self.parents: dict[str, dict[str, list[Days]]] = defaultdict(lambda: defaultdict(list))
        for code, parent, first, last in parents:
            self.parents[code][parent].append((first, last))

    def judge(self, lines: Sequence[Row]) -> list[Found]:
        """What is found on a claim."""
        found = self._pairs(lines) + self._units(lines)
        return found + self._orphans(lines, {number for number, _, _ in found})

    def _pairs(self, lines: Sequence[Row]) -> list[Found]:
        found = []
        for one in lines:
            for two in lines:
                if one[0] == two[0] or one[3] != two[3] or one[4] != two[4]:
                    continue
                for indicator, first, last in self.pairs.get((one[1], two[1]), ()):
                    if not first <= one[3] <= last:
                        continue
                    if indicator == "never" or not (self._parted(one) or self._parted(two)):
                        found.append((two[0], PAIR, one[0]))
        return found

    def _parted(self, line: Row) -> bool:
        for modifier in line[5]:
            if modifier in self.parting:
                first, last = self.parting[modifier]
                if first <= line[3] <= last:
                    return True
        return False

    def _units(self, lines: Sequence[Row]) -> list[Found]:
        found = []
        sums: dict[tuple[str, int, str], int] = defaultdict(int)
        for _, code, units, day, provider, _ in lines:
            sums[code, day, provider] += units
        for number, code, units, day, provider, _ in lines:
            if code not in self.limits:
                continue
            most, kind = self.limits[code]
            if kind == 1 and units > most:
                found.append((number, OVER_LINE, number))
            elif kind != 1 and sums[code, day, provider] > most:
                found.append((number, OVER_DAY if kind == 2 else OVER_DAY_REVIEWABLE, number))
        return found

    def _orphans(self, lines: Sequence[Row], denied: set[int]) -> list[Found]:
        parents = {line[0]: self._parents_of(line, lines) for line in lines if self._needs_parent(line, lines)}
        standing = {line[0] for line in lines if line[0] not in denied and line[0] not in parents}
        changed = True
        while changed:
            changed = False
            for number, candidates in parents.items():
                if number not in standing and number not in denied and any(p in standing for p in candidates):
                    standing.add(number)
                    changed = True
        found = []
        for number, candidates in parents.items():
            if number not in standing and number not in denied:
                found += [(number, ORPHAN, parent) for parent in candidates or [number]]
        return found

    def _needs_parent(self, line: Row, lines: Sequence[Row]) -> bool:
        for kind, first, last in self.addons.get(line[1], ()):
            if first <= line[3] <= last:
                if kind in (1, 3):
                    return True
                if any(a <= line[3] <= b for days in self.parents[line[1]].values() for a, b in days):
                    return True
                if not any(other[0] != line[0] and other[3] == line[3] for other in lines):
                    return True
        return False

    def _parents_of(self, line: Row, lines: Sequence[Row]) -> list[int]:
        own = self.parents.get(line[1], {})
        return [
            other[0]
            for other in lines
            if other[0] != line[0] and other[3] == line[3] and other[4] == line[4]
            and any(first <= line[3] <= last for first, last in own.get(other[1], ()))
        ]  # fmt: skip


def _rows(query: str) -> list[tuple[object, ...]]:
    return duckdb.connect().execute(query).fetchall()


def claims_from(path: Path) -> Iterator[tuple[int, list[Row]]]:
    """Each claim of a Parquet file with its lines, in order."""
    connection = duckdb.connect()
    cursor = connection.execute(
        "SELECT claim_id::INTEGER, claim_line_number, hcpcs_code, service_unit_quantity,"
        " strftime(claim_line_start_date, '%Y%m%d')::INTEGER, rendering_npi, hcpcs_modifier_1, hcpcs_modifier_2"
        f" FROM read_parquet('{path}/*.parquet') ORDER BY claim_id, claim_line_number"
    )
    number, lines = 0, list[Row]()
    while rows := cursor.fetchmany(100_000):
        for claim, line, code, units, day, provider, *modifiers in rows:
            if claim != number and lines:
                yield number, lines
                lines = []
            number = claim
            lines.append((line, code, units, day, provider, tuple(m for m in modifiers if m is not None)))
    if lines:
        yield number, lines


def run(tables: Path, claims: Path, output: Path) -> Taken:
    """Judge claim after claim."""
    loop, taken, found = Loop(tables), Taken(), list[Finding]()
    with taken.whole():
        source = claims_from(claims)
        while batch := list(islice(source, CLAIMS_AT_ONCE)):
            with taken.judging(len(batch)):
                found += [(claim, *one) for claim, lines in batch for one in loop.judge(lines)]
    write_findings(found, output)
    return taken
