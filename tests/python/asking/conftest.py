"""Questions are asked of the whole knowledge base, and clingo answers them too."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from claimlogic.asking.ask import Asker
from claimlogic.asking.program import ASKED, Program
from claimlogic.knowledge.load import Knowledge
from claimlogic.solving.by_clingo import solve
from claimlogic.terms import Atom, Term


@pytest.fixture(scope="session")
def asker(knowledge: Knowledge) -> Asker:
    """The questions that come with claimlogic, over the knowledge base that comes with it."""
    return Asker(knowledge)


@pytest.fixture(scope="session")
def by_clingo(knowledge: Knowledge) -> Callable[..., frozenset[Atom]]:
    """What clingo concludes from a program's rules over the same tables: pairs of the codes asked, all of the rest."""

    def facts_of(predicate: str, codes: Sequence[Term]) -> set[tuple[Term, ...]]:
        arguments = knowledge.vocabulary.predicates[predicate].arguments
        if predicate != "ptp":
            return set(knowledge.store.match(predicate, (None,) * len(arguments)))
        pairs = [knowledge.store.match("ptp", (None, code, None, None, None, None)) for code in codes]
        pairs += [knowledge.store.match("ptp", (None, None, code, None, None, None)) for code in codes]
        return {row for rows in pairs for row in rows}

    def conclude(
        program: Program,
        asked: Sequence[tuple[str, Term]],
        goals: Sequence[tuple[str, int]],
        given: Sequence[Atom] = (),
    ) -> frozenset[Atom]:
        read = frozenset().union(*(rule.reads for rule in program.rules))
        codes = [term for _, term in asked if isinstance(term, str) and term.startswith('"')]
        facts = [Atom(ASKED, pair) for pair in asked] + list(given)
        facts += [Atom(name, row) for name, rows in program.facts.items() for row in rows]
        for predicate in sorted(read & knowledge.store.predicates):
            facts += [Atom(predicate, row) for row in facts_of(predicate, codes)]
        return solve(facts, program.rules, (), goals).atoms

    return conclude
