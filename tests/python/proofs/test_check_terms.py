"""Terms, arithmetic and aggregates of the proof checker are those of clingo."""

from __future__ import annotations

import random

import pytest
from tests.differential.programs import answer_set

from claimlogic.knowledge.rules import Operation
from claimlogic.proofs.check_terms import Fault, compares, ground, total
from claimlogic.terms import OPEN_END, Term, text

TERMS: list[Term] = [
    *(-5, -1, 0, 1, 20250101),
    *("a", "aB", "aa", "ab", "abc", "b", "ba", "zz", OPEN_END),
    *(text(letters) for letters in ("", "a", "a b", "a!", 'a"', "a\\", "a\\n", "a\n", "aa", "b", "é", "10", "9")),
]


def test_terms_compare_as_clingo_compares_them() -> None:
    pairs_of_terms = [(left, right) for left in TERMS for right in TERMS]
    program = "".join(f"t({i},{left},{right}).\n" for i, (left, right) in enumerate(pairs_of_terms))
    for name, operator in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "="), ("ne", "!=")):
        true = solved(f"{program} r(I) :- t(I, X, Y), X {operator} Y. #show r/1.")
        for i, (left, right) in enumerate(pairs_of_terms):
            assert compares(left, operator, right) == (f"r({i})" in true), (name, left, right)


@pytest.mark.parametrize("operator", ["+", "-", "*", "/", "\\"])
def test_arithmetic_is_clingos(operator: str) -> None:
    values: list[Term] = [-7, -2, -1, 0, 1, 2, 7, 30000, "a", text("1"), OPEN_END]
    for left in values:
        for right in values:
            found = ground((Operation(operator, left, right),), {})
            expected = solved(f"r({left} {operator} {right}). #show r/1.")
            assert (set() if found is None else {f"r({found[0]})"}) == expected, (left, right)


@pytest.mark.parametrize("function", ["#sum", "#count", "#min", "#max"])
def test_aggregates_are_clingos(function: str) -> None:
    chance = random.Random(function)
    for _ in range(60):
        members = {(term, chance.randrange(2)) for term in chance.sample(TERMS, chance.randrange(6))}
        program = "".join(f"m({a},{b})." for a, b in members)
        expected = solved(f"{program} r(X) :- X = {function} {{ A, B : m(A, B) }}. #show r/1.")
        assert {f"r({total(function, members)})"} == expected, members


def test_a_number_that_clingo_would_wrap_is_a_fault() -> None:
    for operator, left, right in (("+", 2**31 - 1, 1), ("-", -(2**31), 1), ("*", 2**16, 2**16)):
        with pytest.raises(Fault, match="too large"):
            ground((Operation(operator, left, right),), {})
    with pytest.raises(Fault, match="too large"):
        total("#sum", {(2**31 - 1, 1), (2**31 - 1, 2)})


def solved(program: str) -> set[str]:
    return {str(symbol) for symbol in answer_set(program)}
