"""What a claim may say in a search over all claims: the codes, days, units, words among which clingo chooses.

Only what the rules in question can read varies. Each value stands for all that they cannot tell from it: a code for
those with the same facts, a day for all days between two borders of the facts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.analyst.witness.choice import Statements, choose, statements
from claimlogic.claims.shapes import calendar
from claimlogic.knowledge.flow import Flow, Place
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.store import FactStore
from claimlogic.knowledge.vocabulary import Predicate, Vocabulary
from claimlogic.terms import Atom, Term, plain, text

_ALWAYS = ("line", "service_date")
_UNSAID: Mapping[str, tuple[Place, Term]] = {"units": (("units", 2), 1), "form": (("form", 1), "professional")}
_PICKED = ("code", "icd", "modifier")
_PERSONS = ("A", "B")
_FEW_UNITS = 12
_ANY_DAY = 20240102  # Where no fact tells days apart.


@dataclass(frozen=True, slots=True)
class Bound:
    """How far a search looks: lines of a claim, and how many codes, diagnoses, modifiers and days it tries."""

    lines: int = 4
    codes: int = 60
    diagnoses: int = 10
    modifiers: int = 14
    days: int = 12


@dataclass(frozen=True, slots=True)
class Domain:
    """What may be said, by predicate and argument, and the published facts that bear on it.

    ``left_out`` counts the kinds of code, diagnosis, modifier and day for which the bound has no room.
    """

    values: Mapping[Place, tuple[Term, ...]]
    facts: Mapping[str, tuple[Atom, ...]]
    touched: Mapping[str, tuple[str, ...]]
    left_out: Mapping[str, int]

    @property
    def days(self) -> tuple[int, ...]:
        """Every day that may occur."""
        found = {v for (p, at), vs in self.values.items() if (p, at) in _DAY_PLACES for v in vs if isinstance(v, int)}
        return tuple(sorted(found))


_DAY_PLACES = (("service_date", 2), ("global_period", 2), ("elsewhere", 3))


class Stock:
    """The published facts of the versions under comparison, read once for many searches."""

    def __init__(self, stores: Sequence[FactStore], vocabulary: Vocabulary) -> None:
        self.stores = tuple(dict.fromkeys(stores))
        self.vocabulary = vocabulary
        self._pools: dict[str, frozenset[str]] = {}
        self._stated: dict[tuple[str, str], Statements] = {}

    def kinds(self, name: str) -> Sequence[str]:
        """The kinds of the arguments of a predicate."""
        declared = self.vocabulary.predicates.get(name)
        return declared.kinds if declared else ()

    def slice(self, name: str, touched: Mapping[str, Collection[str]]) -> tuple[Atom, ...]:
        """The facts of a predicate in any version that matter to a claim which touches these values."""
        holding = (store for store in self.stores if name in store.predicates)
        return tuple({fact: None for store in holding for fact in store.slice(name, touched)})

    def pool(self, kind: str) -> frozenset[str]:
        """The values of a kind of which the rule text says anything."""
        if kind not in self._pools:
            found: set[str] = set()
            for p in self.vocabulary.predicates.values():
                if "codes" in p.givers and kind in p.kinds:
                    for store in self.stores:
                        if p.name in store.predicates:
                            for row in store.match(p.name, (None,) * len(p.kinds)):
                                found.update(str(row[at]) for at, of in enumerate(p.kinds) if of == kind)
            self._pools[kind] = frozenset(found)
        return self._pools[kind]

    def stated(self, name: str, kind: str) -> Statements:
        """What a predicate states of the values of the pool."""
        if (name, kind) not in self._stated:
            pool = self.pool(kind)
            self._stated[name, kind] = statements(self.slice(name, {kind: pool}), self.kinds(name), kind, pool)
        return self._stated[name, kind]


class Domains:
    """Builds domains for parts of one set of rules."""

    def __init__(self, stock: Stock, bound: Bound, first: Iterable[Atom] = ()) -> None:
        """``first`` are facts whose codes, diagnoses and modifiers come before all others (those that changed)."""
        self._stock = stock
        self._bound = bound
        self._first = tuple(first)

    def domain(
        self,
        rules: Sequence[Rule],
        layers: Sequence[frozenset[str]],
        codes: Iterable[str] | None = None,
        only: frozenset[str] | None = None,
    ) -> Domain:
        """What claims may say as far as ``rules`` can read it; ``layers`` names predicates that matter most in front.

        With ``codes`` no others are tried; with ``only`` nothing but these predicates is said of a claim, besides its
        lines with their days, one unit each, on a professional form.
        """
        read = frozenset().union(*(rule.reads for rule in rules), *layers)
        flow = Flow(rules)
        stored = [name for name in sorted(read) if (p := self._declared(name)) is not None and p.stored]
        ordered = _in_layers(stored, layers)
        touched: dict[str, tuple[str, ...]] = {}
        left_out: dict[str, int] = {}
        for kind in _PICKED:
            if kind == "code" and codes is not None:
                touched[kind], left_out[kind] = tuple(sorted(codes)), 0
            else:
                touched[kind], left_out[kind] = self._picked(kind, ordered, rules, read)
        facts = {name: self._stock.slice(name, touched) for name in stored}
        days, left_out["day"] = self._days(facts, ordered, flow)
        values: dict[Place, tuple[Term, ...]] = {}
        for name in sorted(read):
            declared = self._declared(name)
            if declared is None or "claim" not in declared.givers or name in ("claim", "day"):
                continue
            if only is not None and name not in only and name not in _ALWAYS:
                if name in _UNSAID:
                    values[_UNSAID[name][0]] = (_UNSAID[name][1],)
                continue
            for at, kind in enumerate(declared.kinds):
                if kind not in ("claim", "line") or declared.kinds == ("claim",):
                    values[name, at] = self._values((name, at), kind, flow, facts, touched, days)
        return Domain(values, facts, touched, left_out)

    def _declared(self, name: str) -> Predicate | None:
        return self._stock.vocabulary.predicates.get(name)

    def _picked(
        self, kind: str, layers: Sequence[Sequence[str]], rules: Sequence[Rule], read: frozenset[str]
    ) -> tuple[tuple[str, ...], int]:
        asked = [n for n in read if (p := self._declared(n)) and "claim" in p.givers and kind in p.kinds]
        if not asked:
            return (), 0
        pool = self._stock.pool(kind)
        first = {
            str(a.arguments[at])
            for a in (*self._first, *(Atom(n, c) for n, c in _constant_atoms(rules)))
            for at, of in enumerate(self._stock.kinds(a.predicate))
            if of == kind and a.arguments[at]
        }
        told = [
            [self._stock.stated(name, kind) for name in layer if kind in self._stock.kinds(name)] for layer in layers
        ]
        limit = {"code": self._bound.codes, "icd": self._bound.diagnoses, "modifier": self._bound.modifiers}[kind]
        chosen = choose([layer for layer in told if layer], pool | first, first, limit)
        return chosen.values, chosen.left_out

    def _values(
        self,
        place: Place,
        kind: str,
        flow: Flow,
        facts: Mapping[str, Sequence[Atom]],
        touched: Mapping[str, tuple[str, ...]],
        days: tuple[int, ...],
    ) -> tuple[Term, ...]:
        if kind in touched:
            return touched[kind]
        if kind == "day":
            return days
        if kind == "claim":
            return (text("c"),)
        declared = self._stock.vocabulary.kinds[kind]
        held = set(flow.constants(place))
        for predicate, at in flow.places(place):
            held.update(fact.arguments[at] for fact in facts.get(predicate, ()))
        if declared.constants:
            told = {str(v) for v in held} & declared.constants
            others = sorted(declared.constants - told)
            return tuple(sorted(told)) + tuple(others[:1])
        if declared.base == "number":
            return _numbers({v for v in held if isinstance(v, int)}, place)
        if declared.base == "word":
            return (*sorted(str(v) for v in held), f"another_{kind}")
        return _texts({str(v) for v in held})

    def _days(
        self, facts: Mapping[str, Sequence[Atom]], layers: Sequence[Sequence[str]], flow: Flow
    ) -> tuple[tuple[int, ...], int]:
        """The first day of each stretch between borders of the facts, and how many stretches found no room."""
        comparable = {p for place in _DAY_PLACES for p in flow.places(place)}
        chosen: dict[int, None] = {}
        left_out = 0
        for at, layer in enumerate([[a.predicate for a in self._first], *layers]):
            held = self._first if at == 0 else [fact for name in layer for fact in facts.get(name, ())]
            borders = set()
            for fact in held:
                kinds = self._stock.kinds(fact.predicate)
                for place, kind in enumerate(kinds):
                    value = fact.arguments[place]
                    if kind == "day" and isinstance(value, int) and (fact.predicate, place) in comparable:
                        last = place > 0 and kinds[place - 1] == "day"
                        borders.add(_next(value) if last else value)
            # The newest first: most facts hold there, so little else stands in the way.
            for border in sorted(borders - set(chosen), reverse=True):
                if len(chosen) < self._bound.days - 1:
                    chosen[border] = None
                else:
                    left_out += 1
        earliest = min(chosen, default=_ANY_DAY)
        days = {_before(earliest), *chosen}
        if ("day", 0) in comparable:
            # Days are counted as well: the day after each, and the ends of periods that begin on the newest.
            lengths = {v for place in flow.places(("day", 1)) for v in _numbers_at(place, facts)} | {1}
            newest = max(days)
            days |= {_later(newest, n + more) for n in lengths for more in (0, 1)}
        return tuple(sorted(days)), left_out


def _in_layers(stored: Sequence[str], layers: Sequence[frozenset[str]]) -> list[list[str]]:
    placed: set[str] = set()
    found = []
    for layer in (*layers, frozenset(stored)):
        own = [name for name in stored if name in layer and name not in placed]
        placed.update(own)
        found.append(own)
    return [layer for layer in found if layer]


def _constant_atoms(rules: Iterable[Rule]) -> Iterable[tuple[str, tuple[Term, ...]]]:
    from claimlogic.knowledge.checks import atoms_of

    for rule in rules:
        for atom in atoms_of(rule):
            yield atom.predicate, tuple(a if isinstance(a, int | str) else "" for a in atom.arguments)


def _numbers(held: set[int], place: Place) -> tuple[int, ...]:
    least = 0 if place[0] == "patient_age" else 1
    largest = max(held, default=1)
    if largest <= _FEW_UNITS and least:
        return tuple(range(least, largest + 2))
    wanted = {least, *held, *(v + 1 for v in held), *(v - 1 for v in held)}
    return tuple(sorted(v for v in wanted if least <= v))


def _texts(held: set[str]) -> tuple[str, ...]:
    """What facts hold at the place, and one more of the same form; two opaque names where they hold nothing."""
    if not held:
        return tuple(map(text, _PERSONS))
    like = len(plain(min(held)))
    other = next(t for n in range(10**like - 1, 0, -1) if (t := text(str(n).zfill(like))) not in held)
    return (*sorted(held), other)


def _numbers_at(place: Place, facts: Mapping[str, Sequence[Atom]]) -> set[int]:
    return {v for fact in facts.get(place[0], ()) if isinstance(v := fact.arguments[place[1]], int)}


def _next(day: int) -> int:
    return _later(day, 1)


def _before(day: int) -> int:
    return _later(day, -1)


def _later(day: int, count: int) -> int:
    return _number(calendar(day) + dt.timedelta(days=count))


def _number(day: dt.date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
