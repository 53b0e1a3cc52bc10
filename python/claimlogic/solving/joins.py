"""Facts and rules to the one answer set, by joins: each rule once, after the rules whose conclusions it reads.

It answers as clingo does (``engine.solve``). What `kb/` may hold is stratified and without functions, so it has one
answer set, which needs no search; and a claim is so small that to ground a program for it takes longer than to join
its tables. Where there is something to choose, it is clingo that chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from graphlib import TopologicalSorter
from itertools import groupby

from claimlogic.knowledge.checks import components
from claimlogic.knowledge.rules import Rule
from claimlogic.solving.answer import Answer, Firing
from claimlogic.solving.planning import Plan, plan_rule
from claimlogic.solving.relations import Relations
from claimlogic.terms import Atom


class Joiner:
    """Answers by some of one set of rules. Keeps the plans of those that were asked for, and nothing of any claim."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """``rules`` are stratified, with numbers that are unique among them."""
        self._turns = _turns(rules)
        self._plans: dict[tuple[int, bool, int], Plan] = {}

    def solve(
        self,
        facts: Iterable[Atom],
        rules: Sequence[Rule],
        watched: Sequence[Rule],
        shown: Iterable[tuple[str, int]] | None,
    ) -> Answer:
        """The answer set of facts and rules, as ``engine.solve`` gives it; ``rules`` are of those given before."""
        relations = Relations(facts)
        told = {rule.number for rule in watched}
        firings: list[Firing] = []
        for _, turn in groupby(sorted(rules, key=self._turn), key=self._turn):
            plans = [self._plan(rule, rule.number in told, relations) for rule in turn]
            _conclude(plans, relations)
            for plan in plans:
                if plan.rule.number in told and plan.rule.needs <= relations.predicates:
                    values = dict.fromkeys(map(plan.values, plan.rows(relations)))
                    firings.extend(Firing(plan.rule.number, own) for own in values)
        names = relations.predicates if shown is None else [name for name, _ in shown]
        atoms = frozenset(Atom(name, row) for name in names for row in relations.rows(name))
        return Answer(atoms, tuple(firings))

    def _turn(self, rule: Rule) -> int:
        return self._turns[rule.head.predicate]

    def _plan(self, rule: Rule, is_watched: bool, relations: Relations) -> Plan:
        # From the smallest table on, the fewest rows are looked through.
        sizes = [(len(relations.rows(predicate)), at) for predicate, at in rule.positive]
        smallest = min(sizes)[1] if sizes else 0
        key = rule.number, is_watched, smallest
        if key not in self._plans:
            self._plans[key] = plan_rule(rule, is_watched, smallest)
        return self._plans[key]


def _conclude(plans: Sequence[Plan], relations: Relations) -> None:
    """Add what the rules of one turn conclude; again and again where they read their own conclusions."""
    heads = {plan.rule.head.predicate for plan in plans}
    rests_on_itself = any(plan.rule.needs & heads for plan in plans)
    has_grown = True
    while has_grown:
        has_grown = False
        for plan in plans:
            if plan.rule.needs <= relations.predicates:
                found = map(plan.head, plan.rows(relations))
                has_grown |= relations.add(plan.rule.head.predicate, found)
        has_grown &= rests_on_itself


def _turns(rules: Sequence[Rule]) -> dict[str, int]:
    """When each predicate is concluded: after what its rules read, and at once with those that rest on each other."""
    reads: dict[str, set[str]] = {}
    for rule in rules:
        reads.setdefault(rule.head.predicate, set()).update(rule.reads)
    component = components(reads)
    after: dict[int, set[int]] = {}
    for predicate, read in reads.items():
        own = component[predicate]
        after.setdefault(own, set()).update(component[other] for other in read if other in component)
        after[own].discard(own)
    turns = {group: turn for turn, group in enumerate(TopologicalSorter(after).static_order())}
    return {predicate: turns[component[predicate]] for predicate in reads}
