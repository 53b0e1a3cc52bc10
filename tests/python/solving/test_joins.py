"""Joins give what clingo gives: on small random programs, on what is easily wrong, and firing by firing."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from tests.differential.programs import EASILY_WRONG, by_clingo, programs

from claimlogic.errors import InputError
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rules import Rule, written
from claimlogic.solving import joins, planning
from claimlogic.solving.answer import Answer, concluded
from claimlogic.solving.by_clingo import solve
from claimlogic.solving.joins import Joiner
from claimlogic.solving.relations import Relations
from claimlogic.terms import Atom


def read(text: str) -> tuple[list[Atom], tuple[Rule, ...]]:
    parsed = parse_rules(text, "test.lp")
    return [fact.atom for fact in parsed.facts], parsed.rules


def joined(text: str, watched: bool = False) -> Answer:
    facts, rules = read(text)
    return Joiner(rules).solve(facts, rules, rules if watched else (), None)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(programs())
def test_joins_give_what_clingo_gives(text: str) -> None:
    assert {str(atom) for atom in joined(text).atoms} == by_clingo(text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(programs())
def test_the_same_where_each_table_counts_as_large(text: str) -> None:
    with mock.patch.object(joins, "_LARGE", 0):
        assert {str(atom) for atom in joined(text).atoms} == by_clingo(text)


def test_conditions_are_taken_so_that_each_finds_few_rows() -> None:
    text = "".join(f"edge({n}, {n % 50}). step({n}, {n + 1}). " for n in range(200))
    facts, (rule,) = read(f"{text} start(7). end(X, Z) :- edge(Y, Z), step(X, Y), start(X).")
    body = planning.by_rows(rule, Relations(facts))
    assert [written(item) for item in body] == ["start(X)", "step(X, Y)", "edge(Y, Z)"]


@pytest.mark.parametrize("text", EASILY_WRONG)
def test_the_same_on_what_is_easily_wrong(text: str) -> None:
    assert {str(atom) for atom in joined(text).atoms} == by_clingo(text)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(programs())
def test_the_same_rules_fire_with_the_same_values(text: str) -> None:
    facts, rules = read(text)
    firings = joined(text, watched=True).firings
    assert len(set(firings)) == len(firings)
    assert set(firings) == set(solve(facts, rules, rules, None).firings)


def test_a_firing_holds_every_variable_in_the_order_of_the_rule_and_the_sum_that_a_label_tells() -> None:
    text = """
line(1, 2). line(2, 5). limit(6).
% @label("{} units, {} allowed", (#sum, Most))
over(Most) :- limit(Most), #sum { U, L : line(L, U) } > Most.
"""
    (firing,) = joined(text, watched=True).firings
    (rule,) = read(text)[1]
    assert (rule.variables, firing.values) == (("Most",), (6, 7))
    assert concluded(rule, firing) == Atom("over", (6,))


def test_only_what_is_asked_for_is_shown_and_only_the_watched_rules_tell_their_firings() -> None:
    facts, rules = read("n(1). n(2). a(X) :- n(X), X > 1. b(X) :- a(X).")
    answer = Joiner(rules).solve(facts, rules, rules[1:], [("b", 1)])
    assert answer.atoms == {Atom("b", (2,))}
    assert [firing.rule for firing in answer.firings] == [rules[1].number]


def test_rules_that_are_left_out_conclude_nothing() -> None:
    facts, rules = read("n(1). a(X) :- n(X). a(X + 1) :- n(X). b(X) :- a(X).")
    answer = Joiner(rules).solve(facts, rules[1:], (), [("b", 1)])
    assert answer.atoms == {Atom("b", (2,))}


def test_what_is_asked_twice_of_one_joiner_holds_nothing_of_the_first_time() -> None:
    facts, rules = read("n(1). a(X) :- n(X), not m(X).")
    joiner = Joiner(rules)
    assert joiner.solve(facts, rules, (), [("a", 1)]).atoms == {Atom("a", (1,))}
    assert joiner.solve([*facts, Atom("m", (1,))], rules, (), [("a", 1)]).atoms == frozenset()


def test_a_condition_with_arithmetic_is_looked_up_once_its_variables_have_values() -> None:
    text = "n(1). n(2). next(X) :- m(X + 1), n(X). m(2)."
    assert {str(atom) for atom in joined(text).atoms} == by_clingo(text)
    with pytest.raises(InputError, match=r"test.lp:1: .*bind it"):
        read("next(X) :- m(X + 1).")
