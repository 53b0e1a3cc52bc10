"""The scenarios answer as their folders say, and every answer's proof passes the checker."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic import KnowledgeBase
from claimlogic.analyst.scenarios import read_scenario, run_expectation

SCENARIOS = Path(__file__).parent.parent / "scenarios"
FOLDERS = sorted(p.parent for p in SCENARIOS.glob("*/expected.yaml"))


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase(SCENARIOS.parent / "kb")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_the_scenario_comes_out_as_told_and_its_proofs_hold(folder: Path, kb: KnowledgeBase) -> None:
    for expected in read_scenario(folder):
        claim, _, words = run_expectation(kb, expected)
        assert not words, "\n".join(words)
        kb.check_proof(claim, kb.why(claim, options=expected.options), expected.options)


def test_each_case_of_the_articles_has_a_scenario() -> None:
    numbers = {folder.name.split("_")[0] for folder in FOLDERS}
    assert {f"e{n:02}" for n in range(1, 23)} <= numbers


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.name)
def test_a_scenario_tells_its_story(folder: Path) -> None:
    assert len((folder / "README.md").read_text(encoding="utf-8").split()) > 20
