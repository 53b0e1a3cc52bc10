"""Published facts as relations of a database: curated facts, table files, and the editions of a store.

Each relation has the columns ``a0``, ``a1`` ... of its predicate and those of ``NOTES``, none of them NULL: where the
row stands and what stands beside it. Whole tables are read by the database itself.
"""

from __future__ import annotations

import lzma
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from claimlogic.knowledge.store import FactStore, PublishedFact
from claimlogic.knowledge.tables import TableFile, open_table
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.compiling.bases import declared_bases
from claimlogic.screening.compiling.plan import NUMBER, OPEN_END_NUMBER, TEXT
from claimlogic.sql_text import quoted
from claimlogic.terms import OPEN_END, Atom, Term, plain

if TYPE_CHECKING:
    import duckdb

    from claimlogic.screening.published.numbered import Numbered
    from claimlogic.tables.dated import Held
    from claimlogic.tables.layouts import Relation
    from claimlogic.tables.manifest import StoredTable

# Where a row stands: its source, the place in it (of a table: the edition), what is noted beside it, file and line.
NOTES = ("source", "place", "note", "file", "line")

# Conditions on columns, all of which hold for a row of which another fact speaks in its place.
Overlay: TypeAlias = tuple[tuple[int, str, int | str], ...]

_NOTE_TYPES = "source VARCHAR, place VARCHAR, note VARCHAR, file VARCHAR, line INTEGER"


class Relations:
    """The given relations of a database, made as they are asked for.

    ``numbered`` are rows of stored tables that stand beside them as numbers. ``replaced`` are the rows in whose place
    stand facts that were added for the run: those are relations of their own, the second of their predicate in
    ``tables``.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, vocabulary: Vocabulary, claim: str = TEXT) -> None:
        self.connection = connection
        self.vocabulary = vocabulary
        self._bases = declared_bases(vocabulary, claim)
        self.names: dict[str, str] = {}
        self.tables: dict[str, list[str]] = {}
        self.notes: dict[str, tuple[str, ...]] = {}
        self.numbered: dict[str, list[Numbered]] = {}
        self.replaced: dict[str, list[Overlay]] = {}

    def declare(self, predicate: str, bases: tuple[str, ...] | None = None) -> str:
        """Make an empty relation of a predicate where there is none yet, and tell its name."""
        if predicate not in self.names:
            self.names[predicate] = self._make(f"given_{predicate}", predicate, bases)
            self.notes[predicate] = NOTES
        return self.names[predicate]

    def _make(self, name: str, predicate: str, bases: tuple[str, ...] | None = None) -> str:
        types = bases if bases is not None else self._bases[predicate]
        columns = ", ".join(f"a{i} {'INTEGER' if b == NUMBER else 'VARCHAR'}" for i, b in enumerate(types))
        self.connection.execute(f'CREATE TABLE "{name}"({columns or "a0 INTEGER"}, {_NOTE_TYPES})')
        self.tables.setdefault(predicate, []).append(name)
        return name

    def add_facts(self, predicate: str, facts: Iterable[PublishedFact]) -> None:
        """Add facts one by one."""
        self._insert(self.declare(predicate), predicate, facts)

    def lay_over(self, predicate: str, facts: Iterable[PublishedFact], replaced: list[Overlay]) -> None:
        """Put facts in the place of the rows that are ``replaced``."""
        self.declare(predicate)
        self.replaced[predicate] = replaced
        self._insert(self._make(f"added_{predicate}", predicate), predicate, facts)

    def _insert(self, name: str, predicate: str, facts: Iterable[PublishedFact]) -> None:
        rows = [(*map(value_of_term, f.atom.arguments), f.source, f.where, f.note, f.file, f.line) for f in facts]
        if rows:
            types = ["INTEGER" if base == NUMBER else "VARCHAR" for base in self._bases[predicate]]
            cells = ", ".join(f"unnest(?::{kind}[])" for kind in (*types, *["VARCHAR"] * 4, "INTEGER"))
            self.connection.execute(f'INSERT INTO "{name}" SELECT {cells}', [list(c) for c in zip(*rows, strict=True)])

    def add_curated(self, predicate: str, store: FactStore) -> None:
        """Add every fact of a predicate that a store of facts holds."""
        width = len(self.vocabulary.predicates[predicate].arguments)
        found = sorted(store.match(predicate, [None] * width), key=str)
        self.add_facts(predicate, (fact for values in found for fact in store.published(Atom(predicate, values))))

    def add_table_file(self, path: Path, shown: str, scratch: Path) -> None:
        """Add the rows of a table file of a knowledge base; it is unpacked in ``scratch`` first where it is packed."""
        table = open_table(path, self.vocabulary)
        predicate = table.predicate.name
        readable = _unpacked(path, scratch)
        columns = [
            _cell(argument, base)
            for argument, base in zip(table.predicate.arguments, self._bases[predicate], strict=True)
        ]
        header = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in table.header)
        rows = (
            f"read_csv({quoted(readable)}, delim = '\t', skip = 2, header = false, quote = '', escape = '',"
            f" auto_detect = false, columns = {{{header}}})"
        )
        self.connection.execute(
            f'INSERT INTO "{self.declare(predicate)}" SELECT {", ".join(columns)}, ?, {_edition(table)},'
            f" {_note(table)}, ?, (row_number() OVER ())::INTEGER + 2 FROM {rows}",
            [table.source, shown],
        )

    def add_stored(self, store: Path, table: StoredTable, source: str, day: int, wanted: Collection[str]) -> None:
        """Add the rows of a stored table that hold on ``day``, of the predicates ``wanted``, as their edition has them.

        A row without days of its own has those for which its edition is used. Which rows hold is the same as for a
        claim of that day.
        """
        from claimlogic.tables.dated import held_ranges
        from claimlogic.tables.days import day_number
        from claimlogic.tables.layouts import LAYOUTS

        number = day_number(day)
        layout = LAYOUTS[table.published]
        for relation in layout.relations:
            if relation.predicate in wanted:
                for held in held_ranges(table):
                    if held.first <= number <= held.last:
                        self._add_held(store, table, held, relation, layout.has_days, day, source)
                if relation.exclusive:
                    self._keep_last(relation, table)

    def _add_held(
        self, store: Path, table: StoredTable, held: Held, relation: Relation, has_days: bool, day: int, source: str
    ) -> None:
        from claimlogic.tables.dated import parquet_sql
        from claimlogic.tables.days import OPEN_NUMBER, numbered_day

        columns = [argument.column for argument in relation.arguments]
        if self.vocabulary.predicates[relation.predicate].kinds[0] == "table":
            columns.insert(0, f"'{table.judges}'")
        begins = str(numbered_day(held.first))
        ends = str(OPEN_END_NUMBER if held.last >= OPEN_NUMBER else numbered_day(held.last))
        first, last = begins, ends
        if has_days:
            first = f"greatest(coalesce(effective_from, {begins}), {begins})"
            last = f"least(coalesce(effective_to, {ends}), {ends})"
        files = " ".join(f"WHEN {n} THEN {quoted(file.name)}" for n, file in enumerate(held.edition.files))
        self.connection.execute(
            f'INSERT INTO "{self.declare(relation.predicate)}" SELECT {", ".join(columns)}, {first}, {last}, ?, ?,'
            f" {_told(relation.note)}, CASE file {files} ELSE '' END, line"
            f" FROM {parquet_sql(lambda edition: store / edition.parquet, held.edition)}"
            f" WHERE ({relation.where}) AND {first} <= {day} AND {last} >= {day}",
            [source, held.edition.id],
        )

    def _keep_last(self, relation: Relation, table: StoredTable) -> None:
        """Of several rows with the same codes that began no one knows when, keep the one that ends last."""
        lead = int(self.vocabulary.predicates[relation.predicate].kinds[0] == "table")
        first, last = (f"a{lead + len(relation.arguments) + i}" for i in (0, 1))
        own = f"AND r.a0 = '{table.judges}' AND s.a0 = r.a0" if lead else ""
        same = " AND ".join(f"r.a{lead + i} = s.a{lead + i}" for i in range(relation.keys))
        name = self.declare(relation.predicate)
        self.connection.execute(
            f'DELETE FROM "{name}" r USING "{name}" s WHERE {same} {own} AND r.place = s.place'
            f" AND r.{first} = s.{first} AND r.{last} < s.{last}"
        )


def table_files(directory: Path, predicates: Collection[str]) -> list[Path]:
    """The table files of a knowledge base that hold one of these predicates."""
    found = (path for pattern in ("*.tsv", "*.tsv.xz") for path in directory.rglob(pattern))
    return sorted(path for path in found if path.name.split(".")[0].split("__")[0] in predicates)


def value_of_term(term: Term) -> int | str:
    """A term as a relation holds it."""
    if isinstance(term, int):
        return term
    return OPEN_END_NUMBER if term == OPEN_END else plain(term)


def _cell(name: str, base: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if base != NUMBER:
        return column
    return f"CASE WHEN {column} = '{OPEN_END}' THEN {OPEN_END_NUMBER} ELSE {column}::INTEGER END"


def _edition(table: TableFile) -> str:
    """SQL of the edition: its own column, else what the first line says of all rows."""
    if "edition" in table.header:
        return "coalesce(edition, '')"
    return f"{quoted(table.where)}"


def _note(table: TableFile) -> str:
    """SQL of what stands beside a row, without its edition."""
    names = [name for name in table.header if name not in table.predicate.arguments and name != "edition"]
    if not names:
        return "''"
    told = (f'CASE WHEN "{n}" <> \'\' THEN {quoted(f"{n}: ")} || "{n}" END' for n in names)
    return f"concat_ws('; ', {', '.join(told)})"


def _told(column: str) -> str:
    """SQL of what a column says, with its name, as in a table file; blank where it says nothing."""
    return f"coalesce('{column}: ' || {column}, '')" if column else "''"


def _unpacked(path: Path, scratch: Path) -> Path:
    if path.suffix != ".xz":
        return path
    target = scratch / path.name.removesuffix(".xz")
    with lzma.open(path) as packed, target.open("wb") as plain_file:
        shutil.copyfileobj(packed, plain_file)
    return target
