"""Facts out of the index of one table: those that a claim's codes touch, those that fit a pattern, where one stands.

Opening an index reads nothing of it but its lists of words; a question costs by the rows that it finds.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from claimlogic.tables.codec import code_number, code_term, day_term, first_day_number, last_day_number
from claimlogic.tables.days import OPEN_NUMBER
from claimlogic.tables.layouts import CODE, COUNT, LAYOUTS, LISTED, WORD, Relation
from claimlogic.tables.manifest import StoredEdition, StoredTable
from claimlogic.terms import Term, plain, text

# Up to so many codes, each pair is looked up; beyond, the rows of each first code are read through.
_PAIRWISE = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where a fact stands: file and line, the edition that states it first, and what the row says besides."""

    file: str
    line: int
    edition: StoredEdition
    note: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A code listed as reportable from ``first`` to ``last`` (day numbers); ``told``: a row tells the days."""

    code: int
    first: int
    last: int
    told: bool
    place: Place


class TableIndex:
    """The index of one table of a store, opened for reading."""

    def __init__(self, store: Path, table: StoredTable) -> None:
        self.table = table
        self.relations = {relation.predicate: relation for relation in LAYOUTS[table.published].relations}
        path = (store / table.index).absolute().as_posix().replace("?", "%3f").replace("#", "%23")
        self.connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
        self._codes: dict[int, Term] = {}
        self._days: dict[int | None, Term] = {None: day_term(OPEN_NUMBER)}

    @cached_property
    def _words(self) -> dict[tuple[str, int], list[str]]:
        found: dict[tuple[str, int], list[str]] = {}
        rows = self.connection.execute("SELECT relation, argument, words FROM word ORDER BY relation, argument, number")
        for relation, argument, words in rows:
            found.setdefault((relation, argument), []).append(words)
        return found

    def slice(self, predicate: str, touched: Mapping[int, Iterable[str]], every: bool) -> list[tuple[Term, ...]]:
        """The facts whose codes, at the places given, are among those touched: at every place, or at any."""
        relation = self.relations[predicate]
        conditions: list[str] = []
        for at, terms in touched.items():
            numbers = sorted({number for term in terms if (number := code_number(term)) is not None})
            # The plus keeps SQLite from looking up each pair.
            scan = "+" if every and conditions and len(numbers) > _PAIRWISE else ""
            conditions.append(f"{scan}a{at} IN ({', '.join(map(str, numbers))})")
        return self._facts(relation, (" AND " if every else " OR ").join(conditions) or "1", ())

    def match(self, predicate: str, arguments: Sequence[Term | None]) -> list[tuple[Term, ...]]:
        """The facts that fit, days last; None fits anything."""
        relation = self.relations[predicate]
        condition = self._condition(relation, arguments)
        return [] if condition is None else self._facts(relation, *condition)

    def places(self, predicate: str, arguments: Sequence[Term]) -> list[Place]:
        """Where a fact stands."""
        relation = self.relations[predicate]
        condition = self._condition(relation, arguments)
        if condition is None:
            return []
        rows = self.connection.execute(
            f"SELECT o.file, r.line, o.edition, n.words FROM {predicate} r JOIN origin o ON o.number = r.origin"
            f" LEFT JOIN note n ON n.relation = '{predicate}' AND n.number = r.note WHERE {condition[0]}",
            condition[1],
        )
        return [Place(file, line, self.table.editions[edition], note or "") for file, line, edition, note in rows]

    def listed(self, codes: Iterable[str] | None) -> list[Listed]:
        """The listing of these codes, or of all."""
        condition = "1"
        if codes is not None:
            numbers = {number for code in codes if (number := code_number(code)) is not None}
            condition = f"code IN ({', '.join(map(str, sorted(numbers)))})"
        rows = self.connection.execute(
            f"SELECT code, first_day, last_day, told, file, line, edition FROM {LISTED}"
            f" JOIN origin o ON o.number = origin WHERE {condition} ORDER BY code, first_day"
        )
        return [
            Listed(
                code, first, OPEN_NUMBER if last is None else last, bool(told),
                Place(file, line, self.table.editions[edition], ""),
            )
            for code, first, last, told, file, line, edition in rows
        ]  # fmt: skip

    def _facts(self, relation: Relation, condition: str, parameters: Sequence[Term]) -> list[tuple[Term, ...]]:
        names = [f"a{i}" for i in range(len(relation.arguments))]
        rows = self.connection.execute(
            f"SELECT {', '.join(names)}, first_day, last_day FROM {relation.predicate} WHERE {condition}", parameters
        )
        decode = [self._decoder(relation, at) for at in range(len(names))]
        day = self._day
        return [(*(d(v) for d, v in zip(decode, row, strict=False)), day(row[-2]), day(row[-1])) for row in rows]

    def _decoder(self, relation: Relation, at: int) -> Callable[[Any], Term]:
        kind = relation.arguments[at].kind
        if kind == CODE:
            return self._code
        if kind == WORD:
            return self._words.get((relation.predicate, at), []).__getitem__
        return int if kind == COUNT else text

    def _code(self, number: int) -> Term:
        if number not in self._codes:
            self._codes[number] = code_term(number)
        return self._codes[number]

    def _day(self, number: int | None) -> Term:
        if number not in self._days:
            assert number is not None
            self._days[number] = day_term(number)
        return self._days[number]

    def _condition(self, relation: Relation, arguments: Sequence[Term | None]) -> tuple[str, list[Term]] | None:
        """The condition that the arguments set, None where no row can meet it."""
        conditions: list[str] = []
        parameters: list[Term] = []
        for at, value in enumerate(arguments[:-2]):
            if value is not None:
                encoded = self._encoded(relation, at, value)
                if encoded is None:
                    return None
                conditions.append(f"a{at} = ?")
                parameters.append(encoded)
        first, last = arguments[-2:]
        for column, term, number in (
            ("first_day", first, None if first is None else first_day_number(first)),
            ("last_day", last, None if last is None else last_day_number(last)),
        ):
            if term is None:
                continue
            if number is None:
                return None
            conditions.append(f"{column} IS NULL" if number == OPEN_NUMBER else f"{column} = {number}")
        return " AND ".join(conditions) or "1", parameters

    def _encoded(self, relation: Relation, at: int, value: Term) -> Term | None:
        kind = relation.arguments[at].kind
        if kind == CODE:
            return code_number(value)
        if kind == COUNT:
            return value if isinstance(value, int) else None
        if kind == WORD:
            words = self._words.get((relation.predicate, at), [])
            return words.index(str(value)) if value in words else None
        return plain(value) if isinstance(value, str) and value.startswith('"') else None
