"""Excludes1 notes in an index, and which pairs of diagnoses they keep apart.

A note bears on every diagnosis below the place that carries it and keeps out runs of places, so a pair is looked up,
not stored: written out, the notes of one year are many millions of pairs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claimlogic.errors import InputError
from claimlogic.tables.dated import Locate, held_ranges, parquet_sql
from claimlogic.tables.manifest import StoredTable
from claimlogic.terms import Term, plain, text

if TYPE_CHECKING:
    import duckdb

EXCLUDES1 = "excludes1"

_SHORTEST = 3


@dataclass(frozen=True, slots=True)
class KeptApart:
    """An Excludes1 note that keeps two diagnoses apart: for which days (numbers), and where it stands."""

    dx: str
    other: str
    first: int
    last: int
    edition: int
    line: int
    carrier: str
    keeps_out: str


def write_notes(
    index: sqlite3.Connection, locate: Locate, table: StoredTable, connection: duckdb.DuckDBPyConnection
) -> None:
    """Write codes with their places, and notes, for every edition of the table."""
    index.executescript(
        "CREATE TABLE held(edition INTEGER PRIMARY KEY, first_day INTEGER, last_day INTEGER);"
        "CREATE TABLE node(edition INTEGER, code TEXT, place INTEGER, last_place INTEGER, above INTEGER,"
        " PRIMARY KEY (edition, code)) WITHOUT ROWID;"
        "CREATE TABLE place(edition INTEGER, place INTEGER, code TEXT, above INTEGER,"
        " PRIMARY KEY (edition, place)) WITHOUT ROWID;"
        "CREATE TABLE excludes(edition INTEGER, carrier INTEGER, first_place INTEGER, last_place INTEGER, line INTEGER,"
        " keeps_out TEXT, PRIMARY KEY (edition, carrier, first_place, last_place, line)) WITHOUT ROWID;"
    )
    for held in held_ranges(table):
        rows = parquet_sql(locate, held.edition)
        index.execute("INSERT INTO held VALUES (?, ?, ?)", (held.place, held.first, held.last))
        nodes = connection.execute(
            f"SELECT {held.place}, code, place, last_place, above FROM {rows}"
            " WHERE excluded_place IS NULL ORDER BY place"
        ).fetchall()
        index.executemany("INSERT OR IGNORE INTO node VALUES (?, ?, ?, ?, ?)", nodes)
        index.executemany("INSERT INTO place VALUES (?, ?, ?, ?)", ((n[0], n[2], n[1], n[4]) for n in nodes))
        notes = connection.execute(
            f"SELECT DISTINCT {held.place}, place, excluded_place, excluded_last_place, line,"
            " CASE WHEN excluded_from = excluded_to THEN excluded_from ELSE excluded_from || '-' || excluded_to END"
            f" FROM {rows} WHERE excluded_place IS NOT NULL ORDER BY ALL"
        ).fetchall()
        index.executemany("INSERT OR IGNORE INTO excludes VALUES (?, ?, ?, ?, ?, ?)", notes)


class ExcludesNotes:
    """The notes of an index, asked for the pairs that they keep apart."""

    def __init__(self, index: sqlite3.Connection) -> None:
        self._index = index
        held = index.execute("SELECT edition, first_day, last_day FROM held ORDER BY edition")
        self._held = [(edition, first, last) for edition, first, last in held]

    def among(self, diagnoses: Sequence[Term]) -> Iterator[KeptApart]:
        """Every pair of these diagnoses that a note keeps apart, by edition."""
        codes = [plain(dx) for dx in diagnoses]
        for edition, first, last in self._held:
            places = {code: self._place(edition, code) for code in codes}
            for dx, place in places.items():
                if place is None:
                    continue
                for carrier, begin, end, line, keeps_out in self._notes_above(edition, place):
                    for other, at in places.items():
                        if at is not None and begin <= at <= end and other != dx:
                            yield KeptApart(dx, other, first, last, edition, line, carrier, keeps_out)

    def beside(self, dx: Term | None, other: Term | None) -> Iterator[KeptApart]:
        """Every pair with this first or second diagnosis, of those that the list itself names.

        Raises InputError where neither is given: the pairs are too many to list.
        """
        if dx is not None and other is not None:
            pairs = self.among([dx, other])
            yield from (pair for pair in pairs if pair.dx == plain(dx) and pair.other == plain(other))
            return
        given = dx if dx is not None else other
        if given is None:
            raise InputError("excludes1 is not listed as a whole; name one of the two diagnoses")
        for edition, _, _ in self._held:
            codes = [text(code) for code in self._reach(edition, plain(given), forward=dx is not None)]
            for pair in self.among([given, *codes]):
                if pair.edition == edition and plain(given) == (pair.dx if dx is not None else pair.other):
                    yield pair

    def _place(self, edition: int, code: str) -> int | None:
        """The place of a code; of the code that it extends, for one with characters that the list does not print."""
        stem = code
        while len(stem) >= _SHORTEST:
            query = "SELECT place FROM node WHERE edition = ? AND code = ?"
            found = self._index.execute(query, (edition, stem)).fetchone()
            if found:
                return int(found[0])
            stem = stem[:-1].rstrip(".")
        return None

    def _notes_above(self, edition: int, place: int) -> Iterator[tuple[str, int, int, int, str]]:
        at: int | None = place
        while at is not None:
            code, above = self._index.execute(
                "SELECT code, above FROM place WHERE edition = ? AND place = ?", (edition, at)
            ).fetchone()
            for row in self._index.execute(
                "SELECT first_place, last_place, line, keeps_out FROM excludes WHERE edition = ? AND carrier = ?",
                (edition, at),
            ):
                yield (code, *row)
            at = above

    def _reach(self, edition: int, code: str, forward: bool) -> list[str]:
        """The codes that the notes above a code keep out, or those under a note that keeps the code out."""
        place = self._place(edition, code)
        if place is None:
            return []
        if forward:
            runs = [(begin, end) for _, begin, end, _, _ in self._notes_above(edition, place)]
        else:
            runs = self._index.execute(
                "SELECT n.place, n.last_place FROM excludes e"
                " JOIN place p ON p.edition = e.edition AND p.place = e.carrier"
                " JOIN node n ON n.edition = p.edition AND n.code = p.code"
                " WHERE e.edition = ?1 AND e.first_place <= ?2 AND ?2 <= e.last_place",
                (edition, place),
            ).fetchall()
        found: dict[str, None] = {}
        for begin, end in sorted(set(runs)):
            rows = self._index.execute(
                "SELECT code FROM place WHERE edition = ? AND place BETWEEN ? AND ? AND code GLOB '[A-Z][0-9]*'"
                " AND code NOT LIKE '%-%'",
                (edition, begin, end),
            )
            found.update(dict.fromkeys(code for (code,) in rows))
        return list(found)
