"""Other ways to find the same: pairs, unit limits and add-ons without a parent, over many claims.

Each module has ``run(tables, claims, output)``: it reads a store of CMS's tables and a population of claims
(``population.py``), writes what it found to a Parquet file of ``C, L, rule, other``, and tells what it took. The clock
starts when the tables are read: it covers reading the claims, judging them and holding what was found.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import duckdb

from claimlogic import KnowledgeBase
from claimlogic.terms import OPEN_END, Term, plain

# What all of them look for, by the ids of our rules. A rival that knows fewer is compared on those.
PAIR = "ncci_column_two"
OVER_LINE, OVER_DAY, OVER_DAY_REVIEWABLE = "units_over_mue_line", "units_over_mue", "units_over_mue_reviewable"
ORPHAN = "addon_orphaned"
SHARED = (PAIR, OVER_LINE, OVER_DAY, OVER_DAY_REVIEWABLE, ORPHAN)


@dataclass(slots=True)
class Taken:
    """Seconds of wall clock and of processor from the claims' file to what was found; how many of each was judging."""

    claims: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    judging_seconds: float = 0.0

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Count all that is done inside."""
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.seconds += time.perf_counter() - wall
        self.cpu_seconds += time.process_time() - processor

    @contextmanager
    def judging(self, claims: int) -> Iterator[None]:
        """Count what is done inside as judging so many claims."""
        wall = time.perf_counter()
        yield
        self.judging_seconds += time.perf_counter() - wall
        self.claims += claims


LATEST = 99991231

# Claim, line, rule, other line (the line itself where there is none).
Finding: TypeAlias = tuple[int, int, str, int]
COLUMNS = "C INTEGER, L INTEGER, rule VARCHAR, other INTEGER"


def write_findings(found: list[Finding], output: Path) -> None:
    """Write what was found."""
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE told({COLUMNS})")
    cells = ", ".join(f"unnest(?::{kind}[])" for kind in ("INTEGER", "INTEGER", "VARCHAR", "INTEGER"))
    if found:
        columns = [list(column) for column in zip(*found, strict=True)]
        connection.execute(f"INSERT INTO told SELECT {cells}", columns)
    connection.execute(f"COPY told TO '{output}' (FORMAT parquet)")


def addon_rows(tables: Path) -> tuple[list[tuple[str, int, int, int]], list[tuple[str, str, int, int]]]:
    """Add-ons (code, type, first and last day) and their parents (code, parent, first and last day).

    CMS publishes no parents of type 2; who judges such an add-on holds a list of his own, and here all hold ours.
    """
    store = KnowledgeBase(tables=tables).store
    addons = [(plain(a), _number(t), _number(f), _number(to)) for a, t, f, to in store.match("addon", (None,) * 4)]
    parents = [
        (plain(a), plain(p), _number(f), _number(to)) for a, p, f, to in store.match("addon_parent", (None,) * 4)
    ]
    return sorted(set(addons)), sorted(set(parents))


def _number(term: Term) -> int:
    if term == OPEN_END:
        return LATEST
    assert isinstance(term, int)
    return term
