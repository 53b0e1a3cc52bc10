"""The part of a knowledge base that can bear on a claim: facts that its codes touch, rules that could fire on them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from claimlogic.knowledge.liveness import (
    TOUCHED,
    UNTOUCHED,
    Shape,
    followed_places,
    ground_conditions,
    live,
    shape_of,
)
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.store import FactStore, touched_by
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.terms import Atom, Term

_REMEMBERED = 512
_FEW = 2  # Facts that it takes longer to look through than to ground.

_Wanted: TypeAlias = Mapping[str, Mapping[int, frozenset[str]]]


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
        read = frozenset().union(*(rule.reads for rule in self.rules))
        self._stored = sorted(read & {p.name for p in vocabulary.predicates.values() if p.stored})
        self._followed = followed_places(vocabulary)
        self._conditions = ground_conditions(self.rules)
        self._live: dict[tuple[Shape, bool], tuple[tuple[Rule, ...], _Wanted]] = {}

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
        for predicate, facts in store.slices(self._stored, touched).items():
            groups[predicate] += facts
        possible = groups
        if added:
            possible = {predicate: [*facts] for predicate, facts in groups.items()}
            for fact in added:
                possible.setdefault(fact.predicate, []).append(fact)
        shape = shape_of(possible, self._followed, touched["code"], self._conditions)
        kept, wanted = self._rules_for(shape, for_proofs)
        return Slice(tuple(self._of_use(groups, kept, wanted, frozenset(touched["code"]))), kept)

    def _of_use(
        self, groups: Mapping[str, Sequence[Atom]], kept: Sequence[Rule], wanted: _Wanted, codes: Collection[Term]
    ) -> Iterable[Atom]:
        """The facts on which a kept rule could fire or that an answer reads; what rule files say, of live rules."""
        named = {argument for rule in kept for argument in rule.head.arguments if isinstance(argument, str)}
        for predicate, facts in groups.items():
            places = wanted.get(predicate)
            if places is None:
                continue
            at = self._rule_places.get(predicate)
            if at is not None:
                facts = [fact for fact in facts if fact.arguments[at] in named]
            for place, tokens in places.items() if len(facts) > _FEW else ():
                if place in self._followed.codes.get(predicate, ()):
                    facts = [f for f in facts if (TOUCHED if f.arguments[place] in codes else UNTOUCHED) in tokens]
                else:
                    facts = [f for f in facts if f.arguments[place] in tokens]
            yield from facts

    def _rules_for(self, shape: Shape, for_proofs: bool) -> tuple[tuple[Rule, ...], _Wanted]:
        """The rules for facts of a shape; and, for each predicate that they or an answer read, the tokens wanted."""
        key = (shape, for_proofs)
        if key not in self._live:
            if len(self._live) >= _REMEMBERED:
                self._live.clear()
            found = live(self.rules, shape, self._followed)
            kept = found.rules if for_proofs else rules_toward(found.rules, self.goals)
            used = self.goals.union(*(rule.reads for rule in kept))
            whole = used if for_proofs else self.goals
            self._live[key] = kept, {p: {} if p in whole else found.wanted.get(p, {}) for p in used}
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
