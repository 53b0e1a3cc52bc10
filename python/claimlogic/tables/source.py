"""A store of CMS's tables as facts to judge by, laid over a knowledge base.

For each kind of table that the store holds, its rows and editions take the place of the tables that come with the
knowledge base; other kinds, and facts that the knowledge base states itself, stay as they are. What a kind gives, whose
claims it judges and what it is cited as is said by the knowledge base (`Published:` in the vocabulary, the facts
``published_source``).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path

from claimlogic.errors import InputError
from claimlogic.knowledge.shelf import Facts
from claimlogic.knowledge.store import FactStore
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.tables.codec import code_term, day_term
from claimlogic.tables.days import OPEN_NUMBER, day_number
from claimlogic.tables.excludes import EXCLUDES1, ExcludesNotes, KeptApart
from claimlogic.tables.layouts import LAYOUTS
from claimlogic.tables.listing import Span, merged
from claimlogic.tables.lookup import Place, TableIndex
from claimlogic.tables.manifest import Manifest, StoredEdition, StoredTable, read_manifest
from claimlogic.terms import Term, text

# The family of a code of which a store knows no more than that it is listed.
LISTED_FAMILY = "listed"

_SOURCES = "published_source"
_TABLES_FOLDER = "tables/"

Origin = tuple[str, int, str, str, str]


def with_tables(base: FactStore, store: Path) -> FactStore:
    """The facts of ``base`` with the tables of the store at ``store`` in the place of its own.

    Raises InputError where there is no store, or the knowledge base does not say what its tables are for.
    """
    manifest = read_manifest(store)
    vocabulary = base.vocabulary
    if _SOURCES not in vocabulary.predicates:
        raise InputError(f"this knowledge base cannot judge by a store: it declares no {_SOURCES}", str(store))
    judging = {key: table for key, table in manifest.tables.items() if table.index and table.editions}
    sources = {(str(p), str(t)): str(s) for p, t, s in base.match(_SOURCES, (None, None, None))}
    kinds = frozenset(table.published for table in judging.values())
    for published in sorted(kinds - {published for published, _ in sources}):
        raise InputError(f"this knowledge base names no source for {published}; add a fact {_SOURCES}", str(store))
    try:
        shelf = TablesShelf(store, Manifest(judging), vocabulary, sources)
    except sqlite3.Error:
        raise InputError("an index of this store cannot be opened; import its tables again", str(store)) from None
    return FactStore([*(_Replaced(own, kinds, vocabulary) for own in base.shelves), shelf], vocabulary)


class _Replaced:
    """The facts of a knowledge base without tables of the kinds that a store holds, and without their editions."""

    def __init__(self, own: Facts, kinds: frozenset[str], vocabulary: Vocabulary) -> None:
        self._own = own
        self._kinds = kinds
        replaced = {p.name for p in vocabulary.predicates.values() if p.published in kinds}
        from_tables = all(file.startswith(_TABLES_FOLDER) for file in own.files())
        self.predicates = frozenset(own.predicates - replaced) if from_tables else own.predicates

    def files(self) -> frozenset[str]:
        return self._own.files()

    def slice(self, predicate: str, touched: Mapping[str, Collection[str]]) -> list[tuple[Term, ...]]:
        return self._kept(predicate, self._own.slice(predicate, touched))

    def match(self, predicate: str, arguments: Sequence[Term | None]) -> list[tuple[Term, ...]]:
        return self._kept(predicate, self._own.match(predicate, arguments))

    def published(self, predicate: str, arguments: Sequence[Term]) -> list[Origin]:
        return self._own.published(predicate, arguments) if self._kept(predicate, [tuple(arguments)]) else []

    def _kept(self, predicate: str, facts: list[tuple[Term, ...]]) -> list[tuple[Term, ...]]:
        return [fact for fact in facts if fact[0] not in self._kinds] if predicate == "edition" else facts


class TablesShelf:
    """The facts of a store: rows of its tables, their editions, and the codes that they list."""

    def __init__(
        self, store: Path, manifest: Manifest, vocabulary: Vocabulary, sources: Mapping[tuple[str, str], str]
    ) -> None:
        self._folder = store
        self._vocabulary = vocabulary
        self._sources = sources
        self._indexes = [TableIndex(store, table) for table in manifest.tables.values()]
        self._by_predicate: dict[str, list[TableIndex]] = {}
        for index in self._indexes:
            for predicate in index.relations:
                self._by_predicate.setdefault(predicate, []).append(index)
        self._notes = [
            (index, ExcludesNotes(index.connection)) for index in self._indexes if index.table.published == EXCLUDES1
        ]
        self._listing = [index for index in self._indexes if LAYOUTS[index.table.published].lists]
        given = {"edition"} | ({"code"} if self._listing else set()) | ({EXCLUDES1} if self._notes else set())
        self.predicates = frozenset(given | set(self._by_predicate)) & frozenset(vocabulary.predicates)

    def files(self) -> frozenset[str]:
        """The names of the files that were imported."""
        return frozenset(file.name for index in self._indexes for e in index.table.editions for file in e.files)

    def locate(self, edition: StoredEdition) -> Path:
        """The Parquet file of an edition."""
        return self._folder / edition.parquet

    def tables_of(self, predicate: str) -> list[StoredTable]:
        """The tables whose rows give facts of a predicate."""
        return [index.table for index in self._by_predicate.get(predicate, ())]

    def source_of(self, table: StoredTable) -> str:
        """What the rows of a table are cited as."""
        return self._source(table)

    def slice(self, predicate: str, touched: Mapping[str, Collection[str]]) -> list[tuple[Term, ...]]:
        """The facts that matter to a claim which touches these codes, modifiers and diagnoses (by kind)."""
        if predicate == "edition":
            return [fact for fact, _ in self._editions]
        declared = self._vocabulary.predicates[predicate]
        terms = {at: sorted(touched.get(declared.kinds[at], ())) for at in declared.slice_arguments}
        if predicate == "code":
            spans = self._spans(terms.get(0))
            return [_code_fact(code, span) for code, found in spans.items() for span in found]
        if predicate == EXCLUDES1:
            return _joined(pair for _, notes in self._notes for pair in notes.among(terms.get(0, ())))
        facts: list[tuple[Term, ...]] = []
        for index in self._by_predicate[predicate]:
            lead = self._lead(index.table, predicate)
            wanted = {at - len(lead): values for at, values in terms.items()}
            facts.extend((*lead, *fact) for fact in index.slice(predicate, wanted, declared.slice_all))
        return facts

    def match(self, predicate: str, arguments: Sequence[Term | None]) -> list[tuple[Term, ...]]:
        """The argument tuples of all facts that fit; None fits anything."""
        if predicate == "edition":
            return [fact for fact, _ in self._editions if _fits(arguments, fact)]
        if predicate == "code":
            code = arguments[0]
            spans = self._spans(None if code is None else [str(code)])
            facts = [_code_fact(number, span) for number, found in spans.items() for span in found]
            return [fact for fact in facts if _fits(arguments, fact)]
        if predicate == EXCLUDES1:
            pairs = (pair for _, notes in self._notes for pair in notes.beside(arguments[0], arguments[1]))
            return [fact for fact in _joined(pairs) if _fits(arguments, fact)]
        found: list[tuple[Term, ...]] = []
        for index in self._by_predicate[predicate]:
            lead = self._lead(index.table, predicate)
            if _fits(arguments[: len(lead)], lead):
                found.extend((*lead, *fact) for fact in index.match(predicate, arguments[len(lead) :]))
        return found

    def published(self, predicate: str, arguments: Sequence[Term]) -> list[Origin]:
        """Where a fact stands: file, line, source, edition, annotation."""
        if predicate == "edition":
            return [origin for fact, origin in self._editions if fact == tuple(arguments)]
        if predicate == "code":
            return [
                self._origin(index.table, place)
                for number, spans in self._spans([str(arguments[0])]).items()
                for span in spans
                if _code_fact(number, span) == tuple(arguments)
                for index, place in span.listings
            ]
        if predicate == EXCLUDES1:
            return self._note_origins(arguments)
        found: list[Origin] = []
        for index in self._by_predicate[predicate]:
            lead = self._lead(index.table, predicate)
            if _fits(arguments[: len(lead)], lead):
                places = index.places(predicate, arguments[len(lead) :])
                found.extend(self._origin(index.table, place, arguments[-1]) for place in places)
        return found

    def _lead(self, table: StoredTable, predicate: str) -> tuple[Term, ...]:
        """The leading argument that names the table, for a predicate that has one."""
        return (table.judges,) if self._vocabulary.predicates[predicate].kinds[0] == "table" else ()

    @cached_property
    def _editions(self) -> list[tuple[tuple[Term, ...], Origin]]:
        found: list[tuple[tuple[Term, ...], Origin]] = []
        for index in self._indexes:
            table = index.table
            judged = [table.judges] if table.judges else [t for p, t in sorted(self._sources) if p == table.published]
            for edition in table.editions:
                if not edition.whole:
                    continue
                note = f"{edition.rows:,} rows; sha256 {', '.join(file.sha256 for file in edition.files)}"
                for judges in judged:
                    fact: tuple[Term, ...] = (table.published, judges, text(edition.id), edition.first, edition.last)
                    source = self._sources.get((table.published, judges), "")
                    found.append((fact, (edition.files[0].name, 0, source, edition.id, note)))
        return found

    def _spans(self, codes: Iterable[str] | None) -> dict[int, list[Span]]:
        """The days on which codes may be reported, by code, from every table that lists codes."""
        wanted = None if codes is None else list(codes)
        found = [(index, listed) for index in self._listing for listed in index.listed(wanted)]
        found.sort(key=lambda entry: (entry[1].code, entry[1].first, entry[1].last))
        return {
            code: merged(list(entries), self._told_ranges)
            for code, entries in groupby(found, key=lambda entry: entry[1].code)
        }

    @cached_property
    def _told_ranges(self) -> list[tuple[int, int]]:
        """The days of editions whose rows tell first and last days of codes."""
        return [
            (day_number(edition.first), day_number(edition.last))
            for index in self._listing
            for edition in index.table.editions
            if edition.dated and edition.whole
        ]

    def _origin(self, table: StoredTable, place: Place, last: Term | None = None) -> Origin:
        notes = [f"edition {place.edition.id}"]
        later = [e.id for e in _stating(table, place.edition, last)]
        if later:
            notes[0] += f" to {later[-1]}"
        if place.note:
            notes.append(f"rationale: {place.note}" if _is_rationale(table) else place.note)
        return place.file, place.line, self._source(table), place.edition.id, "; ".join(notes)

    def _source(self, table: StoredTable) -> str:
        named = {source for (p, t), source in self._sources.items() if p == table.published and table.judges in ("", t)}
        return min(named, default="")

    def _note_origins(self, arguments: Sequence[Term]) -> list[Origin]:
        found = []
        for index, notes in self._notes:
            for pair in notes.beside(arguments[0], arguments[1]):
                edition = index.table.editions[pair.edition]
                begins, ends = day_term(pair.first), day_term(pair.last)
                if _within(begins, ends, arguments[2], arguments[3]):
                    words = f"edition {edition.id}; note at {pair.carrier}: {pair.keeps_out}"
                    source = self._source(index.table)
                    found.append((edition.files[0].name, pair.line, source, edition.id, words))
        return found


def _is_rationale(table: StoredTable) -> bool:
    return ("rationale", "VARCHAR") in LAYOUTS[table.published].columns


def _stating(table: StoredTable, first: StoredEdition, last: Term | None) -> list[StoredEdition]:
    """The editions after ``first`` that a fact which holds until ``last`` stands in as well."""
    if last is None:
        return []
    return [
        edition
        for edition in table.editions
        if edition.first > first.first and (not isinstance(last, int) or edition.first <= last)
    ]


def _fits(wanted: Sequence[Term | None], values: Sequence[Term]) -> bool:
    return all(term is None or term == value for term, value in zip(wanted, values, strict=True))


def _code_fact(code: int, span: Span) -> tuple[Term, ...]:
    return code_term(code), LISTED_FAMILY, day_term(span.first), day_term(span.last)


def _joined(pairs: Iterable[KeptApart]) -> list[tuple[Term, ...]]:
    """The facts of pairs that notes keep apart: for each pair, days of editions that meet are one fact."""
    by_pair: dict[tuple[str, str], set[tuple[int, int]]] = {}
    for pair in pairs:
        by_pair.setdefault((pair.dx, pair.other), set()).add((pair.first, pair.last))
    facts: list[tuple[Term, ...]] = []
    for (dx, other), days in by_pair.items():
        runs: list[tuple[int, int]] = []
        for first, last in sorted(days):
            if runs and first <= runs[-1][1] + 1:
                runs[-1] = (runs[-1][0], max(runs[-1][1], last))
            else:
                runs.append((first, last))
        facts.extend((text(dx), text(other), day_term(first), day_term(last)) for first, last in runs)
    return facts


def _within(begins: Term, ends: Term, first: Term, last: Term) -> bool:
    """Whether days lie within others; an open end lies within an open end only."""

    def number(term: Term) -> int:
        return day_number(term) if isinstance(term, int) else OPEN_NUMBER

    return number(first) <= number(begins) and number(ends) <= number(last)
