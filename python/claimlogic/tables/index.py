"""The index of one table: an SQLite file in which the rows that a claim's codes touch are a range scan.

Made whole from the Parquet files of the table's editions, and replaced as a whole. Codes, words and days are numbers,
keys lead, and there is no row id, so a row of the pair table takes some 28 bytes.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import duckdb

from claimlogic.tables.dated import ORIGIN_COLUMNS, Locate, Words, make_dated, make_listed
from claimlogic.tables.days import OPEN_NUMBER
from claimlogic.tables.excludes import EXCLUDES1, write_notes
from claimlogic.tables.layouts import LAYOUTS, LISTED, Relation
from claimlogic.tables.manifest import StoredTable

# The version of an index's form.
INDEX_FORMAT = 1

_BATCH = 50_000


def has_index(table: StoredTable) -> bool:
    """Whether rules read a table, so that it has an index."""
    return bool(LAYOUTS[table.published].relations) or table.published == EXCLUDES1


def write_index(path: Path, locate: Locate, table: StoredTable, connection: duckdb.DuckDBPyConnection) -> None:
    """Write the index of ``table`` to the new file ``path``; ``locate`` tells where its Parquet files lie."""
    layout = LAYOUTS[table.published]
    index = sqlite3.connect(path)
    try:
        index.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA page_size = 8192;"
            "CREATE TABLE origin(number INTEGER PRIMARY KEY, edition INTEGER, file TEXT);"
            "CREATE TABLE note(relation TEXT, number INTEGER, words TEXT);"
            "CREATE TABLE word(relation TEXT, argument INTEGER, number INTEGER, words TEXT);"
        )
        origins = _write_origins(index, table)
        for relation in layout.relations:
            words = make_dated(connection, "dated", locate, table, relation)
            _write_words(index, relation, words)
            _write_relation(index, relation, connection, origins)
        if layout.lists:
            make_listed(connection, "listed_codes", locate, table)
            _write_listed(index, connection, origins)
        if table.published == EXCLUDES1:
            write_notes(index, locate, table, connection)
        index.commit()
    finally:
        index.close()


def _write_origins(index: sqlite3.Connection, table: StoredTable) -> dict[tuple[int, int], int]:
    origins: dict[tuple[int, int], int] = {}
    for place, edition in enumerate(table.editions):
        for number, file in enumerate(edition.files):
            origins[place, number] = len(origins)
            index.execute("INSERT INTO origin VALUES (?, ?, ?)", (origins[place, number], place, file.name))
    return origins


def _write_words(index: sqlite3.Connection, relation: Relation, words: Words) -> None:
    index.executemany(
        "INSERT INTO word VALUES (?, ?, ?, ?)",
        ((relation.predicate, place, n, t) for place, texts in words.arguments.items() for n, t in enumerate(texts)),
    )
    notes = ((relation.predicate, number, text) for number, text in enumerate(words.notes))
    index.executemany("INSERT INTO note VALUES (?, ?, ?)", notes)


def _write_relation(
    index: sqlite3.Connection,
    relation: Relation,
    connection: duckdb.DuckDBPyConnection,
    origins: dict[tuple[int, int], int],
) -> None:
    names = [f"a{i}" for i in range(len(relation.arguments))]
    key = ", ".join([*names[: relation.keys], "first_day", *names[relation.keys :]])
    index.execute(
        f"CREATE TABLE {relation.predicate}({', '.join(names)}, first_day INTEGER, last_day INTEGER, note INTEGER,"
        f" origin INTEGER, line INTEGER, PRIMARY KEY ({key})) WITHOUT ROWID"
    )
    cursor = connection.execute(
        f"SELECT {', '.join(names)}, first_day, nullif(last_day, {OPEN_NUMBER}), note, {_origin_sql(origins)}, line"
        f" FROM (SELECT * EXCLUDE (origin), {ORIGIN_COLUMNS} FROM dated) ORDER BY {key}"
    )
    _copy(index, relation.predicate, len(names) + 5, cursor)
    if relation.keys > 1:
        index.execute(f"CREATE INDEX {relation.predicate}_second ON {relation.predicate}(a1)")
    connection.execute("DROP TABLE dated")


def _write_listed(
    index: sqlite3.Connection, connection: duckdb.DuckDBPyConnection, origins: dict[tuple[int, int], int]
) -> None:
    index.execute(
        f"CREATE TABLE {LISTED}(code INTEGER, first_day INTEGER, last_day INTEGER, told INTEGER, origin INTEGER,"
        " line INTEGER, PRIMARY KEY (code, first_day, told)) WITHOUT ROWID"
    )
    cursor = connection.execute(
        f"SELECT code, first_day, nullif(last_day, {OPEN_NUMBER}), told, {_origin_sql(origins)}, line"
        f" FROM (SELECT * EXCLUDE (origin), {ORIGIN_COLUMNS} FROM listed_codes) ORDER BY code, first_day, told"
    )
    _copy(index, LISTED, 6, cursor)


def _origin_sql(origins: dict[tuple[int, int], int]) -> str:
    cases = " ".join(f"WHEN place = {place} AND file = {file} THEN {n}" for (place, file), n in origins.items())
    return f"CASE {cases} END"


def _copy(index: sqlite3.Connection, table: str, width: int, cursor: duckdb.DuckDBPyConnection) -> None:
    insert = f"INSERT INTO {table} VALUES ({', '.join('?' * width)})"
    while rows := cursor.fetchmany(_BATCH):
        index.executemany(insert, rows)
