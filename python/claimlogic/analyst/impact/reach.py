"""Which claims an edit can reach at all: only those are judged by both versions.

A claim's answer can differ only where a changed fact touches it, or where a changed rule could fire on it in one of the
versions. For a rule to fire each of its positive conditions must hold, so a claim must show what each of them needs: a
code that some fact of the predicate names, a payer, a record item. What is derived needs what one of its rules needs;
an atom of a recursion needs what one of its rules outside the recursion needs. That is a formula over traces that a
claim leaves, and it errs to one side only: what it leaves out is the same in both versions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from claimlogic.analyst.impact.changes import Changes
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Aggregate, AtomPattern, Literal, Rule, Variable
from claimlogic.knowledge.slicing import rules_toward
from claimlogic.knowledge.store import touched_by
from claimlogic.knowledge.vocabulary import Predicate, Vocabulary
from claimlogic.terms import Atom, Term

TOUCHED = -1
_KINDS = ("code", "icd", "modifier")
_MOST_PARTS = 60
# Of these every claim that has a line has a fact.
_TOTAL = frozenset({"claim", "day", "form", "line", "service_date", "units"})


class Trace(NamedTuple):
    """Something that a claim shows: it touches ``value`` of kind ``name`` (``at`` is TOUCHED), or one of its facts of
    predicate ``name`` has ``value`` in place ``at``; ``value`` None is any value.
    """

    name: str
    at: int
    value: Term | None


@dataclass(frozen=True, slots=True)
class Shows:
    """A claim that shows one of these traces; of none, no claim does."""

    traces: frozenset[Trace]


@dataclass(frozen=True, slots=True)
class AllOf:
    """A claim that meets every part; without parts every claim does."""

    parts: tuple[Reach, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """A claim that meets one of the parts."""

    parts: tuple[Reach, ...]


Reach: TypeAlias = Shows | AllOf | AnyOf

EVERY = AllOf(())
NONE = Shows(frozenset())


def reach_of(changes: Changes, base: Knowledge, draft: Knowledge, goals: Sequence[str]) -> Reach:
    """The claims of which an atom of ``goals`` may hold in one version and not in the other."""
    sides = (base, draft)
    read = [rules_toward(side.rules, goals) for side in sides]
    matter = frozenset(goals).union(*(rule.reads | {rule.head.predicate} for rules in read for rule in rules))
    if _declared_otherwise(base.vocabulary, draft.vocabulary, matter):
        return EVERY
    needs = [_Needs(side, rules) for side, rules in zip(sides, read, strict=True)]
    parts: list[Reach] = []
    for change in changes.rules:
        for rule, need in zip((change.before, change.after), needs, strict=True):
            if change.kind != "worded" and rule is not None and rule.head.predicate in matter:
                parts.append(need.of_rule(rule))
    for fact in changes.facts:
        for atom, need in zip((fact.before, fact.after), needs, strict=True):
            if atom is not None and atom.predicate in matter:
                parts.append(need.of_fact(atom))
    return _bounded(any_of(parts))


def shows(reach: Reach, facts: Sequence[Atom], vocabulary: Vocabulary) -> bool:
    """Whether a claim, by its facts, is within reach."""
    if reach == EVERY:
        return True
    traces = _traces(facts, vocabulary)
    return _meets(reach, traces)


def all_of(parts: Iterable[Reach]) -> Reach:
    """The claims that meet every part, said as simply as it can be."""
    found = list(dict.fromkeys(part for part in parts if part != EVERY))
    if NONE in found:
        return NONE
    return found[0] if len(found) == 1 else AllOf(tuple(found))


def any_of(parts: Iterable[Reach]) -> Reach:
    """The claims that meet one of the parts, said as simply as it can be."""
    found = list(dict.fromkeys(part for part in parts if part != NONE))
    if EVERY in found:
        return EVERY
    plain = frozenset[Trace]().union(*(part.traces for part in found if isinstance(part, Shows)))
    rest: list[Reach] = [part for part in found if not isinstance(part, Shows)]
    if not rest:
        return Shows(plain)
    joined = [Shows(plain), *rest] if plain else rest
    return joined[0] if len(joined) == 1 else AnyOf(tuple(joined))


class _Needs:
    """What a claim must show for a rule of one version to fire on it."""

    def __init__(self, knowledge: Knowledge, rules: Sequence[Rule]) -> None:
        self._store = knowledge.store
        self._predicates = knowledge.vocabulary.predicates
        self._by_head: dict[str, list[Rule]] = {}
        for rule in rules:
            self._by_head.setdefault(rule.head.predicate, []).append(rule)
        self._together = _recursive(self._by_head)
        self._known: dict[str, Reach] = {}

    def of_rule(self, rule: Rule, values: Mapping[str, Term] = MappingProxyType({})) -> Reach:
        """The claims on which a rule could fire, its variables having these values."""
        apart = self._together.get(rule.head.predicate, frozenset())
        patterns = [item.atom for item in rule.body if isinstance(item, Literal) and not item.negated]
        return all_of(self._of_pattern(_with_values(p, values)) for p in patterns if p.predicate not in apart)

    def of_fact(self, atom: Atom) -> Reach:
        """The claims to which a published fact matters: those that touch it and on which a rule that reads it could
        fire with it, or those on which the rule that it describes could.
        """
        declared = self._predicates[atom.predicate]
        if "rule" in declared.kinds:
            named = atom.arguments[declared.kinds.index("rule")]
            rules = [r for rules in self._by_head.values() for r in rules if named in r.head.arguments]
            return any_of(self.of_rule(rule) for rule in rules)
        touched: list[Reach] = [
            Shows(frozenset((Trace(declared.kinds[at], TOUCHED, atom.arguments[at]),)))
            for at in declared.slice_arguments
            if declared.kinds[at] in _KINDS
        ]
        readers = any_of(
            self.of_rule(rule, values)
            for rules in self._by_head.values()
            for rule in rules
            if atom.predicate in rule.reads
            for values in _readings(rule, atom)
        )
        if len(touched) < len(declared.slice_arguments) or not touched:
            return readers
        return all_of([readers, *touched] if declared.slice_all else [readers, any_of(touched)])

    def _of_pattern(self, pattern: AtomPattern) -> Reach:
        declared = self._predicates.get(pattern.predicate)
        ways: list[Reach] = []
        if declared is not None and declared.stored:
            ways.append(self._of_stored(pattern, declared))
        if declared is not None and "claim" in declared.givers:
            ways.append(_of_claim(pattern, declared))
        if declared is not None and "encounter" in declared.givers:
            return EVERY
        if pattern.predicate in self._by_head:
            ways.append(self._of_predicate(pattern.predicate))
        return any_of(ways)

    def _of_predicate(self, predicate: str) -> Reach:
        if predicate not in self._known:
            group = self._together.get(predicate, frozenset((predicate,)))
            rules = [rule for name in sorted(group) for rule in self._by_head.get(name, ())]
            # Every atom of a recursion goes back to a rule that reads nothing of it.
            begin = [rule for rule in rules if not rule.needs & group]
            self._known[predicate] = _bounded(any_of([self.of_rule(rule) for rule in begin]))
        return self._known[predicate]

    def _of_stored(self, pattern: AtomPattern, declared: Predicate) -> Reach:
        if "tables" in declared.givers:
            return EVERY  # Nearly every code is in some table, and a store of tables may take their place.
        if "rule" in declared.kinds:
            return EVERY
        stated = Shows(frozenset((Trace(declared.name, 0, None),)))  # A rule test may state such a fact of its own.
        wanted = [a if isinstance(a, int | str) else None for a in pattern.arguments]
        held = self._store.match(pattern.predicate, wanted)
        if not held:
            return stated
        touched: list[Reach] = [
            Shows(frozenset(Trace(declared.kinds[at], TOUCHED, row[at]) for row in held))
            for at in declared.slice_arguments
            if declared.kinds[at] in _KINDS
        ]
        if len(touched) < len(declared.slice_arguments) or not touched:
            return EVERY
        return any_of([stated, all_of(touched) if declared.slice_all else any_of(touched)])


def _readings(rule: Rule, atom: Atom) -> Iterator[dict[str, Term]]:
    """The values that a rule's variables have where one of its conditions is met, or blocked, by a fact."""
    for item in rule.body:
        if isinstance(item, Literal) and item.atom.predicate == atom.predicate:
            values: dict[str, Term] = {}
            pairs = list(zip(item.atom.arguments, atom.arguments, strict=True))
            for wanted, value in pairs:
                if isinstance(wanted, Variable) and wanted.name != "_":
                    values.setdefault(wanted.name, value)
            told = [(values.get(w.name, v) if isinstance(w, Variable) else w, v) for w, v in pairs]
            if all(w == v for w, v in told if isinstance(w, int | str)):
                yield values
        elif isinstance(item, Aggregate):
            yield {}


def _with_values(pattern: AtomPattern, values: Mapping[str, Term]) -> AtomPattern:
    told = (values.get(a.name, a) if isinstance(a, Variable) else a for a in pattern.arguments)
    return AtomPattern(pattern.predicate, tuple(told))


def _bounded(reach: Reach) -> Reach:
    """The reach, or every claim where to tell it takes longer than it saves."""
    waiting, parts = [reach], 0
    while waiting and parts <= _MOST_PARTS:
        part = waiting.pop()
        parts += 1
        if not isinstance(part, Shows):
            waiting.extend(part.parts)
    return reach if parts <= _MOST_PARTS else EVERY


def _of_claim(pattern: AtomPattern, declared: Predicate) -> Reach:
    found: list[Reach] = []
    for at, (argument, kind) in enumerate(zip(pattern.arguments, declared.kinds, strict=True)):
        if isinstance(argument, int | str):
            trace = Trace(kind, TOUCHED, argument) if kind in _KINDS else Trace(declared.name, at, argument)
            found.append(Shows(frozenset((trace,))))
    if not found and declared.name not in _TOTAL:
        found.append(Shows(frozenset((Trace(declared.name, 0, None),))))
    return all_of(found)


def _recursive(by_head: Mapping[str, Sequence[Rule]]) -> dict[str, frozenset[str]]:
    """For each predicate that rests on itself, the predicates that rest on it and on which it rests."""
    below: dict[str, frozenset[str]] = {}
    for name in by_head:
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            for rule in by_head.get(waiting.pop(), ()):
                new = rule.needs - seen
                seen |= new
                waiting.extend(new)
        below[name] = frozenset(seen)
    return {
        name: frozenset(other for other in reached if name in below.get(other, ()))
        for name, reached in below.items()
        if name in reached
    }


def _declared_otherwise(before: Vocabulary, after: Vocabulary, matter: frozenset[str]) -> bool:
    """Whether a predicate that matters, or a kind, is declared otherwise in more than the words of its meaning."""
    if before.kinds != after.kinds:
        return True
    sides = ({n: replace(p, meaning="") for n, p in v.predicates.items() if n in matter} for v in (before, after))
    old, new = sides
    return any(old[name] != new[name] for name in old.keys() & new.keys())


def _traces(facts: Sequence[Atom], vocabulary: Vocabulary) -> frozenset[Trace]:
    found = {Trace(kind, TOUCHED, value) for kind, values in touched_by(facts, vocabulary).items() for value in values}
    for predicate, arguments in facts:
        found.add(Trace(predicate, 0, None))
        found.update(Trace(predicate, at, value) for at, value in enumerate(arguments))
    return frozenset(found)


def _meets(reach: Reach, traces: frozenset[Trace]) -> bool:
    known: dict[int, bool] = {}

    def meets(part: Reach) -> bool:
        if id(part) not in known:
            match part:
                case Shows(wanted):
                    known[id(part)] = not wanted.isdisjoint(traces)
                case AllOf(parts):
                    known[id(part)] = all(map(meets, parts))
                case AnyOf(parts):
                    known[id(part)] = any(map(meets, parts))
        return known[id(part)]

    return meets(reach)
