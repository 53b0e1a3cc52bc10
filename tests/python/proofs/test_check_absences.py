"""The proof checker on what a proof claims absent and on what it counts: both are looked up and counted anew.

Each test has a knowledge base of its own, a few lines long. Whatever a knowledge base or a claim states is given;
whatever a rule concludes is derived; what is both is mixed.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from claimlogic.knowledge.parse import parse_rules
from claimlogic.proofs.check import ProofError, check_proof
from claimlogic.proofs.model import Holds, Lacks, Member, Step

from .worlds import World, atom, facts_of, pattern, with_counts, with_found, with_premises, with_search, without, world

# Absences.


def test_an_absence_claimed_of_a_true_atom_is_refused(pairs: World) -> None:
    proof = pairs.prove("payable(1)")
    step = Step(4, (("L", 2), ("V_1", "b")), (Holds(atom("line(2, b)")), Lacks(pattern("denied", 2))))
    false = replace(
        proof,
        roots=(atom("payable(2)"),),
        steps={atom("payable(2)"): (step,)},
        facts={**proof.facts, atom("line(2, b)"): ()},
    )
    assert "no search for denied(2)" in pairs.refusal(false)
    denied, excused = pattern("denied", 2), pattern("excused", 2)
    assert "denied(2) may follow" in pairs.refusal(with_search(with_search(false, denied), excused))
    assert "denied(2) is not absent" in pairs.refusal(with_search(false, denied, "denied(2)"))


def test_an_absence_of_something_else_is_refused(pairs: World) -> None:
    proof = pairs.prove("payable(4)")
    for other in (pattern("denied", 1), pattern("denied", None), pattern("excused", 4)):
        changed = with_premises(with_search(proof, other), "payable(4)", lambda ps, o=other: [ps[0], Lacks(o)])
        assert not pairs.accepts(changed)


def test_a_search_that_hides_a_derived_atom_is_refused() -> None:
    made = world("far(Y) :- near(X), next(X, Y). near(X) :- here(X). lost(X) :- here(X), not far(b).", "here(1).")
    proof = made.prove("lost(1)")
    assert proof.searches[pattern("near", None)].found == (atom("near(1)"),)
    assert "near(1) may follow" in made.refusal(with_found(proof, pattern("near", None)))


def test_a_search_that_is_missing_is_refused(pairs: World) -> None:
    proof = pairs.prove()
    needed = 0
    for searched in proof.searches:
        if searched.predicate in ("denied", "excused"):
            needed += 1
            assert "no search for" in pairs.refusal(without(proof, searched))
    assert needed > 3


def test_a_search_under_another_pattern_is_refused(pairs: World) -> None:
    proof = pairs.prove("payable(1)")
    search = proof.searches[pattern("denied", 1)]
    changed = replace(proof, searches={**proof.searches, pattern("denied", 2): search})
    assert "this is the search for denied(1)" in pairs.refusal(changed)


def test_a_search_that_found_what_does_not_fit_is_refused(pairs: World) -> None:
    proof = pairs.prove("payable(1)")
    for wrong in ("denied(2)", "excused(1)", "denied(1, 1)"):
        assert "does not fit" in pairs.refusal(with_found(proof, pattern("denied", 1), wrong))


def test_a_search_may_find_too_much_but_nothing_may_rest_on_that() -> None:
    made = world("a(X) :- b(X), item(X). b(X) :- seed(X), good(X). lonely(X) :- seed(X), not a(X).", "seed(1).")
    proof = made.prove("lonely(1)")
    assert made.accepts(with_found(proof, pattern("b", 1), "b(1)")), "item(1) is lacking all the same"
    assert "a(1) is not absent" in made.refusal(with_found(proof, pattern("a", 1), "a(1)"))


def test_a_search_among_given_facts_must_be_exact() -> None:
    made = world("free(X) :- item(X), not tag(X, _).", "item(1). tag(2, a).")
    proof = made.prove("free(1)")
    assert "not all that was found is given" in made.refusal(with_found(proof, pattern("tag", 1, None), "tag(1, b)"))
    assert "tag(2,a) is given, and was not found" in made.refusal(with_search(proof, pattern("tag", 2, None)))


def test_an_absence_that_the_store_disproves_is_refused_although_it_is_not_in_the_slice() -> None:
    made = world("tag(2, a). free(X) :- item(X), not tag(X, _).", "item(1).")
    other = world("tag(1, a). free(X) :- item(X), not tag(X, _).", "item(1).")
    proof = made.prove("free(1)")
    assert made.accepts(proof)
    with pytest.raises(ProofError, match=r"tag\(1,_\) is not absent"):
        check_proof(proof, made.rules, made.claim_facts, other.knowledge.store)


def test_a_fact_that_the_claim_adds_disproves_an_absence() -> None:
    made = world("free(X) :- item(X), not tag(X, _).", "item(1).")
    with pytest.raises(ProofError, match=r"tag\(1,_\) is not absent"):
        check_proof(made.prove("free(1)"), made.rules, facts_of("item(1). tag(1, b)."), made.knowledge.store)


def test_a_circle_without_a_fact_may_be_claimed_absent() -> None:
    made = world("a(X) :- b(X). b(X) :- a(X). b(X) :- seed(X), good(X). lonely(X) :- seed(X), not a(X).", "seed(1).")
    proof = made.prove("lonely(1)")
    assert {pattern("a", 1), pattern("b", 1)} <= proof.searches.keys()
    assert made.accepts(proof)


def test_a_circle_that_a_fact_supports_may_not_be_claimed_absent() -> None:
    rules = "a(X) :- b(X). b(X) :- a(X). b(X) :- seed(X), good(X). lonely(X) :- seed(X), not a(X)."
    proof = world(rules, "seed(1).").prove("lonely(1)")
    supported = world(rules, "seed(1). good(1).")
    assert "b(1) may follow" in supported.refusal(proof)


@pytest.mark.parametrize("hidden", ["claim", "store", "rule"])
def test_a_mixed_predicate_is_absent_only_where_neither_facts_nor_rules_give_it(hidden: str) -> None:
    rules = "parent(a, x). parent(A, P) :- prefers(S), says(S, A, P). orphan(A) :- line(A), not parent(A, _)."
    good = world(f"{rules} says(two, b, y).", "line(b). prefers(one). parent(a, z).")
    proof = good.prove("orphan(b)")
    assert good.accepts(proof)
    match hidden:
        case "claim":
            other = world(f"{rules} says(two, b, y).", "line(b). prefers(one). parent(b, z).")
            reason = "parent(b,z) is given, and was not found"
        case "store":
            other = world(f"{rules} says(two, b, y). parent(b, z).", "line(b). prefers(one). parent(a, z).")
            reason = "parent(b,z) is given, and was not found"
        case _:
            other = world(f"{rules} says(two, b, y).", "line(b). prefers(two). parent(a, z).")
            reason = "parent(b,y) may follow"
    assert reason in other.refusal(proof)


def test_a_mixed_predicate_that_holds_twice_over_is_accepted() -> None:
    made = world("p(1). p(X) :- q(X). r(X) :- p(X), not s(X). s(X) :- p(X), t(X).", "q(1). q(2). t(2).")
    assert [str(a) for a in made.derived()] == ["p(1)", "p(2)", "r(1)", "s(2)"]
    assert made.accepts(made.prove())


def test_what_blocks_a_rule_must_be_proved() -> None:
    rules = """
    excused(X) :- marked(X).
    denied(X) :- bad(X), not excused(X).
    fine(X) :- bad(X), not denied(X).
    """
    made = world(rules, "bad(1). marked(1).")
    proof = made.prove("fine(1)")
    assert made.accepts(proof)
    unproved = replace(proof, steps={a: s for a, s in proof.steps.items() if a != atom("excused(1)")})
    assert "denied(1) may follow" in made.refusal(unproved)
    assert not world(rules, "bad(1). marked(2).").accepts(proof)


def test_rules_in_which_something_rests_on_its_own_absence_prove_nothing() -> None:
    made = world("a(X) :- item(X), not b(X). b(X) :- item(X), c(X).", "item(1).")
    proof = made.prove("a(1)")
    circular = parse_rules("a(X) :- item(X), not b(X). b(X) :- item(X), not a(X).", "kb.lp").rules
    with pytest.raises(ProofError, match="rests on the absence"):
        check_proof(proof, circular, made.claim_facts, made.knowledge.store)


# Aggregates.


def test_a_member_removed_or_added_is_refused(pairs: World) -> None:
    proof = pairs.prove("over(a)")
    fewer = with_counts(proof, "over(a)", lambda c: replace(c, members=c.members[1:]))
    stranger = Member((9, 2), (atom("line(2, b)"), atom("units(2, 9)")))
    more = with_counts(proof, "over(a)", lambda c: replace(c, members=(*c.members, stranger)))
    twice = with_counts(proof, "over(a)", lambda c: replace(c, members=(*c.members, c.members[0])))
    for changed in (fewer, more, twice):
        assert "not the members" in pairs.refusal(changed)


def test_a_member_with_other_reasons_is_refused(pairs: World) -> None:
    proof = pairs.prove("over(a)")
    changed = with_counts(
        proof, "over(a)", lambda c: replace(c, members=(replace(c.members[0], atoms=()), *c.members[1:]))
    )
    assert "for other reasons" in pairs.refusal(changed)


def test_a_wrong_value_guard_or_function_is_refused(pairs: World) -> None:
    proof = pairs.prove("over(a)")
    for changes in ({"value": 4}, {"value": None}, {"guards": ((">", 1),)}, {"guards": ()}, {"function": "#count"}):
        changed = with_counts(proof, "over(a)", lambda c, changes=changes: replace(c, **changes))
        assert "is 3 here" in pairs.refusal(changed)


def test_a_sum_that_the_guard_does_not_accept_is_refused(pairs: World) -> None:
    proof = pairs.prove("over(a)")
    fewer = [f for f in pairs.claim_facts if f != atom("units(5, 1)")]
    changed = replace(proof, facts={f: o for f, o in proof.facts.items() if f != atom("units(5, 1)")})
    with pytest.raises(ProofError, match="that it accepts"):
        check_proof(changed, pairs.rules, fewer, pairs.knowledge.store)


def test_a_member_that_the_claim_adds_is_missed(pairs: World) -> None:
    proof = pairs.prove("over(a)")
    more = [*pairs.claim_facts, *facts_of("line(7, a). units(7, 1).")]
    with pytest.raises(ProofError, match="is not proved"):
        check_proof(proof, pairs.rules, more, pairs.knowledge.store)


def test_a_derived_member_must_be_proved_and_a_derived_stranger_searched_for(pairs: World) -> None:
    proof = pairs.prove("busy")
    assert pairs.accepts(proof)
    assert "no search for denied(_)" in pairs.refusal(without(proof, pattern("denied", None)))
    fewer = with_found(proof, pattern("denied", None), "denied(2)", "denied(6)")
    assert "#count is 2 here" in pairs.refusal(fewer)
    both = with_counts(fewer, "busy", lambda c: replace(c, value=2, members=c.members[::2]))
    assert "denied(3) may follow" in pairs.refusal(both)
    unproved = replace(proof, steps={a: s for a, s in proof.steps.items() if a != atom("denied(3)")})
    assert "denied(3) is not proved" in pairs.refusal(unproved)


def test_an_absence_that_a_count_decides_is_counted_exactly() -> None:
    rules = """
    heavy(C) :- case(C), 4 < #sum { N, I : part(C, I), size(I, N), not void(I) }.
    void(I) :- size(I, _), torn(I).
    light(C) :- case(C), not heavy(C).
    """
    claim = "case(1). part(1, a). part(1, b). size(a, 4). size(b, 3)."
    made = world(rules, f"{claim} torn(b).")
    proof = made.prove("light(1)")
    assert made.accepts(proof)
    whole = world(rules, claim)
    assert not whole.accepts(proof)
    unproved = replace(proof, steps={a: s for a, s in proof.steps.items() if a != atom("void(b)")})
    assert not made.accepts(unproved)
