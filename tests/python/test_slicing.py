"""A slice leaves out only what cannot bear: the answer is the same as with every fact and every rule."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from claimlogic.analyst.scenarios import read_scenario
from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge_base import KnowledgeBase
from claimlogic.solving.by_clingo import solve
from claimlogic.solving.judge import SHOWN, Judge
from claimlogic.terms import Atom

ROOT = Path(__file__).parent.parent.parent
SCENARIOS = sorted(p.parent for p in (ROOT / "scenarios").glob("*/expected.yaml"))


def everything(knowledge: Knowledge) -> list[Atom]:
    """Every curated fact of the knowledge base."""
    arities = {name: len(p.arguments) for name, p in knowledge.vocabulary.predicates.items()}
    return [
        Atom(predicate, arguments)
        for predicate in sorted(knowledge.store.predicates)
        for arguments in knowledge.store.match(predicate, [None] * arities[predicate])
    ]


@pytest.fixture(scope="module")
def claims() -> list[tuple[Claim, str | None]]:
    kb = KnowledgeBase(ROOT / "kb")
    return [(kb.read(e.claim)[0], e.options.trust) for folder in SCENARIOS for e in read_scenario(folder)]


def test_a_slice_of_facts_and_rules_answers_as_the_whole_does(
    rules_without_tables: Knowledge, claims: list[tuple[Claim, str | None]]
) -> None:
    judge = Judge(rules_without_tables)
    whole = everything(rules_without_tables)
    for claim, trust in claims:
        facts = claim_facts(claim, "c") + ([Atom("trust", (trust,))] if trust else [])
        sliced = judge.answer(facts)
        unsliced = solve([*facts, *whole], rules_without_tables.rules, (), SHOWN)
        told = {a for a in unsliced.atoms if a.predicate not in ("prevails",)}
        assert {a for a in sliced.atoms if a.predicate not in ("prevails",)} == told, claim.id


def test_claims_judged_together_get_the_answers_that_they_get_alone(claims: list[tuple[Claim, str | None]]) -> None:
    kb = KnowledgeBase(ROOT / "kb")
    every = [claim for claim, trust in claims if trust is None]
    assert list(kb.check_all(every)) == [kb.check(claim) for claim in every]


def test_many_claims_are_answered_in_their_order_whatever_their_size() -> None:
    kb = KnowledgeBase(ROOT / "kb")
    line = Line(number=1, code="62323", units=1, date=20240815)
    large = tuple(replace(line, number=n) for n in range(1, 251))
    many = [Claim(f"claim-{n}", "professional", large if n == 3 else (line,), setting="office") for n in range(7)]
    assert [result.claim for result in kb.check_all(many)] == [claim.id for claim in many]
    assert list(kb.check_all([])) == []
