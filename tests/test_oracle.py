"""Pairs and add-ons come out as an independent implementation of CMS's outpatient code editor has them."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest
from benchmarks.oracle import claim_of

from claimlogic import KnowledgeBase

ROOT = Path(__file__).parent.parent
CASES = ROOT / "tests" / "samples" / "oracle" / "cases.json.xz"
INDICATORS = {0: "never", 1: "with_modifier"}


def read_cases() -> list[dict[str, Any]]:
    with lzma.open(CASES, "rt", encoding="utf-8") as text:
        return json.load(text)


def day(value: str | None, open_end: str) -> str:
    return value.replace("-", "") if value else open_end


def facts_of(case: dict[str, Any]) -> str:
    """The table rows that a case brings, as facts."""
    facts = []
    for row in case["facts"]["ptp"]:
        since, until = day(row["effective_from"], "20190701"), day(row["effective_to"], "#sup")
        indicator = INDICATORS[row["modifier_indicator"]]
        facts.append(f'ptp(hospital, "{row["col1"]}", "{row["col2"]}", {indicator}, {since}, {until}).')
    for code, kind in case["facts"]["addon_type"].items():
        facts.append(f'addon("{code}", {kind}, 20130401, #sup).')
    for row in case["facts"]["addon"]:
        since, until = day(row["effective_from"], "20130401"), day(row["effective_to"], "#sup")
        facts.append(f'addon_parent("{row["addon"]}", "{row["primary"]}", {since}, {until}).')
    return "\n".join(facts)


@pytest.mark.parametrize("case", read_cases(), ids=lambda case: case["id"])
def test_the_same_lines_are_refused_for_pairs_and_add_ons(case: dict[str, Any], tmp_path: Path) -> None:
    facts = tmp_path / "facts.lp"
    facts.write_text(facts_of(case))
    result = KnowledgeBase(ROOT / "kb", facts).check(claim_of(case["claim"]))
    if case["expected"]["rejected_whole"]:
        return  # The program edits no line of a claim that it rejects as a whole.
    for line, theirs in zip(result.lines, case["expected"]["lines"], strict=True):
        rules = {finding.rule for finding in line.findings}
        assert ("ncci_column_two" in rules) == bool({"020", "040"} & set(theirs["edits"])), line
        if {"106", "107", "108"} & set(theirs["edits"]):
            assert line.verdict == "denied", line
        else:
            assert "addon_orphaned" not in rules, line
