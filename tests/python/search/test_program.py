"""The search program: optimal models, assumptions, minimal cores, time limits; and the query files themselves."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clingo import ast

from claimlogic.knowledge.load import Knowledge
from claimlogic.search.program import Deadline, Search, query_text
from claimlogic.terms import Atom

QUERIES = Path(__file__).parents[3] / "queries"
FILES = ["allowed", "encounter", "fitting", "largest", "modifiers", "supposing", "whynot"]

# What a claim, a record or an encounter gives, and what a search may therefore choose.
CHOSEN = {"line", "units", "modifier", "documented", "undocumented", "on_date"}

SHOWN = [("in", 1)]
PICK = "{ in(X) : n(X) }. out(X) :- n(X), not in(X). :- in(0), in(1). #minimize { 1, X : out(X) }."

# Twelve pigeons and eleven holes: no solver is done with it before the deadline is asked for.
PIGEONS = "1 { in(H, P) : H = 1..11 } 1 :- P = 1..12. :- in(H, P), in(H, Q), P < Q."


def picked(models: tuple[object, ...]) -> list[list[int]]:
    return [[arguments[0] for arguments in model.of("in")] for model in models]  # type: ignore[attr-defined]


@pytest.fixture
def search() -> Search:
    return Search([Atom("n", (i,)) for i in range(3)], [], [PICK], SHOWN)


def test_every_optimal_model_is_found_in_a_fixed_order(search: Search) -> None:
    found = search.best()
    assert picked(found.models) == [[0, 2], [1, 2]]
    assert (found.proven, found.complete) == (True, True)


def test_a_limit_is_told(search: Search) -> None:
    found = search.best(limit=1)
    assert len(found.models) == 1
    assert (found.proven, found.complete) == (True, False)


def test_assumptions_hold_for_one_question_only(search: Search) -> None:
    assert picked(search.best(assumptions=[(Atom("in", (0,)), False)]).models) == [[1, 2]]
    assert len(search.best().models) == 2


def test_every_model_and_what_is_possible(search: Search) -> None:
    assert len(search.every().models) == 6
    assert {atom.arguments[0] for atom in search.possible()} == {0, 1, 2}
    assert {atom.arguments[0] for atom in search.possible(assumptions=[(Atom("in", (0,)), True)])} == {0, 2}


def test_a_core_is_minimal(search: Search) -> None:
    assumed = [Atom("in", (2,)), Atom("in", (0,)), Atom("in", (1,))]
    assert search.smallest_core(assumed) == (Atom("in", (0,)), Atom("in", (1,)))
    assert search.smallest_core(assumed[:2]) is None


def test_out_of_time_is_neither_proven_nor_complete() -> None:
    found = Search([], [], [PIGEONS], [("in", 2)]).best(deadline=Deadline(0.0))
    assert (found.proven, found.complete) == (False, False)


def test_no_model_is_an_answer_too() -> None:
    found = Search([], [], ["in(1). :- in(1)."], SHOWN).best()
    assert (found.models, found.proven) == ((), True)


@pytest.mark.parametrize("name", FILES)
def test_a_query_begins_with_what_it_searches(name: str) -> None:
    whole = (QUERIES / f"{name}.lp").read_text(encoding="utf-8")
    assert re.match(r"%%% [A-Z]", whole)
    assert max(map(len, whole.splitlines())) <= 130


@pytest.mark.parametrize("name", FILES)
def test_a_query_concludes_nothing_that_the_rules_conclude(name: str, knowledge: Knowledge) -> None:
    of_rules = {(rule.head.predicate, len(rule.head.arguments)) for rule in knowledge.rules}
    for head, arity in _heads(query_text(name)):
        assert head in CHOSEN or (head, arity) not in of_rules, f"{head}/{arity} is concluded by kb/ as well"
        assert head not in CHOSEN or (head, arity) in of_rules | _given(knowledge)


def _given(knowledge: Knowledge) -> set[tuple[str, int]]:
    return {(p.name, len(p.arguments)) for p in knowledge.vocabulary.predicates.values()}


def _heads(query: str) -> set[tuple[str, int]]:
    found: set[tuple[str, int]] = set()

    def note(node: ast.AST) -> None:
        if node.ast_type == ast.ASTType.Rule:
            head = node.head
            literals = [e.literal for e in head.elements] if head.ast_type == ast.ASTType.Aggregate else [head]
            for literal in literals:
                if literal.atom.ast_type == ast.ASTType.SymbolicAtom:
                    symbol = literal.atom.symbol
                    found.add((symbol.name, len(symbol.arguments)))

    ast.parse_string(query, note)
    return found


def test_every_query_is_tested() -> None:
    mine = {path.stem for path in QUERIES.glob("*.lp")} - {"repair"}
    assert mine >= set(FILES)
