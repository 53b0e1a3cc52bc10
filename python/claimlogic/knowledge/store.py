"""Published facts, asked by pattern or sliced by the codes of a claim.

A store reads shelves (the text of a knowledge base, its tables) and never changes them. Facts added for one run are
laid over them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.knowledge.shelf import Facts
from claimlogic.knowledge.vocabulary import Predicate, Vocabulary
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
        self.predicates = frozenset(p.name for p in vocabulary.predicates.values() if p.stored)
        self._kept: dict[tuple[str, str], Mapping[str, list[Atom]]] = {}
        self._keeping: defaultdict[str, list[tuple[Predicate, int]]] = defaultdict(list)
        stored = [vocabulary.predicates[name] for name in sorted(self.predicates)]
        for declared in stored:
            for at in self._kept_at(declared):
                self._keeping[declared.kinds[at]].append((declared, at))
        self._several = frozenset(p.name for p in stored if len(p.slice_arguments) > 1 and self._kept_at(p))

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
        return self.slices((predicate,), touched)[predicate]

    def slices(self, predicates: Iterable[str], touched: Mapping[str, Collection[str]]) -> dict[str, list[Atom]]:
        """The facts of each predicate that matter to a claim which touches these codes, modifiers and diagnoses."""
        found: dict[str, list[Atom]] = {}
        for predicate in predicates:
            declared = self.vocabulary.predicates[predicate]
            if not declared.slice_arguments:
                found[predicate] = self._all(predicate) + [f.atom for f in self._extra.get(predicate, ())]
            elif self._kept_at(declared):
                found[predicate] = []
            else:
                found[predicate] = self._asked(declared, touched)
        for kind, values in touched.items():
            for kept in self._of_values(kind, values):
                for predicate, facts in kept.items():
                    if predicate in found:
                        found[predicate] += facts
        for predicate in self._several & found.keys():
            found[predicate] = _sliced(self.vocabulary.predicates[predicate], found[predicate], touched)
        return found

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

    def _kept_at(self, declared: Predicate) -> tuple[int, ...]:
        """The places by whose values facts are kept; none where a claim's own are asked for each time: rows of a table
        by all of their codes, of which one code may have thousands, and facts that are laid over others.
        """
        places = declared.slice_arguments
        if declared.name in self._extra or (declared.published and declared.slice_all and len(places) > 1):
            return ()
        return places[:1] if declared.slice_all else places

    def _of_values(self, kind: str, values: Collection[str]) -> list[Mapping[str, list[Atom]]]:
        """The facts with each value where they are kept by it. Claims share most of their codes, so they stay."""
        missing = [value for value in values if (kind, value) not in self._kept]
        if missing:
            if len(self._kept) >= _KEPT_VALUES:
                self._kept.clear()
                missing = list(values)
            found: dict[str, dict[str, dict[Atom, None]]] = {value: defaultdict(dict) for value in missing}
            for declared, at in self._keeping[kind]:
                for fact in self._with_values(declared, at, missing):
                    if (value := str(fact.arguments[at])) in found:
                        found[value][declared.name][fact] = None
            self._kept.update(
                ((kind, value), {predicate: list(facts) for predicate, facts in own.items()})
                for value, own in found.items()
            )
        return [self._kept[kind, value] for value in values]

    def _with_values(self, declared: Predicate, at: int, values: Sequence[str]) -> Iterable[Atom]:
        """The facts with one of the values at a place, and perhaps others."""
        if len(declared.slice_arguments) > 1 and declared.slice_all:
            for value in values:
                pattern = [value if place == at else None for place in range(len(declared.arguments))]
                found = sorted(self.match(declared.name, pattern), key=str)
                yield from (Atom(declared.name, arguments) for arguments in found)
        else:
            yield from self._asked(declared, {declared.kinds[at]: values})

    def _asked(self, declared: Predicate, touched: Mapping[str, Collection[str]]) -> list[Atom]:
        predicate, shelves, added = declared.name, self._holding(declared.name), self._extra.get(declared.name, ())
        if len(shelves) == 1 and not added:  # As nearly always: no row twice, in the order of the shelf.
            return [Atom(predicate, arguments) for arguments in shelves[0].slice(predicate, touched)]
        found = [
            Atom(predicate, arguments)
            for shelf in shelves
            for arguments in shelf.slice(predicate, touched)
            if not self._replaced(predicate, arguments)
        ]
        return sorted({*found, *_sliced(declared, [fact.atom for fact in added], touched)}, key=str)

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


def _sliced(declared: Predicate, facts: Iterable[Atom], touched: Mapping[str, Collection[str]]) -> list[Atom]:
    """Those facts, each once, whose codes, modifiers and diagnoses are among those touched: all of them, or any."""
    wanted = [(at, frozenset(touched.get(declared.kinds[at], ()))) for at in declared.slice_arguments]
    decide = all if declared.slice_all else any
    return [f for f in dict.fromkeys(facts) if decide([f.arguments[at] in values for at, values in wanted])]


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
    places: dict[str, list[tuple[int, set[str]]]] = {}
    for predicate, arguments in atoms:
        if predicate not in places:
            declared = vocabulary.predicates.get(predicate)
            kinds = declared.kinds if declared else ()
            places[predicate] = [(at, found[kind]) for at, kind in enumerate(kinds) if kind in found]
        for at, values in places[predicate]:
            values.add(str(arguments[at]))
    return {kind: sorted(values) for kind, values in found.items()}
