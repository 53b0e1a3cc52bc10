"""Every rule file has its test file, at the same path, and each says what it should."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic.analyst.cases import RULE_TESTS
from claimlogic.analyst.rule_tests import dispute_of, polarity, rule_of, run_rule_test
from claimlogic.knowledge.load import Knowledge

ROOT = Path(__file__).parent.parent
RULES = ROOT / "kb" / "rules"
TESTS = ROOT / "tests" / "rules"
OTHER_TESTS = [p for kind in RULE_TESTS if kind != "rules" for p in sorted((ROOT / "tests" / kind).rglob("*.lp"))]


def _below(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*.lp"))


def test_each_rule_file_has_a_test_file_and_no_test_file_lacks_its_rule() -> None:
    assert _below(RULES) == _below(TESTS)


@pytest.mark.parametrize("name", _below(TESTS))
def test_the_rule_says_what_its_test_file_expects(name: str, rules_without_tables: Knowledge) -> None:
    differences = run_rule_test(rules_without_tables, TESTS / name, rule_of(name))
    assert not differences, "\n".join(d.words for d in differences)


@pytest.mark.parametrize("name", _below(TESTS))
def test_a_test_file_has_a_claim_that_fires_and_one_that_does_not(name: str) -> None:
    assert polarity(TESTS / name, rule_of(name)) == (True, True)


@pytest.mark.parametrize("path", OTHER_TESTS, ids=lambda p: p.name)
def test_what_rules_rest_on_disputes_and_overlays_answer_as_stated(path: Path, rules_without_tables: Knowledge) -> None:
    dispute = dispute_of(path.name) if path.parent.name == "disputes" else ""
    differences = run_rule_test(rules_without_tables, path, None, dispute)
    assert not differences, "\n".join(d.words for d in differences)
