"""The facts of large stored tables, kept between runs: it takes longer to work them out of editions than to read them.

They are named by the hash of what the store says of the table, in the cache where the index of a knowledge base lies
too, and are never edited. Where no cache can be kept they are worked out each time.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.disk import keep_newest, made_aside
from claimlogic.knowledge.index import cache_folder
from claimlogic.sql_text import quoted
from claimlogic.tables.dated import Locate, Words, make_dated
from claimlogic.tables.layouts import Relation
from claimlogic.tables.manifest import StoredTable

if TYPE_CHECKING:
    import duckdb

_FORMAT = "1"
# Facts of smaller tables are worked out in no time.
_LARGE = 200_000
_KEPT = 8
_WORDS = "words"


def dated_rows(
    connection: duckdb.DuckDBPyConnection, name: str, locate: Locate, table: StoredTable, relation: Relation
) -> Words:
    """Make the temporary table ``name`` as ``make_dated`` does, of what an earlier run has kept where there is any."""
    if sum(edition.rows for edition in table.editions) < _LARGE:
        return make_dated(connection, name, locate, table, relation)
    path = _path(table, relation)
    words = _read(connection, name, path)
    if words is None:
        words = make_dated(connection, name, locate, table, relation)
        _write(connection, name, words, path)
    return words


def _path(table: StoredTable, relation: Relation) -> Path:
    """Where the facts are kept. What the store says of an edition holds the hashes of the files that it was made of."""
    made_from = json.dumps([_FORMAT, asdict(table), asdict(relation)], sort_keys=True, default=str)
    version = hashlib.sha256(made_from.encode()).hexdigest()
    return cache_folder() / f"dated-{relation.predicate}-{version[:32]}.parquet"


def _read(connection: duckdb.DuckDBPyConnection, name: str, path: Path) -> Words | None:
    """What is kept, None where there is nothing that can be read."""
    import duckdb

    if not path.is_file():
        return None
    try:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM read_parquet(?)", [str(path)])
        found = connection.execute(
            "SELECT decode(value) FROM parquet_kv_metadata(?) WHERE decode(key) = ?", [str(path), _WORDS]
        ).fetchone()
        os.utime(path)
    except (duckdb.Error, OSError):
        return None
    if found is None:
        return None
    arguments, notes = json.loads(found[0])
    return Words({int(place): texts for place, texts in arguments.items()}, notes)


def _write(connection: duckdb.DuckDBPyConnection, name: str, words: Words, path: Path) -> None:
    """Keep what was worked out, where it can be kept."""
    import duckdb

    told = quoted(json.dumps([words.arguments, words.notes]))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with made_aside(path) as half:
            connection.execute(
                f"COPY {name} TO {quoted(half)} (FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{_WORDS}: {told}}})"
            )
        keep_newest(path.parent, "dated-*.parquet", _KEPT)
    except (duckdb.IOException, OSError):
        pass  # No cache can be kept here.
