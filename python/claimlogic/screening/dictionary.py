"""Texts as numbers: every text and word of the published facts and of the rules, in the order of texts.

Relations hold numbers in their place, so that a join compares integers. A text that only claims hold gets a number for
the part in which it occurs. 0 stands for no text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from claimlogic.screening.plan import NUMBER, OPEN_END_NUMBER, WORD
from claimlogic.screening.relations import Relations
from claimlogic.terms import OPEN_END

if TYPE_CHECKING:
    import duckdb

WORDS, ORIGINS = "dictionary_words", "dictionary_origins"

Bases = Mapping[str, tuple[str, ...]]


class Dictionary:
    """The numbers of texts, and the published relations in which they stand for them."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, relations: Relations, bases: Bases, constants: Collection[str]
    ) -> None:
        """Number every text of ``relations`` and ``constants``, and write the relations anew with the numbers.

        A relation so written has the columns of its predicate, each row once, and ``w``: where the row stands, the
        number of a row of ``ORIGINS`` and the line in its file in one. The relations themselves are dropped.
        """
        self._connection = connection
        self._bases = bases
        self.names: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        self._number(relations, constants)
        self.numbers: dict[str, int] = {text: number for number, text in self._texts(constants)}
        for predicate, name in sorted(relations.names.items()):
            self._rewrite(predicate, name)

    @property
    def size(self) -> int:
        """How many texts there are."""
        found = self._connection.execute(f"SELECT count(*) FROM {WORDS}").fetchone()
        return int(found[0]) if found else 0

    def _number(self, relations: Relations, constants: Collection[str]) -> None:
        self._connection.execute(
            f"CREATE OR REPLACE TABLE {ORIGINS}"
            "(id INTEGER, predicate VARCHAR, source VARCHAR, place VARCHAR, note VARCHAR, file VARCHAR)"
        )
        columns = [
            f'SELECT DISTINCT a{i} AS text FROM "{name}"'
            for predicate, name in sorted(relations.names.items())
            for i, base in enumerate(self._bases[predicate])
            if base != NUMBER
        ]
        columns.append("SELECT unnest(?::VARCHAR[])")
        self._connection.execute(
            f"CREATE OR REPLACE TABLE {WORDS} AS SELECT (row_number() OVER (ORDER BY text))::INTEGER AS id, text"
            f" FROM ({' UNION '.join(columns)}) ORDER BY id",
            [sorted(constants)],
        )

    def _texts(self, constants: Collection[str]) -> list[tuple[int, str]]:
        return self._connection.execute(
            f"SELECT id, text FROM {WORDS} WHERE text IN (SELECT unnest(?::VARCHAR[]))", [sorted(constants)]
        ).fetchall()

    def _rewrite(self, predicate: str, name: str) -> None:
        bases = self._bases[predicate]
        run = self._connection.execute
        run(
            f"INSERT INTO {ORIGINS} SELECT (row_number() OVER ())::INTEGER + (SELECT count(*) FROM {ORIGINS}), ?, *"
            f' FROM (SELECT DISTINCT source, place, note, file FROM "{name}")',
            [predicate],
        )
        cells = [f"a{i}" if base == NUMBER else f"w{i}.id" for i, base in enumerate(bases)]
        joins = [f"JOIN {WORDS} w{i} ON w{i}.text = r.a{i}" for i, base in enumerate(bases) if base != NUMBER]
        told = ", ".join(f"{cell} AS a{i}" for i, cell in enumerate(cells)) or "1 AS a0"
        groups = ", ".join(cells) or "()"
        self.names[predicate] = f"coded_{predicate}"
        run(
            f'CREATE OR REPLACE TABLE "coded_{predicate}" AS SELECT {told}, min((o.id::BIGINT << 32) | r.line) AS w'
            f" FROM \"{name}\" r {' '.join(joins)} JOIN {ORIGINS} o ON o.predicate = '{predicate}'"
            " AND o.source = r.source AND o.place = r.place"
            f" AND o.note = r.note AND o.file = r.file GROUP BY {groups}"
        )
        run(f'DROP TABLE "{name}"')
        counted = run(f'SELECT count(*) FROM "coded_{predicate}"').fetchone()
        self.sizes[predicate] = int(counted[0]) if counted else 0

    def words_at(self, predicate: str, place: int) -> list[str]:
        """The words that a column of a published relation holds."""
        rows = self._connection.execute(
            f'SELECT DISTINCT text FROM "coded_{predicate}" JOIN {WORDS} ON id = a{place} ORDER BY text'
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
        by = ", ".join(f"a{i}" for i in key)
        found = self._connection.execute(
            f"SELECT 1 FROM (SELECT a{last} AS ends, lead(a{first}) OVER (PARTITION BY {by} ORDER BY a{first}) AS next"
            f' FROM "coded_{predicate}") WHERE next <= ends LIMIT 1'
        ).fetchone()
        return found is None
