"""The files that hold the claims: which there are, how they are written, which columns they have.

A CSV may be compressed with gzip, begin with a byte order mark, be separated by commas, tabs, bars or semicolons, and
be written in UTF-8, UTF-16 or, where it is no UTF-8, Latin-1: what is taken of it are codes and numbers.
"""

from __future__ import annotations

import csv
import glob
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.errors import InputError
from claimlogic.screening.reading.columns import Columns, find_columns
from claimlogic.sql_text import quoted

if TYPE_CHECKING:
    import duckdb

PARQUET, CSV = "parquet", "csv"
_SUFFIXES = {".parquet": PARQUET, ".parq": PARQUET, ".pq": PARQUET, ".csv": CSV, ".txt": CSV, ".tsv": CSV}
_DELIMITERS = ",|\t;"
_HEAD = 1 << 16
_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

# Kinds of Parquet column that can hold what a field holds. A code that is a number has lost its leading zeros.
_TEXTS = ("VARCHAR", "ENUM")
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_FRACTIONS = ("DOUBLE", "FLOAT", "DECIMAL")
_DAYS = ("DATE", "TIMESTAMP")
_AS_NUMBER = {
    "line_number": (*_WHOLE, *_FRACTIONS),
    "units": (*_WHOLE, *_FRACTIONS),
    "age": (*_WHOLE, *_FRACTIONS),
    "claim_id": _WHOLE,
    "segment": _WHOLE,
    "form": _WHOLE,
    "provider": _WHOLE,
    "group": _WHOLE,
    "unit_basis": _WHOLE,
    "diagnosis_version": _WHOLE,
    "diagnosis_pointer": _WHOLE,
    "session": _WHOLE,
    "opps": ("BOOLEAN",),
    **{field: (*_DAYS, *_WHOLE) for field in ("date", "last_date", "claim_date", "claim_last_date", "birth_date")},
}
_PADDED = ("code", "modifier", "place", "bill_type", "revenue_code", "diagnosis", "line_diagnosis")
_LISTS = ("modifier_list", "diagnosis_list", "documented", "undocumented")
_UNREAD = ("line_status",)  # Only whether there is such a column is asked.


@dataclass(frozen=True, slots=True)
class Source:
    """One file of claims: its columns in order with their SQL types, and which of them are taken.

    ``delimiter`` and ``encoding`` are those of a CSV.
    """

    path: Path
    kind: str
    types: Mapping[str, str]
    columns: Columns
    delimiter: str = ""
    encoding: str = ""

    @property
    def signature(self) -> tuple[object, ...]:
        """What files have in common that can be read in one go."""
        return self.kind, tuple(self.types.items()), self.columns.naming


def find_sources(given: str, connection: duckdb.DuckDBPyConnection) -> list[Source]:
    """Every file of claims that is meant by a path, a folder or a pattern, in the order of their names.

    Raises InputError where there is none, and for a file that cannot be read or whose columns do not serve.
    """
    return [_source(path, connection) for path in _paths(given)]


def empty_columns(path: Path, connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The columns of a Parquet file that are empty in every row, as far as the file itself tells."""
    rows = connection.execute(
        f"SELECT path_in_schema FROM parquet_metadata({quoted(path)}) GROUP BY ALL "
        "HAVING coalesce(sum(num_values) = sum(stats_null_count), false)"
    ).fetchall()
    return frozenset(str(row[0]) for row in rows)


def _paths(given: str) -> list[Path]:
    path = Path(given)
    if path.is_dir():
        found = sorted(each for each in path.rglob("*") if _kind(each) and each.is_file())
    elif path.exists():
        found = [path]
    else:
        found = sorted(Path(each) for each in glob.glob(given, recursive=True) if Path(each).is_file())
    if not found:
        what = "no Parquet or CSV file in this folder" if path.is_dir() else "no such file"
        raise InputError(f"{what}: give a Parquet or CSV file, a folder of them or a pattern in quotes", given)
    return found


def _kind(path: Path) -> str | None:
    name = path.name.lower().removesuffix(".gz")
    # Of a name such as claims.csv.gz the inner suffix tells; hidden files are nobody's claims.
    return None if name.startswith((".", "_")) else _SUFFIXES.get(Path(name).suffix)


def _source(path: Path, connection: duckdb.DuckDBPyConnection) -> Source:
    kind = _kind(path)
    if kind is None:
        raise InputError("this is neither Parquet nor CSV by its name (.parquet, .csv, .txt, .tsv, .csv.gz)", str(path))
    if kind == PARQUET:
        types = _parquet_types(path, connection)
        columns = find_columns(list(types), str(path)).without(empty_columns(path, connection))
        source = Source(path, kind, types, columns)
    else:
        source = _csv(path)
    _check_types(source)
    return source


def _parquet_types(path: Path, connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    import duckdb as engine

    try:
        rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({quoted(path)})").fetchall()
    except engine.Error:
        raise InputError("this file cannot be read as Parquet: it is empty, damaged or cut short", str(path)) from None
    return {str(row[0]): str(row[1]) for row in rows}


def _csv(path: Path) -> Source:
    try:
        with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as file:
            head = file.read(_HEAD)
    except (OSError, EOFError) as fault:
        reason = getattr(fault, "strerror", None) or "it is damaged"
        raise InputError(f"this file cannot be read ({reason})", str(path)) from None
    encoding = _MARKS.get(head[:2]) or ("utf-8" if _is_utf8(head) else "latin-1")
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff").removeprefix("ï»¿")
    if not text.strip():
        raise InputError("this file is empty: it has not even a header", str(path))
    first = text.splitlines()[0]
    delimiter = max(_DELIMITERS, key=first.count)
    try:
        header = [name.strip() for name in next(csv.reader([first], delimiter=delimiter))]
    except (csv.Error, StopIteration):
        raise InputError("the first line is no header of a CSV", str(path)) from None
    columns = find_columns(header, str(path))
    return Source(path, CSV, _distinct(header), columns, delimiter, encoding)


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start >= len(head) - 3 and len(head) == _HEAD  # A character cut in two by the end of the head.
    return "\x00" not in head.decode("utf-8")


def _distinct(header: Sequence[str]) -> dict[str, str]:
    """The columns of a CSV, each under a name of its own; those that are taken have one already."""
    names: dict[str, str] = {}
    seen: set[str] = set()
    for place, name in enumerate(header, start=1):
        own = name if name and name.lower() not in seen else f"column {place}"
        seen.add(own.lower())
        names[own] = "VARCHAR"
    return names


def _check_types(source: Source) -> None:
    for field, names in source.columns.taken.items():
        for name in names:
            if not _serves(field, source.types[name]):
                raise InputError(_remedy(field, source.types[name]), f"{source.path}: {name}")


def _serves(field: str, kind: str) -> bool:
    if kind.endswith("WITH TIME ZONE"):
        return field in _UNREAD  # Which day it is depends on where one stands.
    if kind.startswith(_TEXTS) or field in _UNREAD:
        return not kind.endswith("[]") or field in _LISTS
    return kind.startswith(_AS_NUMBER.get(field, ())) and not kind.endswith("]")


def _remedy(field: str, kind: str) -> str:
    if field in _PADDED and kind.startswith((*_WHOLE, *_FRACTIONS)):
        return "these codes are numbers, so their leading zeros are lost: write them as text"
    return f"a column of type {kind.split('(')[0]} cannot hold this: write it as text"
