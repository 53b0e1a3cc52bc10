"""Which facts follow from the editions of a table, with the days for which each holds: the one reading of the store.

An edition holds from its first day to the day before the next one begins, the newest without end: what lies between is
carried forward, and the facts ``edition`` tell that it is. A row that carries days of its own holds for those of them
that lie within its edition. The same row in consecutive editions is one fact.

An edition of which a part is missing ends no earlier one and counts as no edition: its rows are added to what is
carried forward, so what they deny is denied, and nothing is taken for absent because a part is.

Everything here is SQL for DuckDB, read from Parquet: the index is built by it, and whoever works on whole tables reads
the same facts. Codes, words, notes and days are numbers, as in the index.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.errors import InputError
from claimlogic.parquet import is_damaged
from claimlogic.sql_text import quoted
from claimlogic.tables.codec import code_sql
from claimlogic.tables.days import BEFORE_ALL, OPEN_NUMBER, day_number, number_sql
from claimlogic.tables.layouts import CODE, LAYOUTS, WORD, Argument, Layout, Relation
from claimlogic.tables.manifest import StoredEdition, StoredTable

if TYPE_CHECKING:
    import duckdb

# Where the Parquet file of an edition lies.
Locate = Callable[[StoredEdition], Path]

# Where a row comes from, in one number that sorts by edition, file and line; and SQL of the three.
_PACKED = "(({0}::BIGINT << 48) | (file::BIGINT << 32) | line::BIGINT)"
ORIGIN_COLUMNS = "(origin >> 48) AS place, ((origin >> 32) & 65535) AS file, (origin & 4294967295) AS line"

# What a Parquet file begins and ends with.
_MAGIC = b"PAR1"
_DAMAGED = "this edition is missing or damaged; import the files that tables info names into a new store"

# More editions than this are joined the slow way.
_BITS = 62


@dataclass(frozen=True, slots=True)
class Held:
    """The days for which an edition's rows are used, as day numbers, and its place among those of its table.

    ``told_from`` is the first day on which a code that it lists may have begun: the day after the edition before.
    """

    place: int
    edition: StoredEdition
    first: int
    last: int
    told_from: int


@dataclass(frozen=True, slots=True)
class Words:
    """The texts behind the numbers of a relation's facts: for each argument that is a word, and for notes."""

    arguments: dict[int, list[str]]
    notes: list[str]


def held_ranges(table: StoredTable) -> list[Held]:
    """For each edition of a table, by first day, the days for which it is used."""
    held = []
    whole = [edition for edition in table.editions if edition.whole]
    for place, edition in enumerate(table.editions):
        later = [other.first for other in whole if other.first > edition.first]
        earlier = [other.last for other in whole if other.first < edition.first]
        last = day_number(min(later)) - 1 if later else OPEN_NUMBER
        told_from = day_number(max(earlier)) + 1 if earlier else day_number(BEFORE_ALL)
        first = day_number(edition.first)
        held.append(Held(place, edition, first, last, min(first, told_from)))
    return held


def make_dated(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    locate: Locate,
    table: StoredTable,
    relation: Relation,
    days: Sequence[int] = (),
) -> Words:
    """Make the temporary table ``name`` of a relation's facts, and tell the texts behind its numbers.

    With ``days`` (day numbers) only rows that hold on one of them count, which is less work.

    Its columns: a0, a1, ... (the relation's arguments), first_day and last_day (day numbers), note, and origin (see
    ``ORIGIN_COLUMNS``). Of a fact that several editions state, note and origin are those of the first. Raises
    InputError where the file of an edition is missing or damaged.
    """
    with _telling_damage(connection, locate, table):
        return _make_dated(connection, name, locate, table, relation, days)


def _make_dated(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    locate: Locate,
    table: StoredTable,
    relation: Relation,
    days: Sequence[int],
) -> Words:
    layout = LAYOUTS[table.published]
    held = held_ranges(table)
    files = ", ".join(_path(locate, edition) for edition in table.editions)
    words = Words(
        {
            place: _texts(connection, f"read_parquet([{files}])", argument.column)
            for place, argument in enumerate(relation.arguments)
            if argument.kind == WORD
        },
        _texts(connection, f"read_parquet([{files}])", relation.note) if relation.note else [],
    )
    connection.execute("CREATE OR REPLACE TEMP TABLE note_numbers(words VARCHAR, number INTEGER)")
    if words.notes:
        connection.executemany("INSERT INTO note_numbers VALUES (?, ?)", [(t, n) for n, t in enumerate(words.notes)])
    used = [one for one in held if not days or any(one.first <= day <= one.last for day in days)]
    rows = " UNION ALL ".join(_rows(locate, one, layout, relation, words) for one in used)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name}_rows AS {rows}")
    if relation.exclusive:
        _keep_last(connection, f"{name}_rows", relation.keys)
    if days:
        holds = " OR ".join(f"{day} BETWEEN first_day AND last_day" for day in days)
        connection.execute(f"DELETE FROM {name}_rows WHERE NOT ({holds})")
    _join_runs(connection, name, ", ".join(f"a{i}" for i in range(len(relation.arguments))), table)
    connection.execute(f"DROP TABLE {name}_rows")
    return words


def make_listed(connection: duckdb.DuckDBPyConnection, name: str, locate: Locate, table: StoredTable) -> None:
    """Make the temporary table ``name`` of the codes that a table lists as reportable.

    Its columns: code, told (whether the days are), first_day and last_day (all numbers), origin. A first or last day
    that no row tells is the furthest that the editions allow. Raises InputError where the file of an edition is missing
    or damaged.
    """
    layout = LAYOUTS[table.published]
    parts = []
    for held in held_ranges(table):
        first, last = str(held.told_from), str(held.last)
        if layout.has_days:
            first = f"coalesce({number_sql('effective_from')}, {held.told_from})"
            last = f"least(coalesce({number_sql('effective_to')}, {OPEN_NUMBER}), {held.last})"
        parts.append(
            f"SELECT {code_sql(layout.lists)} AS code, {int(held.edition.dated)} AS told, {first} AS first_day,"
            f" {last} AS last_day, NULL::INTEGER AS note, {_PACKED.format(held.place)} AS origin"
            f" FROM {parquet_sql(locate, held.edition)}"
        )
    rows = f"(SELECT * FROM ({' UNION ALL '.join(parts)}) WHERE first_day <= last_day)"
    with _telling_damage(connection, locate, table):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {_runs(rows, 'code, told')}")


def parquet_sql(locate: Locate, edition: StoredEdition) -> str:
    """SQL that reads the rows of an edition. Raises InputError where its file is missing or damaged."""
    return f"read_parquet({_path(locate, edition)})"


def _path(locate: Locate, edition: StoredEdition) -> str:
    path = locate(edition)
    _check_whole(path)
    return quoted(path)


def _check_whole(path: Path) -> None:
    try:
        with path.open("rb") as file:
            begins = file.read(len(_MAGIC)) == _MAGIC
            file.seek(-len(_MAGIC), os.SEEK_END)
            ends = file.read() == _MAGIC
    except OSError:
        begins = ends = False
    if not (begins and ends):
        raise InputError(_DAMAGED, str(path))


@contextmanager
def _telling_damage(connection: duckdb.DuckDBPyConnection, locate: Locate, table: StoredTable) -> Iterator[None]:
    """Name the edition that cannot be read, where the database says that it cannot read on."""
    import duckdb

    try:
        yield
    except duckdb.Error:
        for edition in table.editions:
            if is_damaged(connection, locate(edition)):
                raise InputError(_DAMAGED, str(locate(edition))) from None
        raise


def _texts(connection: duckdb.DuckDBPyConnection, rows: str, column: str) -> list[str]:
    found = connection.execute(f"SELECT DISTINCT {column} FROM {rows} WHERE {column} IS NOT NULL ORDER BY 1").fetchall()
    return [text for (text,) in found]


def _rows(locate: Locate, held: Held, layout: Layout, relation: Relation, words: Words) -> str:
    arguments = ", ".join(
        f"{_argument(argument, words.arguments.get(i, []))} AS a{i}" for i, argument in enumerate(relation.arguments)
    )
    first, last, told = str(held.first), str(held.last), "true"
    if layout.has_days:
        first = f"greatest(coalesce({number_sql('effective_from')}, {held.first}), {held.first})"
        last = f"least(coalesce({number_sql('effective_to')}, {OPEN_NUMBER}), {held.last})"
        told = "effective_from IS NOT NULL"
    note, join = "NULL::INTEGER", ""
    if relation.note:
        note, join = "note_numbers.number", f" LEFT JOIN note_numbers ON note_numbers.words = {relation.note}"
    return (
        f"SELECT * FROM (SELECT {arguments}, {first} AS first_day, {last} AS last_day, {told} AS told,"
        f" {note} AS note, {_PACKED.format(held.place)} AS origin"
        f" FROM {parquet_sql(locate, held.edition)}{join} WHERE {relation.where}) WHERE first_day <= last_day"
    )


def _argument(argument: Argument, texts: list[str]) -> str:
    if argument.kind == CODE:
        return code_sql(argument.column)
    if argument.kind == WORD:
        cases = " ".join(f"WHEN '{text}' THEN {number}" for number, text in enumerate(texts))
        return f"CASE {argument.column} {cases} END" if cases else "NULL"
    return argument.column


def _keep_last(connection: duckdb.DuckDBPyConnection, rows: str, keys: int) -> None:
    """Of several rows of an edition with the same keys and no first day, keep the one that ends last."""
    names = [f"a{i}" for i in range(keys)]
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE several AS SELECT {', '.join(names)}, (origin >> 48) AS place FROM {rows}"
        " WHERE NOT told GROUP BY ALL HAVING count(*) > 1"
    )
    same = " AND ".join(f"s.{name} = r.{name}" for name in names) + " AND s.place = (r.origin >> 48) AND NOT r.told"
    connection.execute(
        f"DELETE FROM {rows} WHERE origin IN (SELECT origin FROM (SELECT r.origin, row_number() OVER"
        f" (PARTITION BY {', '.join(f's.{name}' for name in names)}, s.place ORDER BY r.last_day DESC, r.origin) AS n"
        f" FROM {rows} r JOIN several s ON {same}) WHERE n > 1)"
    )
    connection.execute("DROP TABLE several")


def _join_runs(connection: duckdb.DuckDBPyConnection, name: str, arguments: str, table: StoredTable) -> None:
    """Join rows of the same arguments whose days meet. Most have one row in each of some editions that meet."""
    disjoint = all(edition.whole for edition in table.editions) and len(table.editions) <= _BITS
    joined = "(n = 1 OR (n = bit_count(places) AND days = last_day - first_day + 1))" if disjoint else "n = 1"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name}_sums AS SELECT {arguments}, count(*) AS n,"
        " min(first_day) AS first_day, max(last_day) AS last_day, sum(last_day - first_day + 1) AS days,"
        " bit_or(1::BIGINT << ((origin >> 48) % 62)) AS places, arg_min(note, origin) AS note, min(origin) AS origin"
        f" FROM {name}_rows GROUP BY {arguments}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT {arguments}, first_day, last_day, note, origin"
        f" FROM {name}_sums WHERE {joined}"
    )
    left = f"(FROM {name}_rows SEMI JOIN (FROM {name}_sums WHERE NOT {joined}) USING ({arguments}))"
    connection.execute(
        f"INSERT INTO {name} SELECT {arguments}, first_day, last_day, note, origin FROM ({_runs(left, arguments)})"
    )
    connection.execute(f"DROP TABLE {name}_sums")


def _runs(rows: str, arguments: str) -> str:
    """SQL of rows of the same arguments whose days meet or overlap, as one; note and origin are those of the first."""
    order = f"PARTITION BY {arguments} ORDER BY first_day, last_day, origin"
    return (
        f"SELECT {arguments}, min(first_day) AS first_day, max(last_day) AS last_day, arg_min(note, origin) AS note,"
        f" min(origin) AS origin FROM (SELECT *, sum(begins) OVER ({order}) AS run FROM (SELECT *,"
        f" CASE WHEN first_day <= 1 + max(last_day) OVER ({order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
        f" THEN 0 ELSE 1 END AS begins FROM {rows})) GROUP BY {arguments}, run"
    )
