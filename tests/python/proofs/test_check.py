"""The proof checker: it accepts what the builder proves of a right answer, and refuses a proof that says a false thing.

Each test has a knowledge base of its own, a few lines long. Whatever a knowledge base or a claim states is given;
whatever a rule concludes is derived; what is both is mixed.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge.load import load_knowledge
from claimlogic.knowledge_base import KnowledgeBase
from claimlogic.proofs.check import check_proof
from claimlogic.proofs.model import Compares, Holds, Step

from .worlds import PAIRS, PAIRS_CLAIM, World, atom, pattern, with_premises, with_steps, without, world, written_to

# What is right is accepted.


def test_the_proof_of_all_that_follows_is_accepted(pairs: World) -> None:
    assert {str(a) for a in pairs.derived()} >= {
        "denied(2)",
        "denied(3)",
        "excused(4)",
        "over(a)",
        "busy",
        "payable(4)",
    }
    assert pairs.accepts(pairs.prove())


def test_it_knows_neither_the_solver_nor_the_builder() -> None:
    import ast

    folder = Path(__file__).parents[3] / "python" / "claimlogic" / "proofs"
    imported = set()
    for name in ("check.py", "check_terms.py"):
        for node in ast.walk(ast.parse((folder / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                imported.add(str(node.module))
            elif isinstance(node, ast.Import):
                imported.update(alias.name for alias in node.names)
    barred = ("clingo", "claimlogic.solving", "claimlogic.proofs.build", "claimlogic.knowledge.evaluate")
    assert not [name for name in imported if name.startswith(barred)]


def test_a_knowledge_base_on_disk_serves_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "kb").mkdir()
    knowledge = load_knowledge(written_to(tmp_path / "kb", PAIRS, PAIRS_CLAIM))
    made = world(PAIRS, PAIRS_CLAIM)
    check_proof(made.prove(), knowledge.rules, made.claim_facts, knowledge.store)


def test_a_recursion_that_reaches_a_fact_is_accepted_and_so_are_the_absences_beside_it() -> None:
    made = world(
        """
        edge(a, b). edge(b, c). edge(c, a). edge(d, e). edge(e, d). node(a). node(d). node(e).
        reached(X) :- start(X).
        reached(Y) :- reached(X), edge(X, Y).
        cut_off(X) :- node(X), not reached(X).
        """,
        "start(a).",
    )
    assert [str(a) for a in made.derived() if a.predicate == "cut_off"] == ["cut_off(d)", "cut_off(e)"]
    assert made.accepts(made.prove())


def test_arithmetic_open_ends_and_an_equation_are_worked_out_anew() -> None:
    made = world(
        """
        row(a, 5, #sup). row(b, 1, 3). day(7, 100). day(6, 99).
        valid(X, D) :- row(X, From, To), on(D), From <= D, D <= To.
        eve(D, E) :- on(D), day(D, N), M = N - 1, day(E, M).
        gone(X) :- row(X, _, _), on(D), not valid(X, D).
        """,
        "on(7).",
    )
    assert [str(a) for a in made.derived()] == ["eve(7,6)", "gone(b)", "valid(a,7)"]
    assert made.accepts(made.prove())


def test_words_are_ordered_by_their_letters_and_not_by_their_length() -> None:
    made = world("first(X) :- pair(X, Y), X < Y. none(X) :- pair(X, _), not first(X).", "pair(abc, b). pair(b, abc).")
    assert [str(a) for a in made.derived()] == ["first(abc)", "none(b)"]
    assert made.accepts(made.prove())


def test_a_head_may_calculate() -> None:
    made = world(
        "seen(X) :- item(X). next(X + 1) :- seen(X). missing(X) :- item(X), not next(X).", "item(1). item(2). item(5)."
    )
    proof = made.prove()
    assert {"next(2)", "missing(1)", "missing(5)"} < {str(a) for a in made.derived()}
    assert made.accepts(proof)
    assert "no search for seen(_)" in made.refusal(without(proof, pattern("seen", None)))


def test_an_empty_least_and_greatest_are_accepted() -> None:
    made = world("none :- 3 < #min { N : size(N), N > 9 }. nor :- 3 > #max { N : size(N), N > 9 }.", "size(1).")
    assert [str(a) for a in made.derived()] == ["none", "nor"]
    assert made.accepts(made.prove())


# Facts and roots.


def test_a_root_without_steps_is_refused(pairs: World) -> None:
    proof = replace(pairs.prove("busy"), roots=(atom("denied(5)"),))
    assert "root denied(5)" in pairs.refusal(proof)


def test_a_fact_that_the_claim_does_not_state_is_refused(pairs: World) -> None:
    proof = pairs.prove("over(a)")
    assert "the claim does not say so" in pairs.refusal(replace(proof, facts={**proof.facts, atom("units(5, 9)"): ()}))


def test_a_fact_that_is_not_in_the_store_is_refused(pairs: World) -> None:
    proof = pairs.prove("over(a)")
    origins = proof.facts[atom("limit(a, 2)")]
    assert origins
    for wrong in ("limit(a, 1)", "limit(a)", "limit(a, 2, 2)", "denied(1)", "unheard_of(1)"):
        assert "does not say so" in pairs.refusal(replace(proof, facts={**proof.facts, atom(wrong): origins}))


@pytest.mark.parametrize("field", ["source", "where", "file", "note", "line"])
def test_a_fact_with_a_wrong_place_is_refused(pairs: World, field: str) -> None:
    proof = pairs.prove("over(a)")
    fact = atom("limit(a, 2)")
    wrong = replace(proof.facts[fact][0], **{field: 99 if field == "line" else "elsewhere"})
    assert "does not say so" in pairs.refusal(replace(proof, facts={**proof.facts, fact: (wrong,)}))


def test_a_published_fact_is_not_passed_off_as_the_claims(pairs: World) -> None:
    proof = pairs.prove("over(a)")
    assert "the claim does not say so" in pairs.refusal(replace(proof, facts={**proof.facts, atom("limit(a, 2)"): ()}))


def test_a_fact_that_is_left_out_is_missed(pairs: World) -> None:
    proof = pairs.prove("denied(2)")
    for fact in proof.facts:
        assert not pairs.accepts(replace(proof, facts={f: o for f, o in proof.facts.items() if f != fact}))


# Steps.


def test_a_rule_that_does_not_exist_is_refused(pairs: World) -> None:
    proof = with_steps(pairs.prove("denied(2)"), "denied(2)", lambda step: replace(step, rule=99))
    assert "no such rule" in pairs.refusal(proof)


def test_another_rule_than_the_one_that_fired_is_refused(pairs: World) -> None:
    proof = pairs.prove("denied(2)")
    used = {step.rule for steps in proof.steps.values() for step in steps}
    for rule in pairs.rules:
        if rule.number not in used:
            changed = with_steps(proof, "denied(2)", lambda step, n=rule.number: replace(step, rule=n))
            assert not pairs.accepts(changed)


def test_a_dropped_premise_is_refused(pairs: World) -> None:
    proof = pairs.prove("denied(2)")
    for at in range(5):
        changed = with_premises(proof, "denied(2)", lambda ps, at=at: ps[:at] + ps[at + 1 :])
        assert "conditions" in pairs.refusal(changed)


def test_premises_in_another_order_are_refused(pairs: World) -> None:
    assert not pairs.accepts(with_premises(pairs.prove("denied(2)"), "denied(2)", lambda ps: ps[::-1]))


def test_a_changed_value_is_refused(pairs: World) -> None:
    proof = pairs.prove("denied(2)")
    (step, *_) = proof.steps[atom("denied(2)")]
    for name, _ in step.values:
        for other in (1, 3, "a", "c"):
            values = tuple((n, other if n == name else v) for n, v in step.values)
            if values != step.values:
                assert not pairs.accepts(
                    with_steps(proof, "denied(2)", lambda s, values=values: replace(s, values=values))
                )


def test_a_value_too_few_or_too_many_is_refused(pairs: World) -> None:
    proof = pairs.prove("denied(2)")
    fewer = with_steps(proof, "denied(2)", lambda step: replace(step, values=step.values[1:]))
    more = with_steps(proof, "denied(2)", lambda step: replace(step, values=(*step.values, ("Z", 1))))
    twice = with_steps(proof, "denied(2)", lambda step: replace(step, values=(*step.values, step.values[0])))
    for changed in (fewer, more, twice):
        assert "values are needed for" in pairs.refusal(changed)


def test_a_step_under_another_conclusion_is_refused(pairs: World) -> None:
    proof = pairs.prove("denied(2)")
    changed = replace(proof, steps={**proof.steps, atom("denied(1)"): proof.steps[atom("denied(2)")]})
    assert "concludes something else" in pairs.refusal(changed)


def test_a_false_comparison_is_refused() -> None:
    made = world("big(X) :- size(X, N), N > 3.", "size(a, 4). size(b, 2).")
    proof = made.prove("big(a)")
    (step,) = proof.steps[atom("big(a)")]
    small = replace(step, values=(("N", 2), ("X", "b")), premises=(Holds(atom("size(b, 2)")), Compares(2, ">", 3)))
    changed = replace(proof, roots=(atom("big(b)"),), steps={atom("big(b)"): (small,)}, facts={atom("size(b, 2)"): ()})
    assert "2 > 3 is false" in made.refusal(changed)
    assert not made.accepts(with_premises(proof, "big(a)", lambda ps: [*ps[:1], Compares(5, ">", 3)])), (
        "the comparison must be of the values in the step"
    )


def test_atoms_that_rest_on_each_other_alone_are_refused() -> None:
    made = world("a(X) :- b(X). b(X) :- a(X). b(X) :- seed(X).", "seed(1).")
    good = made.prove("a(1)")
    assert made.accepts(good)
    circle = {
        atom("a(2)"): (Step(0, (("X", 2),), (Holds(atom("b(2)")),)),),
        atom("b(2)"): (Step(1, (("X", 2),), (Holds(atom("a(2)")),)),),
    }
    assert "not proved, unless by itself" in made.refusal(replace(good, roots=(atom("a(2)"),), steps=circle, facts={}))
    beside = replace(good, steps={**good.steps, **circle})
    assert "not proved, unless by itself" in made.refusal(beside), "not even where no root rests on it"


def test_every_step_is_examined_also_where_another_would_do() -> None:
    made = world("a(X) :- p(X). a(X) :- q(X).", "p(1).")
    proof = made.prove("a(1)")
    false = Step(1, (("X", 1),), (Holds(atom("q(1)")),))
    changed = replace(proof, steps={atom("a(1)"): (*proof.steps[atom("a(1)")], false)})
    assert "q(1) is not proved" in made.refusal(changed)


# A claim on the knowledge base itself.


def test_the_whole_proof_of_a_claim_of_two_lines_is_checked_in_less_than_a_tenth_of_a_second() -> None:
    kb = KnowledgeBase(Path(__file__).parents[3] / "kb")
    lines = (Line(1, "62323", 1, 20250314), Line(2, "77003", 1, 20250314, modifiers=("26",)))
    claim = Claim("epidural", "professional", lines, setting="hospital_outpatient", payer="medicare")
    proof = kb.why(claim)
    times = []
    for _ in range(3):
        begun = time.process_time()
        kb.check_proof(claim, proof)
        times.append(time.process_time() - begun)
    assert min(times) < 0.1
