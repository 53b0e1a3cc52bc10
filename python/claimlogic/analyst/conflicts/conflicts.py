"""Conflicts between sources, found by the rules of ``queries/conflicts`` over whole tables.

The rules are compiled to SQL and run by DuckDB; nothing here knows what a conflict is. Every conflict comes with the
rows that the rule joined: their source, edition, days and what is noted beside them.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from claimlogic.analyst.conflicts.lines import Shown, firing_query, line_query
from claimlogic.analyst.conflicts.queries import ConflictKind, ConflictQueries, default_queries, read_queries
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge, default_directory, load_rules_only
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rule_text import read_rule_text
from claimlogic.knowledge.store import FactStore, PublishedFact
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.compiling.bases import declared_bases
from claimlogic.screening.compiling.names import Names
from claimlogic.screening.compiling.plan import NUMBER, OPEN_END_NUMBER, ColumnOf, Constant, Program, RulePlan, Value
from claimlogic.screening.compiling.program import compile_rules
from claimlogic.screening.judging.run_duckdb import DIALECT, run_program, witnesses
from claimlogic.screening.published.relations import NOTES, Relations, table_files
from claimlogic.terms import OPEN_END, Atom, plain

_DAY, _CHOSEN, _EDITIONS, _FIRED = "on", "newest_day", "editions_on", "fired"
_MEMORY = "2GB"
_BATCH = 10_000
_TITLES = frozenset({"source", "edition"})  # What a rule reads of a source or an edition is no row of a table.


@dataclass(frozen=True, slots=True)
class ResponsibleRow:
    """A fact behind a conflict: its predicate, its arguments by name, and where it stands.

    ``place`` is where in its source: of a table, the edition.
    """

    predicate: str
    arguments: tuple[tuple[str, int | str], ...]
    source: str
    place: str
    note: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """One conflict: its arguments by name, the sentences that tell it, and the rows responsible."""

    kind: ConflictKind
    arguments: tuple[tuple[str, int | str], ...]
    sentences: tuple[str, ...]
    rows: tuple[ResponsibleRow, ...]


@dataclass(frozen=True, slots=True)
class UsedEdition:
    """The edition of a table by which the day is judged; ``last`` is before the day where it is carried forward."""

    published: str
    table: str
    id: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class ConflictCount:
    """How many conflicts there are of a kind, in all and by those of its arguments that are words."""

    kind: ConflictKind
    total: int
    groups: tuple[tuple[tuple[tuple[str, str], ...], int], ...]


class Conflicts:
    """The conflicts of one day, counted; the conflicts themselves are told when they are asked for."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, queries: ConflictQueries, vocabulary: Vocabulary,
        program: Program, names: Names, day: int, chosen: bool,
    ) -> None:  # fmt: skip
        self.day = day
        self.chosen = chosen
        self.kinds = queries.kinds
        self._connection = connection
        self._vocabulary = vocabulary
        self._program = program
        self._names = names

    def editions(self) -> list[UsedEdition]:
        """The editions by which the day is judged."""
        rows = self._connection.execute(f'SELECT * FROM "{self._names.name(_EDITIONS)}" ORDER BY ALL').fetchall()
        return [UsedEdition(*row) for row in rows]

    def count(self, kind: ConflictKind) -> ConflictCount:
        """How many there are of a kind."""
        words = [
            (place, name)
            for place, (name, own) in enumerate(kind.arguments)
            if self._vocabulary.kinds[own].base == "word"
        ]
        columns = ", ".join(f"a{place}" for place, _ in words) or "1"
        rows = self._connection.execute(
            f'SELECT {columns}, count(*) FROM "{self._names.name(kind.name)}" GROUP BY ALL ORDER BY ALL'
        ).fetchall()
        groups = tuple((tuple((name, row[i]) for i, (_, name) in enumerate(words)), row[-1]) for row in rows)
        return ConflictCount(kind, sum(row[-1] for row in rows), groups)

    def first(self, kind: ConflictKind, limit: int) -> list[Conflict]:
        """The first conflicts of a kind, in the order of their arguments."""
        heads = self._connection.execute(
            f'SELECT DISTINCT * FROM "{self._names.name(kind.name)}" ORDER BY ALL LIMIT ?', [limit]
        ).fetchall()
        wanted = dict.fromkeys(heads)
        found: dict[tuple[int | str, ...], list[tuple[str, list[ResponsibleRow]]]] = {head: [] for head in wanted}
        for plan in self._program.rules_of(kind.name):
            for head, sentence, rows in self._firings(plan, len(kind.arguments), heads):
                found[head].append((sentence, rows))
        return [_conflict(kind, head, firings) for head, firings in found.items()]

    def lines(self, kind: ConflictKind) -> Iterator[str]:
        """Every conflict of a kind as a line of JSON, in the order of their arguments."""
        plans = [(plan, self._shown(plan)) for plan in self._program.rules_of(kind.name)]
        firings = firing_query(kind, plans, self._names).sql(dialect=DIALECT)
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE {_FIRED} AS {firings}")
        counted = self._connection.execute(f"SELECT count(*) FROM {_FIRED}").fetchone()
        once = counted is not None and counted[0] == self.count(kind).total
        cursor = self._connection.execute(line_query(kind, _FIRED, once).sql(dialect=DIALECT))
        while rows := cursor.fetchmany(_BATCH):
            for (line,) in rows:
                yield line

    def _firings(
        self, plan: RulePlan, width: int, heads: Sequence[tuple[int | str, ...]]
    ) -> Iterator[tuple[tuple[int | str, ...], str, list[ResponsibleRow]]]:
        label = plan.rule.label
        assert label is not None, "checked when the queries were read"
        values = dict(zip(plan.rule.variables, plan.variables, strict=True))
        places = {scan.number: place for place, scan in enumerate(plan.block.scans)}
        fillers = [values[name] for name in label.fillers]
        shown = self._shown(plan)
        for row in witnesses(self._connection, plan, self._names, heads):
            head = tuple(row[f"h{i}"] for i in range(width))
            sentence = label.template.format(*(_told(value, row, places) for value in fillers))
            yield head, sentence, [_row(one, row) for one in shown]

    def _shown(self, plan: RulePlan) -> list[Shown]:
        """The scans that tell rows: those of the vocabulary's predicates."""
        return [
            (place, s.predicate, self._vocabulary.predicates[s.predicate].arguments, self._program.columns[s.predicate])
            for place, s in enumerate(plan.block.scans)
            if s.predicate in self._vocabulary.predicates and s.predicate not in _TITLES
        ]


def _conflict(
    kind: ConflictKind, head: tuple[int | str, ...], firings: Sequence[tuple[str, list[ResponsibleRow]]]
) -> Conflict:
    names = (name for name, _ in kind.arguments)
    sentences = dict.fromkeys(sentence for sentence, _ in firings)
    rows = dict.fromkeys(row for _, own in firings for row in own)
    return Conflict(kind, tuple(zip(names, head, strict=True)), tuple(sentences), tuple(rows))


@contextmanager
def find_conflicts(
    day: int | None = None, directory: Path | None = None, store: Path | None = None, queries: Path | None = None
) -> Iterator[Conflicts]:
    """The conflicts on a day (by default the newest that every table on hand covers) between the tables of a knowledge
    base, or of a store laid over it, and between them and its curated facts.

    Raises InputError where something cannot be read, or no day is covered by every table.
    """
    folder = directory or default_directory()
    knowledge = load_rules_only(folder)
    vocabulary = knowledge.vocabulary
    wanted = read_queries(queries or default_queries(), vocabulary)
    declared = {**declared_bases(vocabulary), _DAY: (NUMBER,)}
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{_MEMORY}'")
        connection.execute("SET temp_directory = ?", [str(Path(scratch) / "spill")])
        connection.execute("SET preserve_insertion_order = true")
        facts = _Facts(knowledge, store, Path(scratch), connection)
        chosen = day is None
        if day is None:
            day = facts.newest_day(compile_rules(wanted.rules, declared, [_CHOSEN]))
        facts.relations.declare(_DAY, (NUMBER,))
        connection.execute(f"INSERT INTO \"{facts.relations.names[_DAY]}\" SELECT ?, '', '', '', '', 0", [day])
        program = compile_rules(wanted.rules, declared, [_EDITIONS, *(kind.name for kind in wanted.kinds)])
        facts.load(program.given, day)
        names = run_program(connection, program, facts.relations.names, facts.relations.notes)
        yield Conflicts(connection, wanted, vocabulary, program, names, day, chosen)


class _Facts:
    """The facts that rules read, made into relations."""

    def __init__(
        self, knowledge: Knowledge, store: Path | None, scratch: Path, connection: duckdb.DuckDBPyConnection
    ) -> None:
        self._knowledge = knowledge
        self._store = store
        self._scratch = scratch
        self._connection = connection
        self._curated = knowledge.store
        self._with_store: FactStore = knowledge.store
        self._stored: Mapping[str, Any] = {}
        if store is not None:
            from claimlogic.tables.manifest import read_manifest
            from claimlogic.tables.source import with_tables

            self._with_store = with_tables(knowledge.store, store)
            self._stored = {key: table for key, table in read_manifest(store).tables.items() if table.editions}
        self.relations = Relations(connection, knowledge.vocabulary)

    def newest_day(self, program: Program) -> int:
        """The day that the rules choose where none is asked for."""
        self.load(program.given, None)
        names = run_program(self._connection, program, self.relations.names)
        found = self._connection.execute(f'SELECT a0 FROM "{names.name(_CHOSEN)}"').fetchone()
        if found is None:
            raise InputError("no day is covered by every table on hand; name one", "--on")
        return int(found[0])

    def load(self, predicates: frozenset[str], day: int | None) -> None:
        """Make the relations that are not there yet; of stored tables, the rows that may hold on the day."""
        missing = sorted(predicates - set(self.relations.names))
        declared = self._knowledge.vocabulary.predicates
        stored = {table.published for table in self._stored.values()}
        for predicate in missing:
            if predicate == "edition":
                self._add_editions(stored)
            else:
                self.relations.add_curated(predicate, self._curated)
        from_files = [name for name in missing if declared[name].published and declared[name].published not in stored]
        for path in table_files(self._knowledge.directory, from_files):
            shown = path.relative_to(self._knowledge.directory).as_posix()
            self.relations.add_table_file(path, shown, self._scratch)
        from_store = [name for name in missing if declared[name].published in stored]
        for table in self._stored.values():
            if (
                day is not None
                and self._store is not None
                and any(declared[name].published == table.published for name in from_store)
            ):
                self.relations.add_stored(
                    self._store, table, self._source(table.published, table.judges), day, from_store
                )

    def _add_editions(self, stored: set[str]) -> None:
        """The editions of stored tables, and those of the knowledge base's own where the store has none of the kind."""
        facts: list[PublishedFact] = []
        for values in sorted(self._with_store.match("edition", [None] * 5), key=str):
            facts.extend(self._with_store.published(Atom("edition", values)))
        facts.extend(
            f for f in self._beside_tables if f.atom.predicate == "edition" and f.atom.arguments[0] not in stored
        )
        self.relations.add_facts("edition", facts)

    @cached_property
    def _beside_tables(self) -> list[PublishedFact]:
        """The facts that stand in rule text among the tables."""
        directory = self._knowledge.directory
        found = []
        for path in sorted((directory / "tables").rglob("*.lp")):
            name = path.relative_to(directory).as_posix()
            for fact in parse_rules(read_rule_text(path, name), name).facts:
                found.append(PublishedFact(fact.atom, name, fact.line, fact.source, fact.where, ""))
        return found

    def _source(self, published: str, judges: str) -> str:
        named = self._curated.match("published_source", (published, judges or None, None))
        return min((str(source) for _, _, source in named), default="")


def _told(value: Value, row: Mapping[str, Any], places: Mapping[int, int]) -> str:
    if isinstance(value, ColumnOf):
        return _shown(row[f"s{places[value.scan]}_a{value.place}"], value.base)
    assert isinstance(value, Constant), "a label is filled by what a rule reads"
    return plain(value.term)


def _shown(value: int | str, base: str) -> str:
    return OPEN_END if base == NUMBER and value == OPEN_END_NUMBER else str(value)


def _row(shown: Shown, row: Mapping[str, Any]) -> ResponsibleRow:
    place, predicate, arguments, bases = shown
    cells = [row[f"s{place}_a{i}"] for i in range(len(arguments))]
    values = tuple(
        (name, OPEN_END if base == NUMBER and cell == OPEN_END_NUMBER else cell)
        for name, cell, base in zip(arguments, cells, bases, strict=True)
    )
    return ResponsibleRow(predicate, values, *(row[f"s{place}_{note}"] for note in NOTES))
