"""A second opinion on a proof, without the solver.

This knows the rules, the claim's facts and the published facts, and nothing else: it shares no code with what finds an
answer or builds a proof, and does its own arithmetic. It is meant to be read through once, and believed.

That an atom holds is shown by its steps. A step names a rule and a value for each of its variables; put in, these must
give the atom as the rule's head and the premises, one by one, as its body. No atom may rest on itself: from the facts
alone, by steps whose premises are proved already, every atom that the proof uses must be reached.

That an atom does not hold is shown by searches. A search says: of all atoms that fit this pattern, at most those found
hold. The atoms that fit a search and are not found by it are claimed absent, all of them at once. For each search, each
rule whose head can fit is tried with all values with which its body could hold. A condition on a given predicate is
looked up. A condition on a derived one is met by what the search for just that condition found; if the proof lacks that
search, it is refused. A ``not`` fails only because of an atom that is proved. Whatever is concluded by a body that gets
through must have been found.

Why this is enough, even where rules go round in circles: suppose that some atoms claimed absent do hold. Among those of
the lowest layer of the rules, take one that is derived first, and the rule that derives it. What its conditions need is
derived earlier, so it is not among the atoms claimed absent; it was found, and was tried. What its ``not`` denies does
not hold and lies in a lower layer, where all that is proved holds; so it is not proved, and blocked nothing. So this
rule got through here too, and what it concludes was found: it was not claimed absent after all. Atoms that hold only by
each other have no first one, which is why all absences may be claimed at once.

The layers are needed for this: no predicate may rest on its own absence, or on a count of itself. An aggregate is
counted anew, and exactly: each member is proved, and what is no member is certified absent.

Not checked: ``near_misses``, which only illustrate, and that what was found holds, where no step rests on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.errors import InputError
from claimlogic.knowledge.checks import check_stratified
from claimlogic.knowledge.rules import Aggregate, BodyItem, Comparison, Literal, Rule
from claimlogic.knowledge.store import FactStore
from claimlogic.proofs.check_terms import (
    Arguments,
    Fault,
    Values,
    compares,
    fits,
    ground,
    instance,
    matched,
    pattern_of,
    total,
    unified,
    with_bound,
)
from claimlogic.proofs.model import Compares, Counts, Holds, Lacks, Origin, Pattern, Premise, Proof, Search, Step
from claimlogic.terms import Atom, Term


class ProofError(Exception):
    """A proof does not show what it claims: ``where`` in the proof, and ``why``."""

    def __init__(self, where: str, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{where}: {why}")


def check_proof(proof: Proof, rules: Sequence[Rule], claim_facts: Sequence[Atom], store: FactStore) -> None:
    """Check that a proof shows its roots; ``rules`` are all that there are. Raises ProofError for the first fault."""
    checker = _Checker(proof, rules, claim_facts, store)
    try:
        check_stratified(rules)
        checker.check()
    except InputError as unlayered:
        raise ProofError(unlayered.place, unlayered.problem) from None
    except Fault as fault:
        raise ProofError(checker.where, str(fault)) from None


@dataclass(frozen=True, slots=True)
class _Count:
    """An aggregate counted anew. ``members`` has, for each tuple, every group of atoms that puts it there."""

    value: Term
    guards: tuple[tuple[str, Term], ...]
    members: Mapping[Arguments, Sequence[tuple[Atom, ...]]]

    @property
    def holds(self) -> bool:
        return all(compares(self.value, operator, bound) for operator, bound in self.guards)


class _Checker:
    """One proof being checked. ``where`` is the part of it that is under scrutiny."""

    def __init__(self, proof: Proof, rules: Sequence[Rule], claim_facts: Sequence[Atom], store: FactStore) -> None:
        self.where = "proof"
        self.proof = proof
        self.store = store
        self.rules = {rule.number: rule for rule in rules}
        self.concluding: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            self.concluding[rule.head.predicate].append(rule)
        self.claimed: dict[str, list[Arguments]] = defaultdict(list)
        for fact in claim_facts:
            self.claimed[fact.predicate].append(fact.arguments)
        self.proved: dict[str, set[Arguments]] = defaultdict(set)
        self.found: dict[Pattern, list[Arguments]] = {}
        self._looked_up: dict[Pattern, list[Arguments]] = {}

    def check(self) -> None:
        for atom, origins in self.proof.facts.items():
            self.where = f"fact {atom}"
            self._check_fact(atom, origins)
        self._reach()
        for root in self.proof.roots:
            self.where = f"root {root}"
            self._require(Holds(root))
        for pattern, search in self.proof.searches.items():
            self.where = f"search for {pattern}"
            self.found[pattern] = _found(pattern, search)
        for atom, steps in self.proof.steps.items():
            for step in steps:
                self.where = f"{atom} by rule {step.rule}"
                self._check_step(atom, step)
        for pattern, found in self.found.items():
            self.where = f"search for {pattern}"
            self._check_search(pattern, found)

    def _check_fact(self, atom: Atom, origins: Sequence[Origin]) -> None:
        if not origins and atom.arguments not in self.claimed.get(atom.predicate, ()):
            raise Fault("the claim does not say so")
        published = self.store.published(atom) if self._in_store(atom.predicate, len(atom.arguments)) else []
        stated = {Origin(p.source, p.where, p.file, p.line, p.note) for p in published}
        for origin in origins:
            if origin not in stated:
                raise Fault(f"{origin.source or 'no source'} does not say so in {origin.file}:{origin.line}")

    def _reach(self) -> None:
        """Prove what follows from the facts by the steps, each from what is proved before it."""
        for atom in self.proof.facts:
            self.proved[atom.predicate].add(atom.arguments)
        waiting = [(atom, step) for atom, steps in self.proof.steps.items() for step in steps]
        progress = True
        while progress:
            later = []
            for atom, step in waiting:
                if all(self._is_proved(p.atom) for p in step.premises if isinstance(p, Holds)):
                    self.proved[atom.predicate].add(atom.arguments)
                else:
                    later.append((atom, step))
            progress = len(later) < len(waiting)
            waiting = later

    def _is_proved(self, atom: Atom) -> bool:
        return atom.arguments in self.proved.get(atom.predicate, ())

    def _check_step(self, atom: Atom, step: Step) -> None:
        rule = self.rules.get(step.rule)
        if rule is None:
            raise Fault("there is no such rule")
        self.where = f"{atom} by {rule.place}"
        if sorted(name for name, _ in step.values) != sorted(rule.variables):
            raise Fault(f"values are needed for {', '.join(rule.variables) or 'no variable'}, each once")
        values = dict(step.values)
        if instance(rule.head, values) != atom:
            raise Fault("with these values, the rule concludes something else")
        if len(step.premises) != len(rule.body):
            raise Fault(f"the rule has {len(rule.body)} conditions, and {len(step.premises)} are said to be met")
        for item, premise in zip(rule.body, step.premises, strict=True):
            if isinstance(item, Aggregate):
                self._check_count(item, values, premise)
            elif premise != (asked := _asked(item, values)):
                raise Fault(f"the rule asks for {asked}, not for {premise}")
            self._require(premise)

    def _require(self, premise: Premise) -> None:
        """Refuse a premise that is not certain, as a count is once it has been made."""
        match premise:
            case Holds(atom) if not self._is_proved(atom):
                raise Fault(f"{atom} is not proved, unless by itself")
            case Lacks(pattern) if self._fitting(pattern):
                raise Fault(f"{pattern} is not absent")
            case Compares(left, operator, right) if not compares(left, operator, right):
                raise Fault(f"{left} {operator} {right} is false")

    def _check_count(self, aggregate: Aggregate, values: Values, premise: Premise) -> None:
        count = self._count(aggregate, values)
        if not isinstance(premise, Counts) or count is None or not count.holds:
            raise Fault(f"the rule asks for a {aggregate.function} that it accepts")
        value = None if aggregate.function in ("#min", "#max") and not count.members else count.value
        if (premise.function, premise.value, premise.guards) != (aggregate.function, value, count.guards):
            raise Fault(f"{aggregate.function} is {value} here, held against {count.guards}")
        if sorted(map(str, count.members)) != sorted(str(member.values) for member in premise.members):
            raise Fault(f"these are not the members of the {aggregate.function}")
        for member in premise.members:
            if member.atoms not in count.members[member.values]:
                raise Fault(f"{member.values} is a member for other reasons")

    def _check_search(self, pattern: Pattern, found: Sequence[Arguments]) -> None:
        for arguments in self._given(pattern):
            if arguments not in found:
                raise Fault(f"{Atom(pattern.predicate, arguments)} is given, and was not found")
        for rule in self.concluding.get(pattern.predicate, ()):
            for start in unified(rule.head, pattern):
                for values, _ in self._ways(rule.body, start):
                    concluded = instance(rule.head, values)
                    if concluded and fits(pattern, concluded.arguments) and concluded.arguments not in found:
                        raise Fault(f"{concluded} may follow by {rule.place}, and was not found")
        if pattern.predicate not in self.concluding and len(found) > len(self._given(pattern)):
            raise Fault("not all that was found is given")

    def _ways(self, body: Sequence[BodyItem], values: Values) -> Iterator[tuple[Values, tuple[Premise, ...]]]:
        """Every way in which conditions may hold, from left to right, and the atoms and absences on which it rests."""
        if not body:
            yield values, ()
            return
        for more, premises in self._options(body[0], values):
            for most, others in self._ways(body[1:], more):
                yield most, premises + others

    def _options(self, item: BodyItem, values: Values) -> Iterator[tuple[Values, tuple[Premise, ...]]]:
        match item:
            case Literal(atom, False):
                pattern = pattern_of(item, values)
                for arguments in self._fitting(pattern) if pattern else ():
                    for more in matched(atom, arguments, values):
                        yield more, (Holds(Atom(atom.predicate, arguments)),)
            case Literal(atom, True):
                pattern = pattern_of(item, values)
                if pattern and not any(fits(pattern, proved) for proved in self.proved.get(atom.predicate, ())):
                    yield values, (Lacks(pattern),)
            case Comparison(left, operator, right):
                for more in with_bound(item, values):
                    sides = ground((left, right), more)
                    if sides is not None and compares(sides[0], operator, sides[1]):
                        yield more, ()
            case Aggregate():
                count = self._count(item, values)
                if count is not None and count.holds:
                    yield values, ()

    def _count(self, aggregate: Aggregate, values: Values) -> _Count | None:
        """Count exactly. It is a fault where the proof leaves open whether something is a member."""
        bounds = ground([bound for _, bound in aggregate.guards], values)
        if bounds is None:
            return None
        members: dict[Arguments, list[tuple[Atom, ...]]] = defaultdict(list)
        for element in aggregate.elements:
            for inner, premises in self._ways(element.conditions, values):
                for premise in premises:
                    self._require(premise)
                if (terms := ground(element.terms, inner)) is not None:
                    members[terms].append(tuple(p.atom for p in premises if isinstance(p, Holds)))
        operators = (operator for operator, _ in aggregate.guards)
        return _Count(total(aggregate.function, members), tuple(zip(operators, bounds, strict=True)), members)

    def _fitting(self, pattern: Pattern) -> Sequence[Arguments]:
        """All that may fit: what is given or, where rules conclude such atoms, what the proof's search found."""
        if pattern.predicate not in self.concluding:
            return self._given(pattern)
        if pattern not in self.found:
            raise Fault(f"the proof holds no search for {pattern}")
        return self.found[pattern]

    def _given(self, pattern: Pattern) -> Sequence[Arguments]:
        if pattern not in self._looked_up:
            given = [t for t in self.claimed.get(pattern.predicate, ()) if fits(pattern, t)]
            if self._in_store(pattern.predicate, len(pattern.arguments)):
                given += self.store.match(pattern.predicate, pattern.arguments)
            self._looked_up[pattern] = list(dict.fromkeys(given))
        return self._looked_up[pattern]

    def _in_store(self, predicate: str, arity: int) -> bool:
        return predicate in self.store.predicates and arity == len(
            self.store.vocabulary.predicates[predicate].arguments
        )


def _found(pattern: Pattern, search: Search) -> list[Arguments]:
    """What a search found, if it is the search for this pattern and all of it fits."""
    if search.pattern != pattern:
        raise Fault(f"this is the search for {search.pattern}")
    for atom in search.found:
        if atom.predicate != pattern.predicate or not fits(pattern, atom.arguments):
            raise Fault(f"{atom} does not fit")
    return list(dict.fromkeys(atom.arguments for atom in search.found))


def _asked(item: Literal | Comparison, values: Values) -> Premise | None:
    """The premise that meets a condition with these values; None where arithmetic has no value."""
    if isinstance(item, Comparison):
        sides = ground((item.left, item.right), values)
        return None if sides is None else Compares(sides[0], item.operator, sides[1])
    if item.negated:
        pattern = pattern_of(item, values)
        return None if pattern is None else Lacks(pattern)
    held = instance(item.atom, values)
    return None if held is None else Holds(held)
