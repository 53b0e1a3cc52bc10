"""Facts and rules to the one answer set, by joins: each rule once, after the rules whose conclusions it reads.

It answers as clingo does (``by_clingo.solve``). What `kb/` may hold is stratified and without functions, so it has one
answer set, which needs no search; and a claim is so small that to ground a program for it takes longer than to join
its tables. Where there is something to choose, it is clingo that chooses.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.strata import strata
from claimlogic.solving.answer import Answer, Firing, concluded
from claimlogic.solving.planning import Plan, begun_with, by_rows, plan_rule
from claimlogic.solving.relations import Relations
from claimlogic.terms import Atom

_REMEMBERED = 512
_LARGE = 5_000


@dataclass(frozen=True, slots=True)
class _Turn:
    """Rules that conclude together: those of one predicate, or of several that rest on each other."""

    rules: tuple[Rule, ...]
    rests_on_itself: bool


class Joiner:
    """Answers by some of one set of rules. Keeps how those that were asked for are joined, and nothing of any claim."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        """``rules`` are stratified, with numbers that are unique among them."""
        self._places = _places(rules)
        self._turns: dict[int, tuple[Sequence[Rule], tuple[_Turn, ...]]] = {}
        self._plans: dict[tuple[int, bool, int], Plan] = {}

    def solve(
        self,
        facts: Iterable[Atom],
        rules: Sequence[Rule],
        watched: Sequence[Rule],
        shown: Iterable[tuple[str, int]] | None,
    ) -> Answer:
        """The answer set of facts and rules, as ``by_clingo.solve`` gives it; ``rules`` are of those given before."""
        relations = Relations(facts)
        told = {rule.number for rule in watched}
        firings: list[Firing] = []
        for turn in self._turns_of(rules):
            has_grown = turn.rests_on_itself
            while has_grown:
                has_grown = any([self._conclude(rule, relations) for rule in turn.rules])
            for rule in turn.rules:
                if rule.number in told:
                    firings.extend(self._fire(rule, relations))
                elif not turn.rests_on_itself:
                    self._conclude(rule, relations)
        names = relations.predicates if shown is None else [name for name, _ in shown]
        atoms = frozenset(Atom(name, row) for name in names for row in relations.rows(name))
        return Answer(atoms, tuple(firings))

    def derive(self, facts: Iterable[Atom], rules: Sequence[Rule]) -> Answer:
        """Every firing of the rules, and all that they conclude."""
        firings = self.solve(facts, rules, rules, ()).firings
        by_number = {rule.number: rule for rule in rules}
        return Answer(frozenset(concluded(by_number[firing.rule], firing) for firing in firings), firings)

    def _conclude(self, rule: Rule, relations: Relations) -> bool:
        """Add what a rule concludes; whether some of it is new."""
        if not rule.needs <= relations.predicates:
            return False
        plan = self._plan(rule, False, relations)
        return relations.add(rule.head.predicate, map(plan.head, plan.rows(relations)))

    def _fire(self, rule: Rule, relations: Relations) -> list[Firing]:
        """Add what a rule concludes; every firing of it."""
        if not rule.needs <= relations.predicates:
            return []
        plan = self._plan(rule, True, relations)
        rows = plan.rows(relations)
        relations.add(rule.head.predicate, map(plan.head, rows))
        return [Firing(rule.number, values) for values in dict.fromkeys(map(plan.values, rows))]

    def _plan(self, rule: Rule, is_watched: bool, relations: Relations) -> Plan:
        # From the smallest table on, the fewest rows are looked through. Where a table is large, each step counts.
        sizes = [(len(relations.rows(predicate)), at) for predicate, at in rule.positive] or [(0, 0)]
        if max(sizes)[0] > _LARGE:
            return plan_rule(rule, is_watched, by_rows(rule, relations))
        smallest = min(sizes)[1]
        key = rule.number, is_watched, smallest
        if key not in self._plans:
            self._plans[key] = plan_rule(rule, is_watched, begun_with(rule, smallest))
        return self._plans[key]

    def _turns_of(self, rules: Sequence[Rule]) -> tuple[_Turn, ...]:
        """The rules in the order in which they conclude. Slices of one shape hold the same rules."""
        if id(rules) not in self._turns:
            if len(self._turns) >= _REMEMBERED:
                self._turns.clear()
            self._turns[id(rules)] = (rules, self._ordered(rules))  # They are kept, so their id stays their own.
        return self._turns[id(rules)][1]

    def _ordered(self, rules: Sequence[Rule]) -> tuple[_Turn, ...]:
        turns: dict[int, list[Rule]] = {}
        for rule in rules:
            turns.setdefault(self._places[rule.head.predicate], []).append(rule)
        heads = {place: {rule.head.predicate for rule in own} for place, own in turns.items()}
        return tuple(
            _Turn(tuple(turns[place]), any(rule.needs & heads[place] for rule in turns[place]))
            for place in sorted(turns)
        )


def _places(rules: Sequence[Rule]) -> dict[str, int]:
    """When each predicate is concluded: after what its rules read, and at once with those that rest on each other."""
    reads: dict[str, set[str]] = {}
    for rule in rules:
        reads.setdefault(rule.head.predicate, set()).update(rule.reads)
    return {predicate: place for place, group in enumerate(strata(reads)) for predicate in group}
