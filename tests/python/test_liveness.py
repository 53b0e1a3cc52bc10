"""Which rules could fire is told from the shape of facts: their words, and whether the claim touches their codes."""

from __future__ import annotations

from claimlogic.knowledge.liveness import Followed, ground_conditions, live_rules, shape_of
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rules import Rule
from claimlogic.terms import Atom

FOLLOWED = Followed(words={"billed_by": (1,), "believed": (0,)}, codes={"line": (2,), "parent": (0, 1)})
LINES = [Atom("line", ('"c"', 1, '"77002"')), Atom("line", ('"c"', 2, '"20610"'))]


def rules(text: str) -> tuple[Rule, ...]:
    return tuple(parse_rules(text, "a.lp").rules)


def live(text: str, *facts: Atom) -> list[str]:
    given = rules(text)
    groups: dict[str, list[Atom]] = {}
    for fact in (*LINES, *facts):
        groups.setdefault(fact.predicate, []).append(fact)
    shape = shape_of(groups, FOLLOWED, {'"77002"', '"20610"'}, ground_conditions(given))
    return [rule.head.predicate for rule in live_rules(given, shape, FOLLOWED)]


PARENTS = "has_parent(C, L) :- line(C, L, A), parent(A, P), line(C, L2, P)."


def test_a_rule_is_live_where_a_listed_parent_is_on_the_claim() -> None:
    assert live(PARENTS, Atom("parent", ('"77002"', '"20610"'))) == ["has_parent"]


def test_a_rule_is_left_out_where_no_listed_parent_is_on_the_claim() -> None:
    assert live(PARENTS, Atom("parent", ('"77002"', '"20600"'))) == []


def test_what_rests_on_a_rule_that_is_left_out_is_left_out_too() -> None:
    text = PARENTS + " stands(C, L) :- has_parent(C, L). alone(C, L) :- line(C, L, A), not has_parent(C, L)."
    assert live(text, Atom("parent", ('"77002"', '"20600"'))) == ["alone"]


def test_a_code_that_a_rule_names_may_be_on_the_claim() -> None:
    text = 'parent(A, "20600") :- line(C, L, A). ' + PARENTS
    assert live(text) == ["parent", "has_parent"]


def test_a_rule_for_another_word_is_left_out() -> None:
    text = "facility(C) :- billed_by(C, facility). practitioner(C) :- billed_by(C, practitioner)."
    assert live(text, Atom("billed_by", ('"c"', "practitioner"))) == ["practitioner"]


def test_a_condition_without_variables_must_be_a_fact_as_a_whole() -> None:
    text = "a(C) :- line(C, L, A), believed(cms, x1). b(C) :- line(C, L, A), believed(cms, x2)."
    facts = [Atom("believed", ("cms", "x1")), Atom("believed", ("article", "x2"))]
    assert live(text, *facts) == ["a"]
