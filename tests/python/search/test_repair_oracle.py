"""Claims whose largest payable sets of lines were found by trying every subset (tests/samples/repair)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim, Line
from claimlogic.search.repair import fixes
from claimlogic.search.repair_model import HONEST, Limits
from claimlogic.terms import Atom, text

SAMPLES = Path(__file__).parents[2] / "samples" / "repair" / "ioce_ptp_repair.json"
CASES: list[dict[str, Any]] = json.loads(SAMPLES.read_text(encoding="utf-8"))

INDICATORS = {0: "never", 1: "with_modifier"}
BEFORE_ALL = "2000-01-01"


def day(written: str) -> int:
    return int(written.replace("-", ""))


def facts_of(case: dict[str, Any]) -> str:
    """The pairs of a case as a file of facts for one run."""
    pairs = (
        Atom(
            "ptp",
            (
                "hospital",
                text(column_one),
                text(column_two),
                INDICATORS[indicator],
                day(first or BEFORE_ALL),
                day(last) if last else "#sup",
            ),
        )
        for column_one, column_two, indicator, first, last in case["ptp"]
    )
    return "".join(f"{pair}.\n" for pair in pairs)


def claim_of(case: dict[str, Any]) -> Claim:
    lines = tuple(Line(number, code, 1, day(case["date"])) for number, code in enumerate(case["codes"], start=1))
    return Claim(
        id=case["id"],
        form="institutional",
        lines=lines,
        bill_type=case["bill_type"],
        opps=case["opps"],
        patient_age=case["age"],
    )


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    """The knowledge base with the pairs of every case: no case gains a pair by another, for each has all of its own."""
    path = tmp_path_factory.mktemp("facts") / "pairs.lp"
    path.write_text("".join(dict.fromkeys("".join(map(facts_of, CASES)).splitlines(keepends=True))), encoding="utf-8")
    return KnowledgeBase(facts=path)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_the_honest_fixes_are_the_largest_sets_of_lines(kb: KnowledgeBase, case: dict[str, Any]) -> None:
    result = fixes(kb, claim_of(case), limits=Limits(max_fixes=50))
    codes = dict(enumerate(case["codes"], start=1))
    kept = set()
    for fix in result.of(HONEST):
        assert {change.op for change in fix.changes} == {"drop_line"}
        kept.add(frozenset(codes[n] for n in codes.keys() - {change.line for change in fix.changes}))
    assert kept == {frozenset(found) for found in case["keep_sets"]}
    assert {len(found) for found in kept} == {case["kept"]}
    assert result.refused == 0
    assert result.proven


def test_one_case_brings_its_own_pairs_as_a_file(tmp_path: Path) -> None:
    case = CASES[0]
    path = tmp_path / "pairs.lp"
    path.write_text(facts_of(case), encoding="utf-8")
    result = fixes(KnowledgeBase(facts=path), claim_of(case))
    assert len(result.of(HONEST)) == len(case["keep_sets"])
    assert [str(fact) + "." for fact in result.added_facts] == facts_of(case).splitlines()


def test_cycles_that_do_not_bear_on_one_another_are_not_multiplied_out(tmp_path: Path) -> None:
    cycles = 12
    codes = [[f"{letter}{number:04}" for letter in "XYZ"] for number in range(cycles)]
    pairs = [(one, other) for a, b, c in codes for one, other in ((a, b), (b, c), (c, a))]
    path = tmp_path / "cycles.lp"
    path.write_text("".join(f'ptp(hospital,"{a}","{b}",never,20190701,#sup).\n' for a, b in pairs), encoding="utf-8")
    lines = tuple(
        Line(number, code, 1, 20260215) for number, code in enumerate([c for three in codes for c in three], start=1)
    )
    asked = Claim(id="cycles", form="institutional", lines=lines, bill_type="131")
    result = fixes(KnowledgeBase(facts=path), asked)
    assert result.proven
    assert len(result.groups) == cycles
    assert [(len(fix.lost), fix.cost) for fix in result.of(HONEST)] == [(2 * cycles, 2 * cycles)] * 20
    (more,) = result.more
    assert more.fixes == 3**cycles - 20
    assert more.counted
