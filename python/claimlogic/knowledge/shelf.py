"""Facts in SQLite: one table a predicate, ordered so that the rows which a claim's codes touch are one range scan.

Texts and words are numbered once and stored by number, so a row of an NCCI pair takes some twenty bytes. Numbers are
stored as they are, the open end as the largest 32-bit number.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from claimlogic.knowledge.vocabulary import Predicate, Vocabulary
from claimlogic.terms import OPEN_END, Term

_OPEN_END_NUMBER = 2**31 - 1

Row = tuple[tuple[Term, ...], int, str]
"""A fact to store: its arguments, its line in the file, and its annotation."""

SCHEMA = (
    "CREATE TABLE term(id INTEGER PRIMARY KEY, text TEXT UNIQUE);"
    "CREATE TABLE origin(id INTEGER PRIMARY KEY, file TEXT, source TEXT, place TEXT);"
)


class ShelfWriter:
    """Fills an empty database with facts."""

    def __init__(self, connection: sqlite3.Connection, vocabulary: Vocabulary) -> None:
        self._connection = connection
        self._vocabulary = vocabulary
        self._terms: dict[str, int] = {}
        self._origins: dict[tuple[str, str, str], int] = {}
        self._created: set[str] = set()
        connection.executescript(SCHEMA)

    def write(self, predicate: str, rows: Iterable[Row], file: str, source: str, where: str) -> None:
        """Store facts of one predicate that share an origin."""
        declared = self._vocabulary.predicates[predicate]
        if predicate not in self._created:
            self._connection.execute(_create_table(declared))
            self._created.add(predicate)
        origin = self._origin((file, source, where))
        numeric = _numeric(declared, self._vocabulary)
        marks = ", ".join("?" * (len(numeric) + 3))
        self._connection.executemany(
            f"INSERT OR IGNORE INTO fact_{predicate} VALUES ({marks})", self._encoded(rows, numeric, origin)
        )

    def finish(self) -> None:
        """Write the numbered texts. Nothing may be written afterwards."""
        self._connection.executemany("INSERT INTO term VALUES (?, ?)", ((i, t) for t, i in self._terms.items()))
        self._connection.executemany(
            "INSERT INTO origin VALUES (?, ?, ?, ?)", ((i, *o) for o, i in self._origins.items())
        )
        self._connection.commit()

    def _encoded(self, rows: Iterable[Row], numeric: Sequence[bool], origin: int) -> Iterator[tuple[int, ...]]:
        terms = self._terms
        for arguments, line, note in rows:
            encoded = [
                _number_of(value) if number else terms.setdefault(str(value), len(terms))
                for value, number in zip(arguments, numeric, strict=True)
            ]
            yield (*encoded, origin, line, terms.setdefault(note, len(terms)))

    def _origin(self, key: tuple[str, str, str]) -> int:
        return self._origins.setdefault(key, len(self._origins))


class Facts(Protocol):
    """Facts of some predicates, asked by pattern or sliced by what a claim touches."""

    @property
    def predicates(self) -> frozenset[str]:
        """The predicates of which there may be facts here."""

    def files(self) -> frozenset[str]:
        """The files in which they stand."""

    def slice(self, predicate: str, touched: Mapping[str, Collection[str]]) -> list[tuple[Term, ...]]:
        """The facts that matter to a claim which touches these codes, modifiers and diagnoses (by kind)."""

    def match(self, predicate: str, arguments: Sequence[Term | None]) -> list[tuple[Term, ...]]:
        """The argument tuples of all facts that fit; None fits anything."""

    def published(self, predicate: str, arguments: Sequence[Term]) -> list[tuple[str, int, str, str, str]]:
        """Where a fact stands: file, line, source, place in the source, annotation."""


class Shelf:
    """Facts of one database, asked by pattern or sliced by what a claim touches."""

    def __init__(self, connection: sqlite3.Connection, vocabulary: Vocabulary) -> None:
        self._connection = connection
        self._vocabulary = vocabulary
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'fact!_%' ESCAPE '!'"
        )
        self.predicates = frozenset(name.removeprefix("fact_") for (name,) in tables)
        self._numeric = {p: _numeric(vocabulary.predicates[p], vocabulary) for p in self.predicates}
        self._texts: dict[int, str] = {}
        self._numbers: dict[str, int | None] = {}

    def files(self) -> frozenset[str]:
        """The files in which its facts stand, relative to the knowledge base."""
        return frozenset(file for (file,) in self._connection.execute("SELECT DISTINCT file FROM origin"))

    def slice(self, predicate: str, touched: Mapping[str, Collection[str]]) -> list[tuple[Term, ...]]:
        """The facts that matter to a claim which touches these codes, modifiers and diagnoses (by kind)."""
        declared = self._vocabulary.predicates[predicate]
        conditions: list[str] = []
        parameters: list[int] = []
        for at in declared.slice_arguments:
            numbers = self._known_numbers(touched.get(declared.kinds[at], ()))
            conditions.append(f"a{at} IN ({','.join('?' * len(numbers))})")
            parameters += numbers
        where = (" AND " if declared.slice_all else " OR ").join(conditions) or "1"
        return self._fetch(predicate, where, parameters)

    def match(self, predicate: str, arguments: Sequence[Term | None]) -> list[tuple[Term, ...]]:
        """The argument tuples of all facts that fit; None fits anything."""
        where, parameters = self._condition(predicate, arguments)
        return [] if parameters is None else self._fetch(predicate, where, parameters)

    def published(self, predicate: str, arguments: Sequence[Term]) -> list[tuple[str, int, str, str, str]]:
        """Where a fact stands: file, line, source, place in the source, annotation."""
        where, parameters = self._condition(predicate, arguments)
        if parameters is None:
            return []
        rows = self._connection.execute(
            f"SELECT file, line, source, place, note FROM fact_{predicate} JOIN origin ON id = origin WHERE {where}",
            parameters,
        ).fetchall()
        return [(file, line, source, place, self._text(note)) for file, line, source, place, note in rows]

    def _condition(self, predicate: str, arguments: Sequence[Term | None]) -> tuple[str, list[int] | None]:
        conditions, parameters = [], []
        for at, (value, number) in enumerate(zip(arguments, self._numeric[predicate], strict=True)):
            if value is None:
                continue
            encoded = self._encode(value, number)
            if encoded is None:
                return "0", None
            conditions.append(f"a{at} = ?")
            parameters.append(encoded)
        return " AND ".join(conditions) or "1", parameters

    def _fetch(self, predicate: str, where: str, parameters: Sequence[int]) -> list[tuple[Term, ...]]:
        numeric = self._numeric[predicate]
        columns = ", ".join(f"a{i}" for i in range(len(numeric)))
        rows = self._connection.execute(
            f"SELECT DISTINCT {columns} FROM fact_{predicate} WHERE {where}", parameters
        ).fetchall()
        decoded = [
            [OPEN_END if value == _OPEN_END_NUMBER else value for value in column]
            if number
            else [self._texts.get(value) or self._text(value) for value in column]
            for column, number in zip(zip(*rows, strict=True), numeric, strict=False)
        ]
        return list(zip(*decoded, strict=True)) if numeric else [()] * len(rows)

    def _encode(self, value: Term, number: bool) -> int | None:
        if number:
            return _number_of(value) if isinstance(value, int) or value == OPEN_END else None
        return self._number(str(value))

    def _known_numbers(self, values: Iterable[str]) -> list[int]:
        return [n for value in values if (n := self._number(value)) is not None]

    def _number(self, text: str) -> int | None:
        if text not in self._numbers:
            found = self._connection.execute("SELECT id FROM term WHERE text = ?", (text,)).fetchone()
            self._numbers[text] = found[0] if found else None
        return self._numbers[text]

    def _text(self, number: int) -> str:
        if number not in self._texts:
            self._texts[number] = self._connection.execute("SELECT text FROM term WHERE id = ?", (number,)).fetchone()[
                0
            ]
        return self._texts[number]


def _number_of(value: Term) -> int:
    return _OPEN_END_NUMBER if value == OPEN_END else int(value)


def _numeric(predicate: Predicate, vocabulary: Vocabulary) -> tuple[bool, ...]:
    return tuple(vocabulary.kinds[kind].base == "number" for kind in predicate.kinds)


def _create_table(predicate: Predicate) -> str:
    every = range(len(predicate.arguments))
    order = [*predicate.slice_arguments, *(i for i in every if i not in predicate.slice_arguments)]
    columns = ", ".join(f"a{i} INTEGER" for i in every)
    key = ", ".join(f"a{i}" for i in order)
    return (
        f"CREATE TABLE fact_{predicate.name}({columns}, origin INTEGER, line INTEGER, note INTEGER,"
        f" PRIMARY KEY ({key}, origin, line)) WITHOUT ROWID"
    )
