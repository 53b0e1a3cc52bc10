"""Documents into the Parquet file of an edition, set by set in DuckDB; rows that cannot be read are set apart.

DuckDB works in a scratch folder under a bound on memory, and every statement names its order: the same files give the
same bytes.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from claimlogic.sql_text import quoted
from claimlogic.tables.documents import Document
from claimlogic.tables.formats.normalised import RATIONALES
from claimlogic.tables.layouts import LAYOUTS, Layout
from claimlogic.tables.reading import RawRow, Reading

MEMORY_LIMIT = "400MB"
THREADS = 2

_UNIT, _RECORD = "\x1f", "\x1e"
_CONTROLS = {ord(_UNIT): " ", ord(_RECORD): " ", ord("\n"): " ", ord("\r"): None, 0: None}
_LINE = "columns = {'t': 'VARCHAR'}, header = false, auto_detect = false, quote = '', escape = '', delim = '\x1e'"
# Of a row that cannot be read, so much is kept for the person who looks into it.
_SHOWN = 400


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be read: the file, the line on which it begins, and why."""

    file: str
    line: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.why}"


class Stage:
    """A scratch database in which the rows of editions are put in order."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self.connection = duckdb.connect(str(scratch / "stage.duckdb"))
        self.connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        self.connection.execute(f"SET threads = {min(THREADS, os.cpu_count() or 1)}")
        self.connection.execute(f"SET temp_directory = {quoted(scratch / 'spill')}")
        self.connection.execute("SET autoinstall_known_extensions = false; SET enable_progress_bar = false")
        self.connection.execute(f"CREATE TABLE {RATIONALES}(id VARCHAR, words VARCHAR)")
        self._layout: Layout | None = None

    def close(self) -> None:
        """Let go of the scratch database; its files go with the scratch folder."""
        self.connection.close()

    def begin(self, layout: str, rationales: Sequence[tuple[str, str]] = ()) -> None:
        """Start an edition of this layout; ``rationales`` are the texts for rationale letters."""
        self._layout = LAYOUTS[layout]
        columns = ", ".join(f"{name} {kind}" for name, kind in self._layout.columns)
        self.connection.execute("DROP TABLE IF EXISTS staged")
        self.connection.execute(
            f"CREATE TABLE staged({columns}, file INTEGER, line INTEGER, why VARCHAR, original VARCHAR)"
        )
        self.connection.execute(f"DELETE FROM {RATIONALES}")
        if rationales:
            self.connection.executemany(f"INSERT INTO {RATIONALES} VALUES (?, ?)", rationales)

    def load(self, document: Document, reading: Reading, number: int) -> None:
        """Read a document's rows; ``number`` is its place among the files of the edition."""
        assert self._layout is not None
        if reading.rows is None:
            source = self._lines_of(document.path, reading.after)
            self._insert(source, reading, number)
            return
        copy = self._scratch / f"rows-{number}"
        with copy.open("w", encoding="utf-8", newline="\n") as target:
            target.writelines(map(_written, reading.rows(document)))
        self._insert(self._rows_of(copy), reading, number)
        copy.unlink()

    def faults(self, files: Sequence[str], limit: int) -> tuple[int, list[Fault]]:
        """How many rows cannot be read, and the first of them."""
        found = self.connection.execute("SELECT count(*) FROM staged WHERE why IS NOT NULL").fetchone()
        rows = self.connection.execute(
            f"SELECT file, line, why FROM staged WHERE why IS NOT NULL ORDER BY file, line, why LIMIT {limit}"
        ).fetchall()
        return (found[0] if found else 0), [Fault(files[file], line, why) for file, line, why in rows]

    def row_counts(self) -> dict[int, int]:
        """How many rows were read of each file, by its place."""
        counts: dict[int, int] = defaultdict(int)
        counts.update(
            self.connection.execute("SELECT file, count(*) FROM staged WHERE why IS NULL GROUP BY file").fetchall()
        )
        return counts

    def write_rows(self, path: Path) -> None:
        """Write the rows that could be read, in order, as Parquet."""
        assert self._layout is not None
        columns = [name for name, _ in self._layout.columns] + ["file", "line"]
        order = ", ".join(f"{name} NULLS FIRST" for name in [*self._layout.order, "file", "line"])
        self.connection.execute(
            f"COPY (SELECT {', '.join(columns)} FROM staged WHERE why IS NULL ORDER BY {order})"
            f" TO {quoted(path)} (FORMAT parquet, COMPRESSION zstd)"
        )

    def write_faults(self, path: Path, files: Sequence[str]) -> None:
        """Write the rows that could not be read: file, line, why, and the row as it stands, tab-separated."""
        names = ", ".join(f"({i}, '{name.replace(chr(39), chr(39) * 2)}')" for i, name in enumerate(files))
        self.connection.execute(
            f"COPY (SELECT n.name AS file, s.line AS line, s.why AS why, s.original AS row FROM staged s"
            f" JOIN (VALUES {names}) n(number, name) ON n.number = s.file WHERE s.why IS NOT NULL"
            f" ORDER BY s.file, s.line, s.why, s.original)"
            f" TO {quoted(path)} (FORMAT csv, DELIMITER '\t', HEADER)"
        )

    def _lines_of(self, path: Path, after: int) -> str:
        """SQL of (line, problem, cells): every line below ``after`` that is not blank, cut at tabs."""
        return (
            "SELECT line, NULL AS problem, string_split(t, '\t') AS cells FROM"
            f" (SELECT row_number() OVER () AS line, rtrim(t, chr(13)) AS t FROM read_csv({quoted(path)}, {_LINE}))"
            f" WHERE line > {after} AND trim(replace(t, '\t', ' ')) <> ''"
        )

    def _rows_of(self, path: Path) -> str:
        """SQL of (line, problem, cells) of rows written by ``_written``."""
        return (
            "SELECT cells[1]::INTEGER AS line, nullif(cells[2], '') AS problem, cells[3:] AS cells FROM"
            f" (SELECT string_split(t, '{_UNIT}') AS cells FROM read_csv({quoted(path)}, {_LINE}))"
        )

    def _insert(self, source: str, reading: Reading, number: int) -> None:
        assert self._layout is not None
        places = sorted({field.at for field in reading.fields if field.at is not None})
        cells = ", ".join(f"coalesce(trim(cells[{at + 1}]), '') AS c{at}" for at in places)
        values: dict[str, list[str]] = defaultdict(list)
        checks = ["WHEN problem IS NOT NULL THEN problem"]
        needed = reading.width
        checks.append(f"WHEN width < {needed} THEN concat('at least {needed} columns are expected, ', width, ' found')")
        for field in reading.fields:
            if field.at is None:
                continue
            value, wrong, words = field.read(f"c{field.at}")
            values[field.column].append(value)
            if wrong != "false":
                said = quoted(f'" {words}')
                checks.append(f"WHEN {wrong} THEN concat('column {field.at + 1}: \"', c{field.at}[1:40], {said})")
        columns = [f"{_least(values[name])} AS {name}" for name, _ in self._layout.columns]
        self.connection.execute(
            f"INSERT INTO staged SELECT {', '.join(columns)}, {number} AS file, line, why,"
            f" CASE WHEN why IS NOT NULL THEN array_to_string(cells, chr(9))[1:{_SHOWN}] END"
            f" FROM (SELECT *, CASE {' '.join(checks)} END AS why"
            f" FROM (SELECT line, problem, cells, len(cells) AS width, {cells} FROM ({source})))"
        )


def _written(row: RawRow) -> str:
    line, problem, cells = row
    return _UNIT.join([str(line), problem or "", *(cell.translate(_CONTROLS) for cell in cells)]) + "\n"


def _least(values: Sequence[str]) -> str:
    return f"least({', '.join(values)})" if len(values) > 1 else next(iter(values), "NULL")
