"""Rows of a stored table as its store numbers them: read from Parquet, and never written as text on the way.

Codes, words and days are numbers already (``tables.dated``); only the few that differ are looked up among the texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claimlogic.screening.compiling.plan import OPEN_END_NUMBER
from claimlogic.screening.published.kept import dated_rows
from claimlogic.sql_text import quoted
from claimlogic.tables.codec import code_text_sql
from claimlogic.tables.dated import Words
from claimlogic.tables.days import OPEN_NUMBER, day_sql
from claimlogic.tables.layouts import CODE, COUNT, WORD, Argument, Relation
from claimlogic.tables.manifest import StoredEdition, StoredTable
from claimlogic.tables.source import TablesShelf

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, slots=True)
class Numbered:
    """The facts of one predicate that follow from a stored table, in the temporary table ``table`` of a connection.

    ``lead`` names the table that its rows judge for, where the predicate has an argument for it; ``arguments`` are the
    others without days. Its columns are those of ``tables.dated.make_dated``; ``words`` are the texts behind numbers.
    """

    table: str
    lead: tuple[str, ...]
    arguments: tuple[Argument, ...]
    words: Words
    source: str
    editions: tuple[StoredEdition, ...]


def numbered_rows(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    shelf: TablesShelf,
    table: StoredTable,
    relation: Relation,
    leads: bool,
) -> Numbered:
    """Make the temporary table ``name`` of a relation's facts; ``leads`` where the predicate names the table first."""
    words = dated_rows(connection, name, shelf.locate, table, relation)
    lead = (table.judges,) if leads else ()
    return Numbered(name, lead, relation.arguments, words, shelf.source_of(table), tuple(table.editions))


def texts_sql(rows: Numbered) -> Iterator[str]:
    """Queries of every text that the rows hold."""
    for text in rows.lead:
        yield f"SELECT {quoted(text)} AS text"
    for place, argument in enumerate(rows.arguments):
        if argument.kind == CODE:
            numbers = f"SELECT DISTINCT a{place} AS number FROM {rows.table}"
            yield f"SELECT {code_text_sql('number')} AS text FROM ({numbers})"
        elif argument.kind == WORD:
            yield f"SELECT unnest({_list(rows.words.arguments[place])}) AS text"
        elif argument.kind != COUNT:
            yield f"SELECT DISTINCT a{place} AS text FROM {rows.table}"


def origins_sql(rows: Numbered) -> str:
    """A query of where the rows stand: ``stands`` and ``note`` as in the table, then source, place, note and file."""
    note = f"coalesce({_list(rows.words.notes)}[note + 1], '')" if rows.words.notes else "''"
    editions = _list([edition.id for edition in rows.editions])
    files = f"[{', '.join(_list([file.name for file in edition.files]) for edition in rows.editions)}]"
    stands = "(stands >> 16) + 1"
    return (
        f"SELECT stands, note, {quoted(rows.source)} AS source, {editions}[{stands}] AS place, {note} AS told,"
        f" coalesce({files}[{stands}][(stands & 65535) + 1], '') AS file"
        f" FROM (SELECT DISTINCT origin >> 32 AS stands, note FROM {rows.table})"
    )


def lookups_sql(rows: Numbered, words: str) -> dict[str, str]:
    """Queries of what the numbers of the rows stand for, ``number`` and ``told``, by column.

    Texts are told by their numbers among ``words(id, text)``, days as they are written.
    """
    found = {}
    for place, argument in enumerate(rows.arguments):
        if argument.kind == CODE:
            own = f"SELECT DISTINCT a{place} AS number FROM {rows.table}"
            found[f"a{place}"] = (
                f"SELECT number, id AS told FROM ({own}) JOIN {words} ON text = {code_text_sql('number')}"
            )
        elif argument.kind == WORD:
            texts = _list(rows.words.arguments[place])
            own = f"SELECT unnest({texts}) AS text, unnest(range({len(rows.words.arguments[place])})) AS number"
            found[f"a{place}"] = f"SELECT number::INTEGER AS number, id AS told FROM ({own}) JOIN {words} USING (text)"
        elif argument.kind != COUNT:
            found[f"a{place}"] = f"SELECT text AS number, id AS told FROM {words}"
    for day in ("first_day", "last_day"):
        told = f"CASE WHEN number = {OPEN_NUMBER} THEN {OPEN_END_NUMBER} ELSE {day_sql('number')} END"
        found[day] = f"SELECT number, {told} AS told FROM (SELECT DISTINCT {day} AS number FROM {rows.table})"
    return found


def coded_sql(rows: Numbered, words: str, origins: str, lookups: Mapping[str, str]) -> str:
    """A query of the rows with the numbers of texts, and ``w``: where each stands.

    ``origins`` is a table of ``stands``, ``note`` and ``id`` for what ``origins_sql`` told, ``lookups`` are tables of
    what ``lookups_sql`` told.
    """
    columns = [*(f"a{place}" for place in range(len(rows.arguments))), "first_day", "last_day"]
    cells = [f"(SELECT id FROM {words} WHERE text = {quoted(text)})" for text in rows.lead]
    cells += [f"of_{name}.told" if name in lookups else f"r.{name}" for name in columns]
    joins = [f"JOIN {table} of_{name} ON of_{name}.number = r.{name}" for name, table in lookups.items()]
    told = ", ".join(f"{cell} AS a{i}" for i, cell in enumerate(cells))
    return (
        f"SELECT {told}, (o.id::BIGINT << 32) | (r.origin & 4294967295) AS w FROM {rows.table} r {' '.join(joins)}"
        f" JOIN {origins} o ON o.stands = r.origin >> 32 AND o.note IS NOT DISTINCT FROM r.note"
    )


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"
