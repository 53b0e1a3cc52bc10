"""The part of a knowledge base that can bear on a claim: facts that its codes touch, rules that could fire on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.knowledge.liveness import Shape, followed_places, ground_conditions, live_rules, shape_of
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.store import FactStore, touched_by
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.terms import Atom

_REMEMBERED = 512


@dataclass(frozen=True, slots=True)
class Slice:
    """Facts (the claim's and the published ones) and the rules kept."""

    facts: tuple[Atom, ...]
    rules: tuple[Rule, ...]


class Slicer:
    """Cuts slices of one set of rules. Remembers which rules are live for facts of one shape, and nothing else."""

    def __init__(
        self, rules: Sequence[Rule], vocabulary: Vocabulary, goals: Iterable[str], settled: Iterable[str] = ()
    ) -> None:
        """``goals`` are the predicates that will be looked at: rules on which none of them rests are left out.

        Atoms of ``settled`` predicates are given with the claim's facts, so their rules are left out as well.
        """
        self.goals = frozenset(goals)
        given = frozenset(settled)
        self.rules = rules_toward([rule for rule in rules if rule.head.predicate not in given], self.goals)
        self._rule_places = {
            p.name: p.kinds.index("rule") for p in vocabulary.predicates.values() if p.stored and "rule" in p.kinds
        }
        self._read = frozenset().union(*(rule.reads for rule in self.rules))
        self._followed = followed_places(vocabulary)
        self._conditions = ground_conditions(self.rules)
        self._live: dict[tuple[Shape, bool], tuple[tuple[Rule, ...], frozenset[str]]] = {}

    def cut(
        self, claim_facts: Sequence[Atom], store: FactStore, reachable: Iterable[Atom] = (), for_proofs: bool = False
    ) -> Slice:
        """The slice for a claim's facts. ``reachable`` are facts that a search may add: their codes count as well.

        ``for_proofs`` keeps rules that conclude something which no live rule reads: a proof tells how near a rule came
        that did not fire, and must know all that held.
        """
        added = tuple(reachable)
        touched = touched_by([*claim_facts, *added], store.vocabulary)
        groups: dict[str, list[Atom]] = defaultdict(list)
        for fact in claim_facts:
            groups[fact.predicate].append(fact)
        for predicate in sorted(self._read & store.predicates):
            groups[predicate].extend(store.slice(predicate, touched))
        possible = groups
        if added:
            possible = {predicate: [*facts] for predicate, facts in groups.items()}
            for fact in added:
                possible.setdefault(fact.predicate, []).append(fact)
        shape = shape_of(possible, self._followed, touched["code"], self._conditions)
        kept, used = self._rules_for(shape, for_proofs)
        return Slice(tuple(self._of_use(groups, kept, used)), kept)

    def _of_use(
        self, groups: Mapping[str, Sequence[Atom]], kept: Sequence[Rule], used: frozenset[str]
    ) -> Iterable[Atom]:
        """The facts that a kept rule or an answer reads; what rule files say of themselves, only of live ones."""
        named = {argument for rule in kept for argument in rule.head.arguments if isinstance(argument, str)}
        for predicate, facts in groups.items():
            at = self._rule_places.get(predicate)
            if predicate not in used:
                continue
            yield from facts if at is None else (fact for fact in facts if fact.arguments[at] in named)

    def _rules_for(self, shape: Shape, for_proofs: bool) -> tuple[tuple[Rule, ...], frozenset[str]]:
        key = (shape, for_proofs)
        if key not in self._live:
            if len(self._live) >= _REMEMBERED:
                self._live.clear()
            kept = live_rules(self.rules, shape, self._followed)
            if not for_proofs:
                kept = rules_toward(kept, self.goals)
            self._live[key] = kept, self.goals.union(*(rule.reads for rule in kept))
        return self._live[key]


def claim_free(rules: Sequence[Rule], vocabulary: Vocabulary, besides: Iterable[str] = ()) -> frozenset[str]:
    """The derived predicates that rest on whole published predicates and on ``besides``: the same for all claims."""
    whole = {p.name for p in vocabulary.predicates.values() if p.stored and not p.slice_arguments and not p.derived}
    known = whole | set(besides)
    heads: dict[str, list[Rule]] = {}
    for rule in rules:
        heads.setdefault(rule.head.predicate, []).append(rule)
    given = {p.name for p in vocabulary.predicates.values() if p.given}
    found: set[str] = set()
    changed = True
    while changed:
        changed = False
        for name, concluding in heads.items():
            own = known | found | {name}
            if name not in found and name not in given and all(rule.reads <= own for rule in concluding):
                found.add(name)
                changed = True
    return frozenset(found)


def rules_toward(rules: Sequence[Rule], goals: Iterable[str]) -> tuple[Rule, ...]:
    """The rules on which any of the goal predicates rests, directly or not."""
    by_head: dict[str, list[Rule]] = {}
    for rule in rules:
        by_head.setdefault(rule.head.predicate, []).append(rule)
    wanted = set(goals)
    waiting = list(wanted)
    kept: set[int] = set()
    while waiting:
        for rule in by_head.get(waiting.pop(), ()):
            if rule.number not in kept:
                kept.add(rule.number)
                new = rule.reads - wanted
                wanted |= new
                waiting.extend(new)
    return tuple(rule for rule in rules if rule.number in kept)
