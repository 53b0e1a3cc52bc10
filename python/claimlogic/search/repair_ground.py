"""A grounded search that knows which of its choices bear on one another.

Two choices are apart where no rule, however indirectly, carries one to a constraint or a cost that the other reaches
as well. That is read off the grounded rules themselves, so it holds for rules that nobody has thought of yet: pairs,
parents, units of a day, whatever the knowledge base comes to say. Answers to parts that are apart multiply, so each
part is answered alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import clingo

from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.symbols import symbol_term
from claimlogic.search.program import Assumption, Deadline, Found, Search
from claimlogic.terms import Atom

_SHORT = 0.25
"""Seconds."""


class PartedSearch(Search):
    """A search that can be taken apart.

    ``choices`` are the predicates (name, arity) among which it chooses; ``assumed`` names atoms that are settled before
    each question, through which therefore nothing bears on anything.
    """

    def __init__(
        self,
        facts: Iterable[Atom],
        rules: Iterable[Rule],
        queries: Iterable[str],
        shown: Sequence[tuple[str, int]],
        choices: Collection[tuple[str, int]],
        assumed: Collection[str] = (),
    ) -> None:
        """As for ``Search``."""
        self._choices = choices
        self._assumed = assumed
        self._ground = _Ground()
        super().__init__(facts, rules, queries, shown, self._ground)

    def smallest(self, limit: int, deadline: Deadline, assumptions: Sequence[Assumption]) -> Found:
        """Every optimal model, or as many as ``limit``; where the time runs out, the best that were found.

        The search from below gets to the end of nearly all, but shows little on its way. So where time is limited a
        short search from above comes first, which leaves something to show whatever happens.
        """
        left = deadline.left()
        if left is None:
            return self._by("usc,oll", limit, deadline, assumptions)
        above = self._by("bb,lin", 1, Deadline(min(_SHORT, left / 4)), assumptions)
        below = self._by("usc,oll", limit, deadline, assumptions)
        if below.proven or not above.models:
            return below
        return below if below.models and below.models[0].cost < above.models[0].cost else above

    def _by(self, strategy: str, limit: int, deadline: Deadline, assumptions: Sequence[Assumption]) -> Found:
        self._control.configuration.solver.opt_strategy = strategy  # type: ignore[union-attr]
        return self.best(limit, deadline, assumptions)

    def parts(self) -> list[frozenset[Atom]]:
        """The choices that may hold, each with those that bear on it; a fixed order."""
        settled = {
            entry.literal for name in self._assumed for entry in self._control.symbolic_atoms.by_signature(name, 0)
        }
        roots = self._ground.components(settled)
        found: dict[int, set[Atom]] = {}
        for name, arity in self._choices:
            for entry in self._control.symbolic_atoms.by_signature(name, arity):
                if not entry.is_fact and entry.literal in roots:
                    atom = Atom(name, tuple(symbol_term(argument) for argument in entry.symbol.arguments))
                    found.setdefault(roots[entry.literal], set()).add(atom)
        return sorted((frozenset(part) for part in found.values()), key=lambda part: sorted(map(str, part)))


class _Ground(clingo.Observer):
    """The grounded rules, as far as atoms go together in them."""

    def __init__(self) -> None:
        self._rules: list[tuple[Sequence[int], list[int]]] = []
        self._aims: list[int] = []
        self._facts: set[int] = set()

    def rule(self, choice: bool, head: Sequence[int], body: Sequence[int]) -> None:
        """A rule, a choice or a constraint."""
        if body or choice:
            self._rules.append((head, [abs(literal) for literal in body]))
        else:
            self._facts.update(head)

    def weight_rule(self, choice: bool, head: Sequence[int], lower_bound: int, body: Sequence[tuple[int, int]]) -> None:
        """A rule with a weighted body, as aggregates make it."""
        self._rules.append((head, [abs(literal) for literal, _ in body]))

    def minimize(self, priority: int, literals: Sequence[tuple[int, int]]) -> None:
        """What costs something."""
        self._aims.extend(abs(literal) for literal, _ in literals)

    def components(self, settled: set[int]) -> dict[int, int]:
        """For each atom on which a constraint or a cost rests, a number that it shares with what it bears on.

        ``settled`` atoms carry nothing, as facts do not.
        """
        fixed = self._facts | settled
        by_head: dict[int, list[int]] = {}
        for number, (head, _) in enumerate(self._rules):
            for atom in head:
                by_head.setdefault(atom, []).append(number)
        united = _Union()
        seen: set[int] = set()
        used: set[int] = set()
        waiting = [*self._aims]
        for head, body in self._rules:
            if not head:
                united.join([atom for atom in body if atom not in fixed])
                waiting.extend(body)
        while waiting:
            atom = waiting.pop()
            if atom in seen:
                continue
            seen.add(atom)
            for number in by_head.get(atom, ()):
                if number not in used:
                    used.add(number)
                    head, body = self._rules[number]
                    united.join([other for other in (*head, *body) if other not in fixed])
                    waiting.extend(body)
        return {atom: united.root(atom) for atom in seen}


class _Union:
    """Sets of atoms that grow together."""

    def __init__(self) -> None:
        self._parent: dict[int, int] = {}

    def root(self, atom: int) -> int:
        parent = self._parent
        while (above := parent.setdefault(atom, atom)) != atom:
            parent[atom] = atom = parent[above]
        return atom

    def join(self, atoms: Sequence[int]) -> None:
        if atoms:
            first = self.root(atoms[0])
            for atom in atoms[1:]:
                self._parent[self.root(atom)] = first
