"""Texts as numbers: every text and word of the published facts and of the rules.

Relations hold numbers in their place, so that a join compares integers. A text that only claims hold gets a number for
the part in which it occurs. 0 stands for no text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from claimlogic.screening.compiling.plan import NUMBER, OPEN_END_NUMBER, WORD
from claimlogic.screening.published.numbered import Numbered, coded_sql, lookups_sql, origins_sql, texts_sql
from claimlogic.screening.published.relations import Overlay, Relations
from claimlogic.sql_text import quoted
from claimlogic.terms import OPEN_END

if TYPE_CHECKING:
    import duckdb

WORDS, ORIGINS = "dictionary_words", "dictionary_origins"

Bases = Mapping[str, tuple[str, ...]]


class Dictionary:
    """The numbers of texts, and the published relations in which they stand for them.

    What is added later gets further numbers; a number once given stays.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, bases: Bases, beside: Dictionary | None = None) -> None:
        """Without any text or relation yet; ``beside`` another one, with the same numbers for the same texts.

        Then the relations that are added here have names of their own.
        """
        self._connection = connection
        self._bases = bases
        self._prefix: str = "coded_" if beside is None else f"other_{beside._prefix}"
        self.names: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self.numbers: dict[str, int] = {}
        self._made: list[str] = []
        if beside is None:
            connection.execute(f"CREATE OR REPLACE TABLE {WORDS}(id INTEGER, text VARCHAR)")
            connection.execute(
                f"CREATE OR REPLACE TABLE {ORIGINS}"
                "(id INTEGER, predicate VARCHAR, source VARCHAR, place VARCHAR, note VARCHAR, file VARCHAR)"
            )

    @property
    def size(self) -> int:
        """How many texts there are."""
        return self._count(WORDS)

    def add(self, relations: Relations, constants: Collection[str]) -> None:
        """Number every text of ``relations`` and ``constants``, and write the relations anew with the numbers.

        A relation so written has the columns of its predicate, each row once, and ``w``: where the row stands, the
        number of a row of ``ORIGINS`` and the line in its file in one. The relations themselves are dropped.
        """
        self._number(relations, constants)
        self.numbers |= {text: number for number, text in self._texts(constants)}
        for predicate, name in sorted(relations.names.items()):
            self._write(predicate, name, relations)

    def share(self, other: Dictionary, predicates: Collection[str]) -> None:
        """Have relations of another dictionary, as they are."""
        self.names |= {predicate: other.names[predicate] for predicate in predicates}
        self.sizes |= {predicate: other.sizes[predicate] for predicate in predicates}

    def _number(self, relations: Relations, constants: Collection[str]) -> None:
        columns = [
            f'SELECT DISTINCT a{i} AS text FROM "{name}"'
            for predicate, tables in sorted(relations.tables.items())
            for name in tables
            for i, base in enumerate(self._bases[predicate])
            if base != NUMBER
        ]
        columns += [
            sql for _, pieces in sorted(relations.numbered.items()) for rows in pieces for sql in texts_sql(rows)
        ]
        columns.append("SELECT unnest(?::VARCHAR[]) AS text")
        self._connection.execute(
            f"INSERT INTO {WORDS} SELECT (row_number() OVER (ORDER BY text))::INTEGER + (SELECT count(*) FROM {WORDS}),"
            f" text FROM (SELECT text FROM ({' UNION '.join(columns)}) ANTI JOIN {WORDS} USING (text)) ORDER BY text",
            [sorted(constants)],
        )

    def _texts(self, constants: Collection[str]) -> list[tuple[int, str]]:
        return self._connection.execute(
            f"SELECT id, text FROM {WORDS} WHERE text IN (SELECT unnest(?::VARCHAR[]))", [sorted(constants)]
        ).fetchall()

    def _write(self, predicate: str, name: str, relations: Relations) -> None:
        run = self._connection.execute
        pieces = relations.numbered.get(predicate, [])
        told = [self._numbered(predicate, piece) for piece in pieces]
        if not pieces or self._count(f'"{name}"'):
            told.append(self._text(predicate, name))
        # Rows of one stored table differ, and so do rows of tables that stand first in them.
        once = len(told) <= 1 or (len(told) == len(pieces) == len({piece.lead for piece in pieces if piece.lead}))
        rows = " UNION ALL ".join(f"({one})" for one in told)
        if predicate in relations.replaced:
            replaced = " OR ".join(f"({self._condition(one)})" for one in relations.replaced[predicate]) or "false"
            added = self._text(predicate, relations.tables[predicate][1])
            rows, once = f"(SELECT * FROM ({rows}) WHERE NOT ({replaced})) UNION ALL ({added})", False
        if not once:
            width = max(1, len(self._bases[predicate]))
            columns = ", ".join(f"a{i}" for i in range(width))
            rows = f"SELECT {columns}, min(w) AS w FROM ({rows}) GROUP BY {columns}"
        self.names[predicate] = f"{self._prefix}{predicate}"
        counted = run(f'CREATE OR REPLACE TABLE "{self.names[predicate]}" AS {rows}').fetchone()
        self.sizes[predicate] = int(counted[0]) if counted else 0
        gone = (*relations.tables[predicate], *(piece.table for piece in pieces), *self._made)
        run("; ".join(f'DROP TABLE "{table}"' for table in gone))
        self._made.clear()

    def _text(self, predicate: str, name: str) -> str:
        """SQL of a relation of texts with numbers in their place, each row once; its places are noted."""
        bases = self._bases[predicate]
        self._connection.execute(
            f"INSERT INTO {ORIGINS} SELECT (row_number() OVER ())::INTEGER + (SELECT count(*) FROM {ORIGINS}), ?, *"
            f' FROM (SELECT DISTINCT source, place, note, file FROM "{name}")',
            [predicate],
        )
        cells = [f"a{i}" if base == NUMBER else f"w{i}.id" for i, base in enumerate(bases)]
        joins = [f"JOIN {WORDS} w{i} ON w{i}.text = r.a{i}" for i, base in enumerate(bases) if base != NUMBER]
        told = ", ".join(f"{cell} AS a{i}" for i, cell in enumerate(cells)) or "1 AS a0"
        return (
            f"SELECT {told}, min((o.id::BIGINT << 32) | r.line) AS w"
            f" FROM \"{name}\" r {' '.join(joins)} JOIN {ORIGINS} o ON o.predicate = '{predicate}'"
            " AND o.source = r.source AND o.place = r.place AND o.note = r.note AND o.file = r.file"
            f" GROUP BY {', '.join(cells) or '()'}"
        )

    def _numbered(self, predicate: str, rows: Numbered) -> str:
        """SQL of rows of a stored table with the numbers of texts; their places are noted."""
        run = self._connection.execute
        origins = self._scratch(f"{rows.table}_origins")
        run(
            f"CREATE OR REPLACE TEMP TABLE {origins} AS SELECT *, (row_number() OVER (ORDER BY stands, note))::INTEGER"
            f" + (SELECT count(*) FROM {ORIGINS}) AS id FROM ({origins_sql(rows)})"
        )
        run(f"INSERT INTO {ORIGINS} SELECT id, ?, source, place, told, file FROM {origins}", [predicate])
        lookups = {}
        for column, query in lookups_sql(rows, WORDS).items():
            lookups[column] = self._scratch(f"{rows.table}_{column}")
            run(f"CREATE OR REPLACE TEMP TABLE {lookups[column]} AS {query}")
        return coded_sql(rows, WORDS, origins, lookups)

    def _scratch(self, name: str) -> str:
        """The name of a table that is dropped when the relation is written."""
        self._made.append(name)
        return name

    def _condition(self, overlay: Overlay) -> str:
        """SQL of the rows of which another fact speaks as well."""
        told = []
        for place, operator, value in overlay:
            number = f"(SELECT id FROM {WORDS} WHERE text = {quoted(value)})" if isinstance(value, str) else str(value)
            told.append(f"a{place} {operator} {number}")
        return " AND ".join(told)

    def words_at(self, predicate: str, place: int) -> list[str]:
        """The words that a column of a published relation holds."""
        rows = self._connection.execute(
            f'SELECT text FROM (SELECT DISTINCT a{place} AS id FROM "{self.names[predicate]}") JOIN {WORDS} USING (id)'
            " ORDER BY text"
        ).fetchall()
        return [text for (text,) in rows]

    def fact_sql(self, predicate: str) -> str:
        """SQL of a row ``r`` of a published relation as rule text."""
        cells = []
        for i, base in enumerate(self._bases[predicate]):
            text = f"(SELECT text FROM {WORDS} WHERE id = r.a{i})"
            if base == NUMBER:
                cells.append(f"CASE WHEN r.a{i} = {OPEN_END_NUMBER} THEN '{OPEN_END}' ELSE r.a{i}::VARCHAR END")
            else:
                cells.append(text if base == WORD else f"'\"' || {text} || '\"'")
        return f"'{predicate}(' || " + " || ', ' || ".join(cells) + " || ')'"

    def holds_one_a_day(self, predicate: str, key: Sequence[int], first: int, last: int) -> bool:
        """Whether of the rows that share a key no two hold on one day."""
        by, rows = ", ".join(f"a{i}" for i in key), f'"{self.names[predicate]}"'
        # Few keys of a large table have several rows, and only those need to be put in order.
        several = f"SELECT {by} FROM {rows} GROUP BY {by} HAVING count(*) > 1"
        found = self._connection.execute(
            f"SELECT 1 FROM (SELECT a{last} AS ends, lead(a{first}) OVER (PARTITION BY {by} ORDER BY a{first}) AS next"
            f" FROM {rows} SEMI JOIN ({several}) USING ({by})) WHERE next <= ends LIMIT 1"
        ).fetchone()
        return found is None

    def _count(self, relation: str) -> int:
        found = self._connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
        return int(found[0]) if found else 0
