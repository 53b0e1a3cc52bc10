"""Parquet files that cannot be read to their end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.sql_text import quoted

if TYPE_CHECKING:
    import duckdb


def is_damaged(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Whether some value in a file cannot be read; all are looked at. Raises what the database does without memory."""
    import duckdb

    try:
        connection.execute(f"SELECT max(hash(COLUMNS(*))) FROM read_parquet({quoted(path)})").fetchall()
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        return True
    return False
