"""kb cover: fired, decided, and negative conditions seen both ways."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claimlogic.analyst.coverage import CoverReport, RuleCoverage, cover
from claimlogic.cli.analyst import cover_command
from claimlogic.errors import InputError
from claimlogic.reports.lint_cover import cover_json, cover_text

from .conftest import copied


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copied(tmp_path_factory.mktemp("small"), ("rules/ncci/column_two.lp", "rules/includes_guidance.lp"))


@pytest.fixture(scope="module")
def report(small: Path) -> CoverReport:
    return cover(small, processes=1)


def of(report: CoverReport, file: str) -> list[RuleCoverage]:
    return [rule for rule in report.rules if rule.file == file]


def test_a_tested_rule_fires_decides_and_is_seen_both_ways(report: CoverReport) -> None:
    for rule in of(report, "rules/ncci/column_two.lp"):
        assert "rules/ncci/column_two.lp" in rule.fired_by
        assert rule.decided_by == ("rules/ncci/column_two.lp",)
        assert {c.stops for c in rule.conditions} == {("rules/ncci/column_two.lp",)}
        assert rule.seen_both_ways == len(rule.conditions) > 1


def test_a_rule_that_no_test_reaches_is_told(report: CoverReport) -> None:
    rules = of(report, "rules/diagnosis/excludes1.lp")
    assert rules
    assert all(not r.fired_by and not r.decided_by and r.seen_both_ways == 0 for r in rules)
    assert f"{rules[0].file}:{rules[0].line}: {rules[0].head} never fires" in cover_text(report)


def test_firing_is_not_deciding(report: CoverReport) -> None:
    assert [r for r in report.rules if r.fired_by and not r.decided_by]
    assert report.decided < report.fired < 100


def test_of_one_rule_every_test_is_named(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = ("rules/ncci/column_two.lp", "rules/includes_guidance.lp")
    rules = {r.file: r for r in cover(small, "finding", every=True, processes=1).rules}
    assert rules["rules/includes_guidance.lp"].decided_by == ("rules/includes_guidance.lp",)
    pair = next(r for r in cover(small, "judged_by", every=True, processes=1).rules if "practitioner" in r.head)
    assert set(pair.fired_by) == set(both)
    assert pair.decided_by == ("rules/ncci/column_two.lp",)
    assert cover_command(small, "text", None, "includes_guidance") == 0
    told = capsys.readouterr().out
    assert "fires in rules/includes_guidance.lp" in told
    assert "`not guidance_served(C, L)` stops it in rules/includes_guidance.lp" in told
    with pytest.raises(InputError, match="no rule nothing"):
        cover(small, "nothing")


def test_the_same_as_json(report: CoverReport) -> None:
    document = json.loads(cover_json(report))
    assert set(document["percent"]) == {"fired", "decided", "conditions"}
    assert len(document["rules"]) == len(report.rules)


def test_the_command_ends_with_one_below_its_minimum(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cover_command(small, "text", 99.0, "diagnosis_excludes1") == 1
    assert "conditions under `not`" in capsys.readouterr().out
