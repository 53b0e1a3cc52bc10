"""Files of claims for the tests of screening: rows by Tuva's names, written as CSV or Parquet, and read."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from claimlogic.knowledge.load import Knowledge
from claimlogic.screening.reading.assembling import Assembled, assemble
from claimlogic.screening.reading.sources import find_sources
from claimlogic.screening.reading.staging import stage

ROW: Mapping[str, str] = {
    "claim_id": "c1",
    "claim_line_number": "1",
    "claim_type": "professional",
    "person_id": "SECRET-PERSON",
    "payer": "Medicare",
    "claim_start_date": "2024-08-15",
    "claim_end_date": "2024-08-15",
    "claim_line_start_date": "2024-08-15",
    "claim_line_end_date": "2024-08-15",
    "place_of_service_code": "11",
    "bill_type_code": "",
    "revenue_center_code": "",
    "service_unit_quantity": "1",
    "hcpcs_code": "62323",
    "hcpcs_modifier_1": "",
    "hcpcs_modifier_2": "",
    "hcpcs_modifier_3": "",
    "hcpcs_modifier_4": "",
    "hcpcs_modifier_5": "",
    "rendering_npi": "1111111111",
    "billing_npi": "2222222222",
    "diagnosis_code_type": "icd-10-cm",
    "diagnosis_code_1": "M5416",
    "diagnosis_code_2": "",
}


def row(**values: str) -> dict[str, str]:
    """A row as it should be, but for what is given."""
    return {**ROW, **values}


def lines(claim: str, *codes: str, **values: str) -> list[dict[str, str]]:
    """A claim with a line for each code."""
    return [row(claim_id=claim, claim_line_number=str(n), hcpcs_code=code, **values) for n, code in enumerate(codes, 1)]


def write_csv(path: Path, rows: Sequence[Mapping[str, str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """A CSV with the columns of the first row."""
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, rows: Sequence[Mapping[str, str]], **expressions: str) -> Path:
    """A Parquet file of text columns; ``expressions`` are SQL for columns that are something else."""
    made = path.with_suffix(".csv.tmp")
    write_csv(made, rows)
    replaced = ", ".join(f'{sql} AS "{name}"' for name, sql in expressions.items())
    chosen = f"* REPLACE ({replaced})" if replaced else "*"
    rows_of = f"read_csv('{made}', all_varchar = true, header = true)"
    duckdb.sql(f"COPY (SELECT {chosen} FROM {rows_of}) TO '{path}' (FORMAT parquet)")
    made.unlink()
    return path


def fetch(pattern: Path, columns: str = "*", order: str = "ALL") -> list[tuple[object, ...]]:
    """The rows of Parquet files."""
    return duckdb.sql(f"SELECT {columns} FROM read_parquet('{pattern}') ORDER BY {order}").fetchall()


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def read(path: Path, knowledge: Knowledge, scratch: Path) -> tuple[duckdb.DuckDBPyConnection, Assembled]:
    """The one part of a file."""
    connection = duckdb.connect()
    staged = stage(connection, find_sources(str(path), connection), scratch / "work", 1_000_000, lambda _: None)
    assert staged.parts == 1
    fields = {field for source in staged.sources for field in source.columns.taken}
    rows = staged.rows_sql(0, knowledge.vocabulary.words())
    return connection, assemble(connection, rows, fields, knowledge.vocabulary, staged.broken)


def one_line(path: Path, knowledge: Knowledge, scratch: Path) -> dict[str, Any]:
    """The only line that was read, by column."""
    connection, _ = read(path, knowledge, scratch)
    cursor = connection.execute("SELECT * FROM part_lines")
    found = cursor.fetchall()
    assert len(found) == 1
    return dict(zip([column[0] for column in cursor.description or ()], found[0], strict=True))
