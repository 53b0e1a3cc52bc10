"""A part of claims in SQL: which of them an edit can reach, the part cut down to these, and claims of it as facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from claimlogic.analyst.impact.reach import TOUCHED, AllOf, AnyOf, Reach, Shows, Trace
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.part import CLAIMS, LINES, part_layout
from claimlogic.sql_text import quoted
from claimlogic.terms import Atom, Term, plain, text

if TYPE_CHECKING:
    import duckdb

_CLAIM = text("c")
_NOBODY = "SELECT NULL::INTEGER AS C WHERE false"
_EVERYBODY = f"SELECT C FROM {CLAIMS}"
# Facts of every claim, and those that the options of a run give.
_ALWAYS, _NEVER = frozenset({"claim", "day"}), frozenset({"trust", "strict_dates"})
_PLACED, _WITH_PLACE = "modifier_position", "modifier"


class PartTables:
    """The tables of a part by what they hold."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.layout = part_layout(vocabulary)
        self._vocabulary = vocabulary
        self._base = {kind.name: kind.base for kind in vocabulary.kinds.values()}
        self._of_kind: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for predicate in (*self.layout.claim_columns, *self.layout.line_columns, *self.layout.relations):
            for at, kind in enumerate(vocabulary.predicates[predicate].kinds):
                if found := self._column(predicate, at):
                    self._of_kind[kind].append(found)

    def reached(self, reach: Reach) -> str:
        """The SQL of the numbers of the claims within reach."""
        match reach:
            case Shows(traces):
                return self._shown(traces)
            case AllOf(parts):
                return " INTERSECT ".join(f"({self.reached(part)})" for part in parts) or _EVERYBODY
            case AnyOf(parts):
                return " UNION ".join(f"({self.reached(part)})" for part in parts) or _NOBODY

    def cut_down(self, connection: duckdb.DuckDBPyConnection, wanted: str) -> None:
        """Leave of a part only the claims whose numbers the SQL ``wanted`` gives."""
        connection.execute(f"CREATE OR REPLACE TEMP TABLE diff_wanted AS SELECT DISTINCT C FROM ({wanted})")
        for name in self.layout.tables:
            connection.execute(f'DELETE FROM "{name}" WHERE C NOT IN (SELECT C FROM diff_wanted)')

    def keep(self, connection: duckdb.DuckDBPyConnection, wanted: str) -> int:
        """Put the claims whose numbers the SQL ``wanted`` gives beside those that were kept of other parts.

        They get further numbers. How many they are.
        """
        run = connection.execute
        for name in self.layout.tables:
            run(f'CREATE TEMP TABLE IF NOT EXISTS "kept_{name}" AS FROM "{name}" LIMIT 0')
        run(
            f"CREATE OR REPLACE TEMP TABLE diff_wanted AS SELECT C, (row_number() OVER (ORDER BY C))::INTEGER"
            f' + (SELECT count(*) FROM "kept_{CLAIMS}")::INTEGER AS kept FROM (SELECT DISTINCT C FROM ({wanted}))'
        )
        for name in self.layout.tables:
            run(f'INSERT INTO "kept_{name}" SELECT p.* REPLACE (kept AS C) FROM "{name}" p JOIN diff_wanted USING (C)')
        found = run("SELECT count(*) FROM diff_wanted").fetchone()
        return int(found[0]) if found else 0

    def bring_back(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put the claims that were kept in the place of the part, and keep none."""
        for name in self.layout.tables:
            connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS FROM "kept_{name}"; DELETE FROM "kept_{name}"')

    def facts(self, connection: duckdb.DuckDBPyConnection, wanted: str) -> dict[int, tuple[Atom, ...]]:
        """The facts of the claims whose numbers the SQL ``wanted`` gives, days included, by claim."""
        found: dict[int, list[Atom]] = defaultdict(list)
        for name, columns in self.layout.tables.items():
            rows = connection.execute(f'SELECT * FROM "{name}" WHERE C IN ({wanted}) ORDER BY ALL').fetchall()
            names = [column for column, _ in columns]
            for row in rows:
                found[row[0]].extend(self._atoms(name, dict(zip(names, row, strict=True))))
        return {number: (*facts, *self._days(facts)) for number, facts in found.items()}

    def _shown(self, traces: frozenset[Trace]) -> str:
        values: dict[tuple[str, str], set[Term] | None] = {}
        for trace in traces:
            if trace.at == TOUCHED:
                places = self._of_kind.get(trace.name, [])
            elif trace.name in _ALWAYS:
                return _EVERYBODY
            elif trace.name in _NEVER or trace.name not in self._vocabulary.predicates:
                continue
            else:
                found = self._column(trace.name, trace.at if trace.value is not None else self._last(trace.name))
                places = [found] if found else []
            for place in places:
                told = values.setdefault(place, set())
                if trace.value is None:
                    values[place] = None
                elif told is not None:
                    told.add(trace.value)
        parts = []
        for (table, column), wanted in sorted(values.items()):
            condition = "IS NOT NULL" if wanted is None else f"IN ({', '.join(sorted(map(_sql, wanted)))})"
            parts.append(f'SELECT C FROM "{table}" WHERE "{column}" {condition}')
        return " UNION ".join(parts) or _NOBODY

    def _last(self, predicate: str) -> int:
        return len(self._vocabulary.predicates[predicate].arguments) - 1

    def _column(self, predicate: str, at: int) -> tuple[str, str] | None:
        """The table and column that hold an argument of a predicate; None where no claim tells it."""
        declared = self._vocabulary.predicates[predicate]
        if at == 0 and declared.kinds[0] == "claim":
            return None
        if predicate in self.layout.claim_columns:
            return CLAIMS, predicate
        if predicate in self.layout.line_columns:
            return (LINES, predicate) if at == 2 else (LINES, "L")
        if predicate == _PLACED:
            return f"part_{_WITH_PLACE}", declared.arguments[at]
        return (f"part_{predicate}", declared.arguments[at]) if predicate in self.layout.relations else None

    def _atoms(self, table: str, row: dict[str, object]) -> Iterator[Atom]:
        if table == CLAIMS:
            yield Atom("claim", (_CLAIM,))
            yield from self._columns(self.layout.claim_columns, row, (_CLAIM,))
        elif table == LINES:
            line = row["L"]
            assert isinstance(line, int)
            yield from self._columns(self.layout.line_columns, row, (_CLAIM, line))
        else:
            predicates = (_WITH_PLACE, _PLACED) if table == f"part_{_WITH_PLACE}" else (table.removeprefix("part_"),)
            for predicate in predicates:
                declared = self._vocabulary.predicates[predicate]
                told = zip(declared.arguments[1:], declared.kinds[1:], strict=True)
                yield Atom(predicate, (_CLAIM, *(self._term(kind, row[name]) for name, kind in told)))

    def _columns(self, names: tuple[str, ...], row: dict[str, object], start: tuple[Term, ...]) -> Iterator[Atom]:
        for name in names:
            if row[name] is not None:
                yield Atom(name, (*start, self._term(self._vocabulary.predicates[name].kinds[-1], row[name])))

    def _term(self, kind: str, value: object) -> Term:
        if isinstance(value, int):
            return value
        return str(value) if self._base[kind] == "word" else text(str(value))

    def _days(self, facts: list[Atom]) -> Iterator[Atom]:
        import datetime

        days = {
            value
            for fact in facts
            for kind, value in zip(self._vocabulary.predicates[fact.predicate].kinds, fact.arguments, strict=True)
            if kind == "day" and isinstance(value, int)
        }
        for day in sorted(days):
            yield Atom("day", (day, datetime.date(day // 10000, day // 100 % 100, day % 100).toordinal()))


def _sql(term: Term) -> str:
    return str(term) if isinstance(term, int) else quoted(plain(term))
