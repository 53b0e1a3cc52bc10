"""Published facts, asked by pattern or sliced by the codes of a claim.

A store reads shelves (the text of a knowledge base, its tables) and never changes them. Facts added for one run are
laid over them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.knowledge.shelf import Facts
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.terms import OPEN_END, Atom, Term

_TOUCHED_KINDS = ("code", "icd", "modifier")
_KEPT_VALUES = 2_000


@dataclass(frozen=True, slots=True)
class PublishedFact:
    """A fact of the knowledge base and where it comes from: file and line, source and place in it, annotation."""

    atom: Atom
    file: str
    line: int
    source: str
    where: str
    note: str


class FactStore:
    """The given facts of a knowledge base, without those of a claim."""

    def __init__(self, shelves: Sequence[Facts], vocabulary: Vocabulary, extra: Sequence[PublishedFact] = ()) -> None:
        self.vocabulary = vocabulary
        self.shelves = tuple(shelves)
        self._extra: dict[str, list[PublishedFact]] = {}
        for fact in extra:
            self._extra.setdefault(fact.atom.predicate, []).append(fact)
        self._whole: dict[str, list[Atom]] = {}
        self._shelves_of: dict[str, list[Facts]] = {}
        self._kept: defaultdict[str, dict[str, list[Atom]]] = defaultdict(dict)
        self.predicates = frozenset(p.name for p in vocabulary.predicates.values() if p.stored)

    def with_facts(self, extra: Sequence[PublishedFact]) -> FactStore:
        """The same store with facts laid over it for one run.

        Where one of them speaks of the same thing (the key, but for its days) on days that overlap, it is believed
        instead of what the store holds.
        """
        return FactStore(self.shelves, self.vocabulary, extra)

    def added(self, predicate: str) -> tuple[PublishedFact, ...]:
        """The facts of a predicate that were laid over the store for this run."""
        return tuple(self._extra.get(predicate, ()))

    def slice(self, predicate: str, touched: Mapping[str, Collection[str]]) -> list[Atom]:
        """The facts of a predicate that matter to a claim which touches these codes, modifiers and diagnoses."""
        declared = self.vocabulary.predicates[predicate]
        if not declared.slice_arguments:
            return self._all(predicate) + [f.atom for f in self._extra.get(predicate, ())]
        shelves, added = self._holding(predicate), self._extra.get(predicate, ())
        if len(shelves) == 1 and not added:  # As nearly always: no row twice, in the order of the shelf.
            if len(declared.slice_arguments) == 1:
                at = declared.slice_arguments[0]
                return self._by_value(predicate, at, declared.kinds[at], touched.get(declared.kinds[at], ()))
            return [Atom(predicate, arguments) for arguments in shelves[0].slice(predicate, touched)]
        found = {
            Atom(predicate, arguments)
            for shelf in shelves
            for arguments in shelf.slice(predicate, touched)
            if not self._replaced(predicate, arguments)
        }
        wanted = [(i, touched.get(declared.kinds[i], ())) for i in declared.slice_arguments]
        for fact in added:
            hits = [fact.atom.arguments[i] in values for i, values in wanted]
            if all(hits) if declared.slice_all else any(hits):
                found.add(fact.atom)
        return sorted(found, key=str)

    def match(self, predicate: str, arguments: Sequence[Term | None]) -> list[tuple[Term, ...]]:
        """The argument tuples of all facts that fit; None fits anything."""
        found = {
            held
            for shelf in self._holding(predicate)
            for held in shelf.match(predicate, arguments)
            if not self._replaced(predicate, held)
        }
        for fact in self._extra.get(predicate, ()):
            if all(value is None or value == own for value, own in zip(arguments, fact.atom.arguments, strict=True)):
                found.add(fact.atom.arguments)
        return list(found)

    def published(self, atom: Atom) -> list[PublishedFact]:
        """Where a fact stands, with its source: as many answers as there are places that state it."""
        found = [
            PublishedFact(atom, *place)
            for shelf in self._holding(atom.predicate)
            for place in shelf.published(atom.predicate, atom.arguments)
        ]
        found.extend(fact for fact in self._extra.get(atom.predicate, ()) if fact.atom == atom)
        return found

    def _replaced(self, predicate: str, held: Sequence[Term]) -> bool:
        """Whether a fact that was added for the run stands in the place of one that the store holds."""
        if predicate not in self._extra:
            return False
        declared = self.vocabulary.predicates[predicate]
        key = [i for i in declared.key if declared.kinds[i] != "day"]
        days = [i for i, kind in enumerate(declared.kinds) if kind == "day"]
        return bool(key) and any(
            all(fact.atom.arguments[i] == held[i] for i in key) and _overlap(fact.atom.arguments, held, days)
            for fact in self._extra[predicate]
        )

    def _holding(self, predicate: str) -> list[Facts]:
        if predicate not in self._shelves_of:
            self._shelves_of[predicate] = [shelf for shelf in self.shelves if predicate in shelf.predicates]
        return self._shelves_of[predicate]

    def _by_value(self, predicate: str, at: int, kind: str, values: Collection[str]) -> list[Atom]:
        """The facts with one of ``values`` at a place. Claims share most of their codes, so facts are kept by value."""
        kept = self._kept[predicate]
        missing = [value for value in values if value not in kept]
        if missing:
            if len(kept) >= _KEPT_VALUES:
                kept.clear()
                missing = list(values)
            kept.update((value, []) for value in missing)
            for arguments in self._holding(predicate)[0].slice(predicate, {kind: missing}):
                kept[str(arguments[at])].append(Atom(predicate, arguments))
        return [fact for value in values for fact in kept[value]]

    def _all(self, predicate: str) -> list[Atom]:
        if predicate not in self._whole:
            self._whole[predicate] = sorted(
                {
                    Atom(predicate, arguments)
                    for shelf in self._holding(predicate)
                    for arguments in shelf.slice(predicate, {})
                },
                key=str,
            )
        return self._whole[predicate]


def _overlap(one: Sequence[Term], other: Sequence[Term], days: Sequence[int]) -> bool:
    """Whether two facts hold on a day in common; always where they have no first and last day."""
    if len(days) != 2:
        return True
    first, last = days
    return _before(one[first], other[last]) and _before(other[first], one[last])


def _before(day: Term, end: Term) -> bool:
    return end == OPEN_END or (isinstance(day, int) and isinstance(end, int) and day <= end)


def touched_by(atoms: Sequence[Atom], vocabulary: Vocabulary) -> dict[str, list[str]]:
    """The codes, modifiers and diagnoses that occur in a claim's facts, by kind, sorted."""
    found: dict[str, set[str]] = {kind: set() for kind in _TOUCHED_KINDS}
    for atom in atoms:
        declared = vocabulary.predicates.get(atom.predicate)
        for kind, value in zip(declared.kinds if declared else (), atom.arguments, strict=False):
            if kind in found:
                found[kind].add(str(value))
    return {kind: sorted(values) for kind, values in found.items()}
