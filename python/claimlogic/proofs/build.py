"""From what the solver found to a proof.

The solver tells which rules fired with which values. Their bodies are filled in here, and everything that they name is
followed: a derived atom to its own steps, a ``not`` to the search for what would have blocked it. A search tries every
rule that could conclude what is looked for, as far as its body holds; what it needs on the way is searched too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from claimlogic.knowledge.evaluate import aggregate_value, guard_holds, holds, value_of
from claimlogic.knowledge.rules import Aggregate, AtomPattern, Comparison, Literal, Operation, Rule, Variable
from claimlogic.knowledge.store import FactStore
from claimlogic.proofs.model import (
    Compares,
    Counts,
    Holds,
    Lacks,
    Member,
    NearMiss,
    Origin,
    Pattern,
    Premise,
    Proof,
    Search,
    Step,
)
from claimlogic.solving.answer import Firing, concluded
from claimlogic.terms import Atom, Term


class _Known:
    """All atoms that hold: the claim's facts, the derived atoms, and the store behind them."""

    def __init__(self, claim_facts: Iterable[Atom], derived: Iterable[Atom], store: FactStore) -> None:
        self.store = store
        self._by_predicate: dict[str, set[tuple[Term, ...]]] = defaultdict(set)
        self._by_line: dict[tuple[str, Term | None], list[tuple[Term, ...]]] = {}
        self._asked: dict[Pattern, list[tuple[Term, ...]]] = {}
        for atom in (*claim_facts, *derived):
            self._by_predicate[atom.predicate].add(atom.arguments)

    def matches(self, pattern: Pattern) -> list[tuple[Term, ...]]:
        """The arguments of every atom that fits, sorted."""
        found = self._asked.get(pattern)
        if found is None:
            own = [t for t in self._by_predicate.get(pattern.predicate, ()) if pattern.fits(t)]
            if pattern.predicate in self.store.predicates:
                own = list({*own, *self.store.match(pattern.predicate, pattern.arguments)})
            found = sorted(own, key=_sort_key)
            self._asked[pattern] = found
        return found


def build_proof(
    claim: str,
    roots: Sequence[Atom],
    claim_facts: Sequence[Atom],
    derived: Iterable[Atom],
    firings: Iterable[Firing],
    rules: Sequence[Rule],
    store: FactStore,
    version: str,
) -> Proof:
    """The proof of ``roots`` (atoms that hold).

    ``derived`` are all atoms that the solver found, ``firings`` all firings of ``rules``; ``rules`` are all rules of
    the knowledge base, also those that were left out of the slice.
    """
    builder = _Builder(claim_facts, derived, firings, rules, store)
    builder.follow(roots)
    return Proof(claim, tuple(roots), builder.steps, builder.searches, builder.facts, version)


class _Builder:
    def __init__(
        self,
        claim_facts: Sequence[Atom],
        derived: Iterable[Atom],
        firings: Iterable[Firing],
        rules: Sequence[Rule],
        store: FactStore,
    ) -> None:
        self.known = _Known(claim_facts, derived, store)
        self.store = store
        self.rules = {rule.number: rule for rule in rules}
        self.by_head: dict[str, list[Rule]] = defaultdict(list)
        self.by_word: dict[tuple[str, str], list[Rule]] = defaultdict(list)
        self.open_ended: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            self.by_head[rule.head.predicate].append(rule)
            first = rule.head.arguments[0] if rule.head.arguments else None
            if isinstance(first, str):
                self.by_word[rule.head.predicate, first].append(rule)
            else:
                self.open_ended[rule.head.predicate].append(rule)
        self.claim_facts = frozenset(claim_facts)
        self.fired: dict[Atom, list[Firing]] = defaultdict(list)
        for firing in firings:
            self.fired[self._head(firing)].append(firing)
        self.steps: dict[Atom, tuple[Step, ...]] = {}
        self.searches: dict[Pattern, Search] = {}
        self.facts: dict[Atom, tuple[Origin, ...]] = {}
        self._waiting: list[Atom | Pattern] = []

    def follow(self, roots: Iterable[Atom]) -> None:
        """Prove the roots and all that their proofs name."""
        self._waiting.extend(roots)
        while self._waiting:
            wanted = self._waiting.pop()
            if isinstance(wanted, Pattern):
                if wanted not in self.searches:
                    self.searches[wanted] = self._search(wanted)
            elif wanted not in self.facts and wanted not in self.steps:
                self._prove(wanted)

    def _prove(self, atom: Atom) -> None:
        origins = self._origins(atom)
        if origins is not None:
            self.facts[atom] = origins
        firings = sorted(self.fired.get(atom, ()), key=lambda f: (f.rule, _sort_key(f.values)))
        if firings:
            self.steps[atom] = tuple(self._step(firing) for firing in firings)

    def _origins(self, atom: Atom) -> tuple[Origin, ...] | None:
        if atom in self.claim_facts:
            return ()
        if atom.predicate not in self.store.predicates:
            return None
        published = self.store.published(atom)
        return tuple(Origin(p.source, p.where, p.file, p.line, p.note) for p in published) or None

    def _head(self, firing: Firing) -> Atom:
        return concluded(self.rules[firing.rule], firing)

    def _step(self, firing: Firing) -> Step:
        rule = self.rules[firing.rule]
        bindings = dict(zip(rule.variables, firing.values, strict=False))
        premises = tuple(self._premise(item, bindings) for item in rule.body)
        return Step(rule.number, tuple(sorted(bindings.items())), premises)

    def _premise(self, item: Literal | Comparison | Aggregate, bindings: Mapping[str, Term]) -> Premise:
        match item:
            case Literal(atom, negated):
                if negated:
                    pattern = _pattern(atom, bindings)
                    self._look_for(pattern)
                    return Lacks(pattern)
                held = Atom(atom.predicate, tuple(_term(value_of(a, bindings)) for a in atom.arguments))
                self._waiting.append(held)
                return Holds(held)
            case Comparison(left, operator, right):
                return Compares(_term(value_of(left, bindings)), operator, _term(value_of(right, bindings)))
            case Aggregate():
                return self._count(item, bindings)

    def _look_for(self, pattern: Pattern) -> None:
        self._waiting.append(pattern)

    def _search(self, pattern: Pattern) -> Search:
        found = tuple(Atom(pattern.predicate, t) for t in self.known.matches(pattern))
        misses: list[NearMiss] = []
        for rule in self._candidates(pattern):
            bindings = unify_head(rule.head, pattern)
            if bindings is not None:
                misses.extend(_furthest(self._misses(rule, bindings)))
        furthest = [m for m in misses if m.held] or misses
        return Search(pattern, found, tuple(furthest))

    def _candidates(self, pattern: Pattern) -> Sequence[Rule]:
        """The rules that could conclude what fits: heads that begin with another word are passed over."""
        first = pattern.arguments[0] if pattern.arguments else None
        if not isinstance(first, str):
            return self.by_head.get(pattern.predicate, ())
        named = self.by_word.get((pattern.predicate, first), [])
        others = self.open_ended.get(pattern.predicate, [])
        return sorted([*named, *others], key=lambda rule: rule.number) if named else others

    def _misses(self, rule: Rule, start: dict[str, Term]) -> Iterator[NearMiss]:
        """Every way in which the body of ``rule`` fails, walking it from left to right."""
        work: list[tuple[int, dict[str, Term], tuple[Premise, ...]]] = [(0, start, ())]
        while work:
            at, bindings, held = work.pop()
            if at == len(rule.body):
                continue
            item = rule.body[at]
            values = tuple(sorted(bindings.items()))
            match item:
                case Literal(atom, False):
                    pattern = _pattern(atom, bindings)
                    if atom.predicate in self.by_head:
                        self._look_for(pattern)
                    tuples = self.known.matches(pattern)
                    extended = [(t, more) for t in tuples if (more := _bind(atom, t, bindings)) is not None]
                    if not extended:
                        yield NearMiss(rule.number, values, held, pattern)
                    for arguments, more in reversed(extended):
                        work.append((at + 1, more, (*held, Holds(Atom(atom.predicate, arguments)))))
                case Literal(atom, True):
                    pattern = _pattern(atom, bindings)
                    blocking = self.known.matches(pattern)
                    if blocking:
                        blocker = Atom(atom.predicate, blocking[0])
                        self._waiting.append(blocker)
                        yield NearMiss(rule.number, values, held, Holds(blocker))
                    else:
                        work.append((at + 1, bindings, (*held, Lacks(pattern))))
                case Comparison(left, operator, right):
                    compared, more = _compare(left, operator, right, bindings)
                    if compared is None:
                        continue
                    if holds(compared.left, operator, compared.right):
                        work.append((at + 1, more, (*held, compared)))
                    else:
                        yield NearMiss(rule.number, values, held, compared)
                case Aggregate(function, _, _):
                    counted = self._count(item, bindings)
                    if all(guard_holds(function, counted.value, op, bound) for op, bound in counted.guards):
                        work.append((at + 1, bindings, (*held, counted)))
                    else:
                        yield NearMiss(rule.number, values, held, counted)

    def _count(self, aggregate: Aggregate, bindings: Mapping[str, Term]) -> Counts:
        members: dict[tuple[Term, ...], tuple[Atom, ...]] = {}
        for element in aggregate.elements:
            for inner, atoms in self._solutions(element.conditions, dict(bindings)):
                values = [value_of(t, inner) for t in element.terms]
                if None not in values:  # Arithmetic without a value makes no member, as in clingo.
                    members.setdefault(tuple(map(_term, values)), atoms)
        guards = tuple((op, _term(value_of(bound, bindings))) for op, bound in aggregate.guards)
        value = aggregate_value(aggregate.function, members)
        return Counts(
            aggregate.function, value, guards, tuple(Member(v, members[v]) for v in sorted(members, key=_sort_key))
        )

    def _solutions(
        self, conditions: Sequence[Literal | Comparison], bindings: dict[str, Term]
    ) -> Iterator[tuple[dict[str, Term], tuple[Atom, ...]]]:
        """Every way to meet the conditions of an aggregate's element; both what is met and what is not is proved."""
        if not conditions:
            yield bindings, ()
            return
        first, rest = conditions[0], conditions[1:]
        match first:
            case Literal(atom, False):
                pattern = _pattern(atom, bindings)
                if atom.predicate in self.by_head:
                    self._look_for(pattern)
                for arguments in self.known.matches(pattern):
                    held = Atom(atom.predicate, arguments)
                    self._waiting.append(held)
                    more = _bind(atom, arguments, bindings)
                    if more is not None:
                        for inner, atoms in self._solutions(rest, more):
                            yield inner, (held, *atoms)
            case Literal(atom, True):
                pattern = _pattern(atom, bindings)
                blocking = self.known.matches(pattern)
                if blocking:
                    self._waiting.append(Atom(atom.predicate, blocking[0]))
                else:
                    self._look_for(pattern)
                    yield from self._solutions(rest, bindings)
            case Comparison(left, operator, right):
                compared, more = _compare(left, operator, right, bindings)
                if compared is not None and holds(compared.left, operator, compared.right):
                    yield from self._solutions(rest, more)


def _furthest(misses: Iterable[NearMiss]) -> list[NearMiss]:
    listed = list(misses)
    most = max((len(m.held) for m in listed), default=0)
    return [m for m in listed if len(m.held) == most]


def unify_head(head: AtomPattern, pattern: Pattern) -> dict[str, Term] | None:
    """The bindings under which a rule's head could fit the pattern; None where it cannot.

    Arithmetic in a head could give anything until the body is bound.
    """
    bindings: dict[str, Term] = {}
    for argument, wanted in zip(head.arguments, pattern.arguments, strict=True):
        if wanted is None or isinstance(argument, Operation):
            continue
        if isinstance(argument, Variable):
            if bindings.setdefault(argument.name, wanted) != wanted:
                return None
        elif argument != wanted:
            return None
    return bindings


def _pattern(atom: AtomPattern, bindings: Mapping[str, Term]) -> Pattern:
    return Pattern(atom.predicate, tuple(value_of(a, bindings) for a in atom.arguments))


def _bind(atom: AtomPattern, arguments: tuple[Term, ...], bindings: dict[str, Term]) -> dict[str, Term] | None:
    more = dict(bindings)
    for expression, value in zip(atom.arguments, arguments, strict=True):
        if isinstance(expression, Variable):
            if expression.name != "_" and more.setdefault(expression.name, value) != value:
                return None
        elif value_of(expression, more) != value:
            return None
    return more


def _compare(
    left: Literal | object, operator: str, right: object, bindings: dict[str, Term]
) -> tuple[Compares | None, dict[str, Term]]:
    """The comparison with its values; ``=`` gives an unbound variable the value of the other side."""
    values = value_of(left, bindings), value_of(right, bindings)  # type: ignore[arg-type]
    more = bindings
    if operator == "=" and values[0] is None and isinstance(left, Variable) and values[1] is not None:
        more, values = {**bindings, left.name: values[1]}, (values[1], values[1])
    elif operator == "=" and values[1] is None and isinstance(right, Variable) and values[0] is not None:
        more, values = {**bindings, right.name: values[0]}, (values[0], values[0])
    if values[0] is None or values[1] is None:
        return None, bindings
    return Compares(values[0], operator, values[1]), more


def _term(value: Term | None) -> Term:
    if value is None:
        raise ValueError("an unbound variable in a firing")
    return value


def _sort_key(arguments: tuple[Term, ...]) -> tuple[tuple[int, int, str], ...]:
    return tuple((0, a, "") if isinstance(a, int) else (1, 0, a) for a in arguments)
