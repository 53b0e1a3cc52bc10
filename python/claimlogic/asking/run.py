"""One program over one store: what its goals come to, and the published facts that carry each conclusion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.asking.datalog import Datalog, Pattern, Row
from claimlogic.asking.program import ASKED, GOALS, Program
from claimlogic.errors import InputError
from claimlogic.knowledge.rules import AtomPattern, Expression, Literal, Rule, Variable
from claimlogic.knowledge.store import FactStore, PublishedFact
from claimlogic.terms import Atom, Term

MOST_ROWS = 50_000
"""As many rows one look-up may give; more would take minutes and fill the memory."""

# What was asked, and the editions by which it is answered, which are told apart from the facts.
_NO_EVIDENCE = frozenset({ASKED, "edition"})


class TooMany(InputError):
    """A question would touch more rows than can be gone through. The command line ends with status 3."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """One way in which a goal holds: the rule, the values of its variables, and the facts that carry it."""

    rule: Rule
    values: Mapping[str, Term]
    facts: tuple[PublishedFact, ...]

    @property
    def row(self) -> Row:
        """The arguments of the goal."""
        return _ground(self.rule.head.arguments, self.values)


def run(program: Program, store: FactStore, asked: Iterable[Row], given: Iterable[Atom] = ()) -> list[Conclusion]:
    """Everything that follows for the goals, in no order.

    ``asked`` are the arguments (name, value); ``given`` are further facts for this run. Raises TooMany, and InputError
    with file and line for a rule that cannot be run.
    """
    lookups = _LookUps(program, store, asked, given)
    with Datalog(lookups.names, program.whole, lookups) as datalog:
        goals = [rule for rule in program.rules if rule.head.predicate in GOALS]
        datalog.add(program.rules)
        for predicate in program.whole:
            arity = len(program.concluding(predicate)[0].head.arguments)
            lookups.hold_whole(predicate, datalog.rows(AtomPattern(predicate, _variables(arity))))
        carriers = _Carriers(program, store, datalog)
        return [
            Conclusion(rule, values, carriers.of_body(rule, values))
            for rule in goals
            for values in datalog.solutions(rule)
        ]


def _variables(arity: int) -> tuple[Variable, ...]:
    return tuple(Variable(f"A{i}") for i in range(arity))


class _LookUps:
    """Rows by need: from the store, from memory, each pattern once."""

    def __init__(self, program: Program, store: FactStore, asked: Iterable[Row], given: Iterable[Atom]) -> None:
        held: dict[str, list[Row]] = {ASKED: list(asked)}
        for name, rows in program.facts.items():
            held.setdefault(name, []).extend(rows)
        for atom in given:
            held.setdefault(atom.predicate, []).append(atom.arguments)
        self._held = {name: _Relation(rows) for name, rows in held.items()}
        self._store = store
        self._vocabulary = program.vocabulary
        self._found: dict[tuple[str, Pattern], Sequence[Row]] = {}
        self.names = frozenset(held) | store.predicates

    def hold_whole(self, predicate: str, rows: Sequence[Row]) -> None:
        """Keep what a helper comes to."""
        self._held[Datalog.whole_name(predicate)] = _Relation(rows)

    def __call__(self, predicate: str, pattern: Pattern) -> Sequence[Row]:
        if predicate in self._held:
            return self._held[predicate].match(pattern)
        key = predicate, pattern
        if key not in self._found:
            self._found[key] = self._look_up(predicate, pattern)
        return self._found[key]

    def _look_up(self, predicate: str, pattern: Pattern) -> Sequence[Row]:
        if predicate not in self._store.predicates:
            if predicate not in self._vocabulary.predicates:
                raise InputError(f"nothing gives {predicate}", "ask")
            return ()  # only a claim gives it, and there is none
        declared = self._vocabulary.predicates[predicate]
        pairs = declared.slice_arguments if declared.slice_all and "tables" in declared.givers else ()
        if len(pairs) > 1 and all(pattern[at] is None for at in pairs):
            raise TooMany(f"the table of {predicate} is too large to be gone through; name a code", "ask")
        rows = self._store.match(predicate, pattern)
        if len(rows) > MOST_ROWS:
            raise TooMany(f"more than {MOST_ROWS:,} rows of {predicate} fit; name a code", "ask")
        return rows


class _Relation:
    """Rows in memory, found by any pattern."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self._rows = rows
        self._by_places: dict[tuple[int, ...], dict[Row, list[Row]]] = {}

    def match(self, pattern: Pattern) -> Sequence[Row]:
        places = tuple(at for at, term in enumerate(pattern) if term is not None)
        if not places:
            return self._rows
        if places not in self._by_places:
            index: dict[Row, list[Row]] = {}
            for row in self._rows:
                index.setdefault(tuple(row[at] for at in places), []).append(row)
            self._by_places[places] = index
        return self._by_places[places].get(tuple(term for term in pattern if term is not None), ())


class _Carriers:
    """The published facts that carry a conclusion, through every rule on the way (the first that holds)."""

    def __init__(self, program: Program, store: FactStore, datalog: Datalog) -> None:
        self._store = store
        self._datalog = datalog
        self._own = program.own
        self._rules: dict[str, list[Rule]] = {}
        for rule in program.rules:
            self._rules.setdefault(rule.head.predicate, []).append(rule)
        self._read: dict[int, list[AtomPattern]] = {}
        self._known: dict[Atom, tuple[PublishedFact, ...]] = {}
        self._ways: dict[int, dict[Row, Mapping[str, Term]]] = {}

    def of_body(self, rule: Rule, values: Mapping[str, Term]) -> tuple[PublishedFact, ...]:
        """The facts of the rule's positive conditions, each once, in their order."""
        if rule.number not in self._read:
            literals = [i.atom for i in rule.body if isinstance(i, Literal) and not i.negated]
            self._read[rule.number] = [atom for atom in literals if atom.predicate not in _NO_EVIDENCE]
        found: tuple[PublishedFact, ...] = ()
        for atom in self._read[rule.number]:
            new = self._of_atom(Atom(atom.predicate, _ground(atom.arguments, values)))
            found = _union(found, new) if found else new
        return found

    def _of_atom(self, atom: Atom) -> tuple[PublishedFact, ...]:
        if atom not in self._known:
            self._known[atom] = self._published(atom) or self._derived(atom)
        return self._known[atom]

    def _published(self, atom: Atom) -> tuple[PublishedFact, ...]:
        return tuple(self._store.published(atom)) if atom.predicate in self._store.predicates else ()

    def _derived(self, atom: Atom) -> tuple[PublishedFact, ...]:
        for rule in self._rules.get(atom.predicate, ()):
            values = self._way(rule, atom)
            if values is not None:
                return self.of_body(rule, values)
        return ()

    def _way(self, rule: Rule, atom: Atom) -> Mapping[str, Term] | None:
        """Values by which the rule concludes the atom: those of a helper are worked out for all its atoms at once."""
        if atom.predicate in self._own:
            if rule.number not in self._ways:
                ways = self._datalog.solutions(rule)
                self._ways[rule.number] = {_ground(rule.head.arguments, values): values for values in ways}
            return self._ways[rule.number].get(atom.arguments)
        bound: dict[str, Term] = {}
        for pattern, term in zip(rule.head.arguments, atom.arguments, strict=True):
            if isinstance(pattern, Variable):
                if bound.setdefault(pattern.name, term) != term:
                    return None
            elif pattern != term:
                return None
        return next(iter(self._datalog.solutions(rule, bound)), None)


def _union(left: tuple[PublishedFact, ...], right: tuple[PublishedFact, ...]) -> tuple[PublishedFact, ...]:
    return (*left, *(fact for fact in right if fact not in left))


def _ground(arguments: Iterable[Expression], values: Mapping[str, Term]) -> Row:
    """The arguments with their values; rules with arithmetic were refused before."""
    return tuple([values[a.name] if isinstance(a, Variable) else a for a in arguments])  # type: ignore[misc]
