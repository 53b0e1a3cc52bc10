"""The database in memory in which parts are staged and judged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def connect(spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection to a database of its own, which spills to the folder ``spill`` where memory does not suffice.

    The tables of a part are replaced by those of the next one, and nothing outlives the process: so the database, which
    by default writes its tables anew whenever much has changed, is told not to.
    """
    import duckdb

    connection = duckdb.connect()
    connection.execute("SET checkpoint_threshold = '1TB'")
    if spill is not None:
        connection.execute("SET temp_directory = ?", [str(spill)])
    return connection
