"""CSV to Parquet, row for row. A row that is no CSV is set apart, with the claims that it may name."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.errors import InputError
from claimlogic.screening.reading.sources import PARQUET, Source, empty_columns
from claimlogic.sql_text import named, quoted

if TYPE_CHECKING:
    import duckdb

LATIN_1 = "latin-1"
_MAX_BROKEN = 100_000
_NOT_UTF8 = "INVALID ENCODING"
_TOKENS = re.compile(r'[,|\t;"\r\n]+')


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that is no CSV with the columns of the header: its line in the file, and what stands in it, hashed.

    A claim whose id is among ``tokens`` may lack this row.
    """

    line: int
    tokens: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ConvertedCsv:
    """A CSV as Parquet, the encoding that it was read in, and its broken rows."""

    source: Source
    encoding: str
    broken: tuple[BrokenRow, ...]


def convert_csv(connection: duckdb.DuckDBPyConnection, source: Source, target: Path) -> ConvertedCsv:
    """Write the columns that are taken to ``target``. Raises InputError for a file that cannot be read as CSV."""
    for encoding in dict.fromkeys((source.encoding, LATIN_1)):
        _copy(connection, replace(source, encoding=encoding), target)
        errors = connection.execute(
            "SELECT line, any_value(csv_line), bool_or(error_type = ?) FROM reject_errors GROUP BY line ORDER BY line",
            [_NOT_UTF8],
        ).fetchall()
        if not any(error[2] for error in errors):
            break
    if len(errors) > _MAX_BROKEN:
        raise InputError(f"more than {_MAX_BROKEN:,} rows are no CSV with the columns of the header", str(source.path))
    broken = tuple(BrokenRow(int(line), _tokens(connection, text or "", source.delimiter)) for line, text, _ in errors)
    columns = source.columns.without(empty_columns(target, connection))
    return ConvertedCsv(replace(source, path=target, kind=PARQUET, columns=columns), encoding, broken)


def _copy(connection: duckdb.DuckDBPyConnection, source: Source, target: Path) -> None:
    import duckdb as engine

    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in source.types)
    taken = ", ".join(map(named, source.columns.names))
    options = (
        f"columns = {{{columns}}}, auto_detect = false, header = true, delim = {quoted(source.delimiter)}, "
        f"quote = '\"', escape = '\"', encoding = {quoted(source.encoding)}, store_rejects = true, "
        f"rejects_limit = {_MAX_BROKEN + 1}"
    )
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    read = f"SELECT {taken} FROM read_csv({quoted(source.path)}, {options})"
    try:
        connection.execute(f"COPY ({read}) TO {quoted(target)} (FORMAT parquet)")
    except engine.OutOfMemoryException:
        raise
    except engine.Error:
        # The engine's own message quotes the row.
        problem = "this file cannot be read as CSV: look at its quotes, or get it again"
        raise InputError(problem, str(source.path)) from None


def _tokens(connection: duckdb.DuckDBPyConnection, text: str, delimiter: str) -> tuple[int, ...]:
    # With its quotes taken for what they should be, and with every quote taken for a mistake.
    try:
        fields = [field for record in csv.reader(text.splitlines(), delimiter=delimiter) for field in record]
    except csv.Error:
        fields = []
    tokens = sorted({token.strip() for token in (*fields, *_TOKENS.split(text))} - {""})
    rows = connection.execute("SELECT hash(token) FROM (SELECT unnest(?::VARCHAR[]) AS token)", [tokens]).fetchall()
    return tuple(sorted(int(row[0]) for row in rows))
