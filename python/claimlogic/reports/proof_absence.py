"""The absence of an atom as a node: what was looked for, and how far each rule came that could have led to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from claimlogic.knowledge.evaluate import value_of
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import AtomPattern, Comparison, Literal, Variable
from claimlogic.proofs.model import Compares, Counts, Holds, NearMiss, Pattern
from claimlogic.reports.nodes import Node, more
from claimlogic.reports.proof_leaves import CODED
from claimlogic.reports.wording import merged_value, noun
from claimlogic.reports.words import counted, day, listed
from claimlogic.terms import Atom, Term, plain

if TYPE_CHECKING:
    from claimlogic.reports.proof_tree import ProofTree


class Absences:
    """Builds the nodes of absences for a tree."""

    def __init__(self, tree: ProofTree, knowledge: Knowledge) -> None:
        self.tree = tree
        self._searches = tree.proof.searches
        self._declared = knowledge.vocabulary.predicates
        self._given = frozenset(p.name for p in self._declared.values() if p.given)
        self._store = knowledge.store

    def absence(self, pattern: Pattern, level: int) -> Node:
        """The absence of everything that fits the pattern, at a level of the tree."""
        node = Node("absence", self.tree.wording.no_evidence(pattern), self._where_looked(pattern))
        misses, places = self._passed_through(pattern)
        if not misses:
            return node
        node = replace(node, tried=places)
        return self.tree.expanded(node, pattern, level, len(misses), lambda: ("because", self._tried(misses, level)))

    def _where_looked(self, pattern: Pattern) -> tuple[str, ...]:
        declared = self._declared.get(pattern.predicate)
        search = self._searches.get(pattern)
        told = []
        if search is not None and search.found:
            others = [self.tree.wording.sentence(atom) for atom in search.found]
            told.append(f"other than: {listed(others, self.tree.bounds.rows)}")
        elif declared is None or not declared.given:
            if search is None or not search.near_misses:
                told.append("no rule says so")
        elif declared.givers == {"claim"}:
            told.append("the claim does not say so")
        else:
            told += ["not among the published facts", *self._list(pattern)]
        return tuple(told)

    def _passed_through(self, pattern: Pattern) -> tuple[Sequence[NearMiss], tuple[str, ...]]:
        """The near misses that count: past a helper that one rule asks for first."""
        search = self._searches.get(pattern)
        misses = search.near_misses if search else ()
        places: list[str] = []
        seen = {pattern}
        while len(misses) == 1 and isinstance(misses[0].failed, Pattern):
            miss, failed = misses[0], misses[0].failed
            below = self._searches.get(failed)
            if failed.predicate in self._given or failed in seen or self._although(miss):
                break
            if below is None or not below.near_misses or below.found:
                break
            seen.add(failed)
            places.append(self.tree.rules[miss.rule].place)
            misses = below.near_misses
        return misses, tuple(places)

    def _tried(self, misses: Sequence[NearMiss], level: int) -> tuple[Node, ...]:
        """The near misses as nodes, what blocks a rule and what came nearest first; those that failed alike in one."""
        groups: dict[tuple[object, ...], list[NearMiss]] = {}
        others = [m for m in misses if not self.tree.leaves.is_same_line(self.tree.rules[m.rule], m)]
        for miss in others or misses:
            failed = miss.failed
            if isinstance(failed, Pattern) and not self._searchable(failed):
                key: tuple[object, ...] = (miss.rule, len(miss.held), failed.predicate)
            else:
                key = (failed, *self._although(miss))
            groups.setdefault(key, []).append(miss)
        nearest = sorted(groups.values(), key=lambda group: -max(map(self._importance, group)))
        limit = self.tree.bounds.branches or len(nearest)
        if len(nearest) > limit:
            # Many rules were tried: each is told with its first reason and no deeper.
            level = max(level, self.tree.bounds.depth - 1)
        nodes: list[Node] = []
        for group in nearest[:limit]:
            nodes.extend(node for node in self._group(group, level) if node not in nodes)
        if len(nearest) > limit:
            nodes.append(more(len(nearest) - limit, "that came less near"))
        return tuple(nodes)

    def _importance(self, miss: NearMiss) -> int:
        return self.tree.nearness.of_miss(miss) + (1000 if isinstance(miss.failed, Holds) else 0)

    def _group(self, group: Sequence[NearMiss], level: int) -> tuple[Node, ...]:
        patterns = list(dict.fromkeys(m.failed for m in group if isinstance(m.failed, Pattern)))
        at = merged_value(patterns) if len(patterns) > 1 else None
        if at is not None and all(pattern.arguments[at] is not None for pattern in patterns):
            return (self._merged(group, patterns, at),)
        if len({(miss.failed, *self._although(miss)) for miss in group}) == 1:
            places = dict.fromkeys(self.tree.rules[miss.rule].place for miss in group)
            node = self._miss(group[0], level)
            return (replace(node, tried=tuple(dict.fromkeys((*places, *node.tried)))),)
        limit = self.tree.bounds.rows or len(group)
        rest = (more(len(group) - limit),) if len(group) > limit else ()
        return (*(self._miss(miss, level) for miss in group[:limit]), *rest)

    def _merged(self, group: Sequence[NearMiss], patterns: Sequence[Pattern], at: int) -> Node:
        """Near misses that wanted the same of different values: "tried 14 codes: ...; none is on the claim"."""
        pattern = patterns[0]
        kinds = self.tree.wording.kinds.of_predicate(pattern.predicate, len(pattern.arguments))
        values = [self.tree.wording.value(kinds[at], p.arguments[at]) for p in patterns]
        named = listed(values, self.tree.bounds.rows)
        declared = self._declared.get(pattern.predicate)
        others = [a for i, a in enumerate(pattern.arguments) if i != at and kinds[i] != "claim"]
        if declared is not None and declared.givers == {"claim"} and kinds[at] in CODED and not any(others):
            sentence = f"tried {counted(len(values), noun(kinds[at]))}: {named}; none is on the claim"
        else:
            opened = Pattern(pattern.predicate, (*pattern.arguments[:at], None, *pattern.arguments[at + 1 :]))
            sentence = f"{self.tree.wording.no_evidence(opened)} (tried {len(values)}: {named})"
        tried_by = (self.tree.rules[group[0].rule].place,)
        return Node("absence", sentence, (), (), tried_by, self._each(group, patterns, at), "of which", True)

    def _each(self, group: Sequence[NearMiss], patterns: Sequence[Pattern], at: int) -> tuple[Node, ...]:
        """The published facts that gave the values, said once: "each is a parent of the add-on 77003"."""
        wanted = {pattern.arguments[at] for pattern in patterns}
        found: dict[tuple[str, int], list[Atom]] = {}
        for held in (held for miss in group for held in self._although(miss)):
            for position, value in enumerate(held.arguments):
                if value in wanted:
                    found.setdefault((held.predicate, position), []).append(held)
        return tuple(
            replace(self.tree.leaves.fact_of_several(atoms, position, "each"), dim=True)
            for (_, position), atoms in sorted(found.items())
            if {atom.arguments[position] for atom in atoms} == wanted
        )

    def _miss(self, miss: NearMiss, level: int) -> Node:
        """One rule that did not fire, by the condition that failed."""
        rule = self.tree.rules[miss.rule]
        out = self.tree.leaves.out_of_force(rule, miss)
        if out is not None:
            return replace(self._out_of_force(*out), tried=(rule.place,))
        match miss.failed:
            case Pattern():
                node = self.absence(miss.failed, level + 1)
                node = replace(node, detail=(*node.detail, *self._looked_for(miss)), dim=True)
            case Holds(atom):
                node = self.tree.atom(atom, level + 1)
            case Compares():
                item = rule.body[len(miss.held)]
                assert isinstance(item, Comparison)
                compared = self.tree.leaves.comparison(miss.failed, item, self.tree.wording.kinds.of_variables(rule))
                assert compared is not None
                node = replace(compared, dim=True)
            case Counts():
                node = self.tree.aggregate(miss.failed, level + 1, dim=True)
        node = replace(node, tried=tuple(dict.fromkeys((rule.place, *node.tried))))
        although = self._although(miss)
        if not although:
            return node
        held = "; ".join(map(self.tree.wording.sentence, although))
        origins = [origin for atom in although for origin in self.tree.leaves.origins_of(atom)]
        detail = (*node.detail, *self.tree.leaves.origins(origins))
        return replace(node, sentence=f"although {held}: {node.sentence}", detail=detail)

    def _out_of_force(self, fact: Atom, on: Term) -> Node:
        span = self.tree.wording.span(fact)
        sentence = f"not in force on {day(on)}: {self.tree.wording.sentence(fact)}"
        detail = (*((span,) if span else ()), *self.tree.leaves.origins(self.tree.leaves.origins_of(fact)))
        return Node("published_fact", sentence, detail, dim=True)

    def _although(self, miss: NearMiss) -> list[Atom]:
        """The published facts with which a rule came as far as it did."""
        held = [p.atom for p in miss.held if isinstance(p, Holds)]
        return [a for a in held if self.tree.leaves.is_published(a) and not self.tree.leaves.is_about_rules(a)]

    def _searchable(self, pattern: Pattern) -> bool:
        search = self._searches.get(pattern)
        return search is not None and bool(search.near_misses)

    def _looked_for(self, miss: NearMiss) -> tuple[str, ...]:
        """The published values that a condition on the claim had to meet: "looked for any of 24, 25 and 39 more"."""
        assert isinstance(miss.failed, Pattern)
        declared = self._declared.get(miss.failed.predicate)
        if declared is None or declared.givers != {"claim"} or miss.failed.arguments.count(None) != 1:
            return ()
        body = self.tree.rules[miss.rule].body
        item = body[len(miss.held)]
        assert isinstance(item, Literal)
        wanted = item.atom.arguments[miss.failed.arguments.index(None)]
        known = dict(miss.values)
        for later in body[len(miss.held) + 1 :]:
            if isinstance(wanted, Variable) and isinstance(later, Literal) and not later.negated:
                values = self._published_values(later.atom, wanted, known)
                if values:
                    return (f"looked for any of {listed(values, self.tree.bounds.rows)}",)
        return ()

    def _published_values(self, atom: AtomPattern, wanted: Variable, known: Mapping[str, Term]) -> list[str]:
        if atom.predicate not in self._store.predicates or wanted not in atom.arguments:
            return []
        bound = [value_of(argument, known) for argument in atom.arguments]
        at = atom.arguments.index(wanted)
        kinds = self.tree.wording.kinds.of_predicate(atom.predicate, len(bound))
        return sorted({self.tree.wording.value(kinds[at], row[at]) for row in self._store.match(atom.predicate, bound)})

    def _list(self, pattern: Pattern) -> tuple[str, ...]:
        """The published list in which a code is not: all values that stand in its place."""
        declared = self._declared.get(pattern.predicate)
        if declared is None or pattern.predicate not in self._store.predicates:
            return ()
        coded = [at for at, kind in enumerate(declared.kinds) if kind in CODED and pattern.arguments[at] is not None]
        if len(coded) < 2 and not (coded and declared.kinds[coded[0]] == "modifier"):
            return ()
        at = coded[-1]
        rows = self._store.match(pattern.predicate, [None if i == at else a for i, a in enumerate(pattern.arguments)])
        values = sorted({plain(row[at]) for row in rows})
        if not values:
            return ()
        size = counted(len(values), noun(declared.kinds[at]))
        return (f"the list has {size}: {listed(values, self.tree.bounds.rows)}",)
