"""Files of claims to parts of whole claims, without sorting them and without holding them.

Where the lines of a claim stand together, as they nearly always do, a part is a range of rows and is read where it
lies. Otherwise the rows are divided first, each claim to a part by the hash of its id. A CSV becomes Parquet first.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from claimlogic.errors import InputError
from claimlogic.parquet import is_damaged
from claimlogic.screening.reading.csv_files import LATIN_1, convert_csv
from claimlogic.screening.reading.rows import claim_key_sql, row_sql
from claimlogic.screening.reading.sources import CSV, PARQUET, Source, empty_columns
from claimlogic.sql_text import named, quoted

if TYPE_CHECKING:
    import duckdb

_DONE = "staged.json"
_EVERY_ROW = 1 << 62
_T = TypeVar("_T")

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Staged:
    """Claims made ready to be read part by part.

    ``sources`` are the files as Parquet. ``cuts`` are where parts begin (file and row, from 0), None where the rows
    were divided by hash. ``broken`` has file, line and hashed contents of each row that is no CSV.
    """

    folder: Path
    sources: tuple[Source, ...]
    parts: int
    claims: int
    rows: int
    cuts: tuple[tuple[int, int], ...] | None
    broken: tuple[tuple[int, int, tuple[int, ...]], ...]
    notes: tuple[str, ...]

    def rows_sql(self, part: int, words: Mapping[str, frozenset[str]]) -> str:
        """The SELECT of a part's rows, with the columns of ``reading.ROW``; ``part`` counts from 0."""
        pieces = [row_sql(source, words, relation) for source, relation in self._pieces(part)]
        return " UNION ALL ".join(f"({piece})" for piece in pieces)

    def _pieces(self, part: int) -> list[tuple[Source, str]]:
        groups = _groups(self.sources)
        if self.cuts is None:
            files = {
                place: sorted((self.folder / f"g{place}" / f"part={part}").glob("*.parquet"))
                for place in range(len(groups))
            }
            return [
                (group[0], f"(FROM read_parquet([{', '.join(map(quoted, files[place]))}], hive_partitioning = false))")
                for place, (_, group) in enumerate(groups)
                if files[place]
            ]
        return [
            (self.sources[numbers[0]], _relation([self.sources[n] for n in numbers], numbers[0], rows))
            for numbers, rows in self._ranges(part)
        ]

    def _ranges(self, part: int) -> list[tuple[list[int], tuple[int, int] | None]]:
        """The files of a part that are read in one go, and which of their rows: only the first and the last are cut."""
        assert self.cuts is not None
        (first, begin), (last, end) = (*self.cuts, (len(self.sources), 0))[part : part + 2]
        if first == last:
            return [([first], (begin, end))]
        found: list[tuple[list[int], tuple[int, int] | None]] = [([first], (begin, _EVERY_ROW))] if begin else []
        whole = range(first + bool(begin), last)
        for number, group in _groups(self.sources):
            if numbers := [n for n in range(number, number + len(group)) if n in whole]:
                found.append((numbers, None))
        return [*found, ([last], (0, end))] if end else found


def stage(
    connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], folder: Path, part_size: int, tell: Told
) -> Staged:
    """Make parts of about ``part_size`` claims ready below ``folder``; what is ready there already is not made again.

    Raises InputError for a file that cannot be read.
    """
    if (folder / _DONE).is_file():
        return _read_done(folder, sources, connection)
    folder.mkdir(parents=True, exist_ok=True)
    broken: list[tuple[int, int, tuple[int, ...]]] = []
    encodings = [""] * len(sources)
    readable = list(sources)
    for number, source in enumerate(sources):
        if source.kind == CSV:
            tell(f"reading {source.path.name}")
            made = convert_csv(connection, source, _converted(folder, number))
            readable[number], encodings[number] = made.source, made.encoding
            broken += [(number, row.line, row.tokens) for row in made.broken]
    tell("looking for claims")
    rows, together = _find_claims(connection, readable)
    claims = _number(connection, "SELECT count(*) FROM (SELECT h FROM runs WHERE NOT none GROUP BY h)")
    together = together and claims == _number(connection, "SELECT count(*) FROM runs WHERE NOT none")
    parts = max(1, math.ceil(claims / part_size))
    cuts = None
    if together:
        step = max(1, math.ceil(_number(connection, "SELECT count(*) FROM runs") / parts))
        found = connection.execute(f"SELECT file, row FROM runs WHERE rowid % {step} = 0 ORDER BY file, row").fetchall()
        cuts = tuple((int(file), int(row)) for file, row in found) or ((0, 0),)
        parts = len(cuts)
    else:
        tell("dividing the claims into parts")
        _divide(connection, readable, folder, parts)
    connection.execute("DROP TABLE runs")
    notes = [
        f"{source.path.name} is not UTF-8; it was read as Latin-1"
        for source, encoding in zip(sources, encodings, strict=True)
        if encoding == LATIN_1
    ]
    staged = Staged(folder, tuple(readable), parts, claims, rows, cuts, tuple(broken), tuple(notes))
    _write_done(staged)
    return staged


def damaged_file(sources: Sequence[Source], connection: duckdb.DuckDBPyConnection) -> InputError | None:
    """The fault of the first file that cannot be read to its end; None where all can."""
    for source in sources:
        if is_damaged(connection, source.path):
            return InputError("this file cannot be read as Parquet: it is damaged or cut short", str(source.path))
    return None


def _find_claims(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source]) -> tuple[int, bool]:
    """Fill the table ``runs`` with the rows at which another claim begins; how many rows there are in all.

    False where the rows did not come in the order of the files, so that ``runs`` does not say what stands together.
    """
    connection.execute("CREATE OR REPLACE TABLE runs(file INTEGER, row BIGINT, h UBIGINT, none BOOLEAN, jump BOOLEAN)")
    rows = 0
    for first, group in _groups(sources):
        claim, data_source = claim_key_sql(group[0])
        keys = f"SELECT file, row - 1 AS row, hash({claim}, {data_source}) AS h, ({claim}) IS NULL AS none"
        before = "lag(h) OVER () AS h_before, lag(row) OVER () AS row_before, lag(file) OVER () AS file_before"
        jump = "row > 0 AND (row_before IS DISTINCT FROM row - 1 OR file_before IS DISTINCT FROM file)"
        connection.execute(
            f"INSERT INTO runs SELECT file, row, h, none, {jump} FROM (SELECT *, {before} FROM "
            f"({keys} FROM {_relation(group, first)})) WHERE h IS DISTINCT FROM h_before OR ({jump})"
        )
        listed = ", ".join(quoted(source.path) for source in group)
        rows += _number(connection, f"SELECT sum(num_rows) FROM parquet_file_metadata([{listed}])")
    return rows, not _number(connection, "SELECT count(*) FROM runs WHERE jump")


def _divide(connection: duckdb.DuckDBPyConnection, sources: Sequence[Source], folder: Path, parts: int) -> None:
    for place, (first, group) in enumerate(_groups(sources)):
        claim, data_source = claim_key_sql(group[0])
        part = f"CAST(hash({claim}, {data_source}) % {parts} AS INTEGER) AS part"
        connection.execute(
            f"COPY (SELECT *, {part} FROM {_relation(group, first)}) TO {quoted(folder / f'g{place}')} "
            "(FORMAT parquet, PARTITION_BY (part), OVERWRITE)"
        )


def _groups(sources: Sequence[Source]) -> list[tuple[int, list[Source]]]:
    """Files that are written alike and follow each other, which are read in one go; with the number of the first."""
    found = []
    for _, group in groupby(enumerate(sources), key=lambda each: each[1].signature):
        numbered = list(group)
        found.append((numbered[0][0], [source for _, source in numbered]))
    return found


def _relation(sources: Sequence[Source], first: int, rows: tuple[int, int] | None = None) -> str:
    """The rows of files that are written alike, with the number of the file (the first is ``first``) and of the row.

    ``rows`` are the first row to read, from 0, and the one to stop before.
    """
    listed = ", ".join(quoted(source.path) for source in sources)
    columns = ", ".join(map(named, sources[0].columns.names))
    place = f"file_index::INTEGER + {first} AS file, file_row_number + 1 AS row"
    within = f" WHERE file_row_number >= {rows[0]} AND file_row_number < {rows[1]}" if rows else ""
    return f"(SELECT {columns}, {place} FROM read_parquet([{listed}]){within})"


def _number(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    found = connection.execute(query).fetchone()
    return int(found[0] or 0) if found else 0


def _converted(folder: Path, number: int) -> Path:
    return folder / f"csv-{number:05}.parquet"


def _write_done(staged: Staged) -> None:
    told: dict[str, Any] = {
        "parts": staged.parts,
        "claims": staged.claims,
        "rows": staged.rows,
        "cuts": staged.cuts,
        "broken": staged.broken,
        "notes": staged.notes,
    }
    made = staged.folder / f"{_DONE}.new"
    made.write_text(json.dumps(told), encoding="utf-8")
    made.replace(staged.folder / _DONE)


def _read_done(folder: Path, sources: Sequence[Source], connection: duckdb.DuckDBPyConnection) -> Staged:
    told = json.loads((folder / _DONE).read_text(encoding="utf-8"))
    readable = list(sources)
    for number, source in enumerate(sources):
        if source.kind == CSV:
            path = _converted(folder, number)
            columns = source.columns.without(empty_columns(path, connection))
            readable[number] = replace(source, path=path, kind=PARQUET, columns=columns)
    cuts = None if told["cuts"] is None else tuple((file, row) for file, row in told["cuts"])
    broken = tuple((file, line, tuple(tokens)) for file, line, tokens in told["broken"])
    return Staged(
        folder, tuple(readable), told["parts"], told["claims"], told["rows"], cuts, broken, tuple(told["notes"])
    )
