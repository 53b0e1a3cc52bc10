"""The articles' cases: what ``fix`` says of each."""

from __future__ import annotations

import pytest
from tests.python.search.mending import ANOTHER_SITE, answer, claim, line, ways

from claimlogic import KnowledgeBase
from claimlogic.claims.model import GlobalPeriod
from claimlogic.knowledge_base import Options
from claimlogic.search.repair_model import EMPTY, IF_RECORD_SUPPORTS


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase()


# ---- the articles' cases ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["62321", "62323", "62325", "62327"])
def test_e1_guidance_beside_an_epidural_that_includes_it_is_dropped(kb: KnowledgeBase, code: str) -> None:
    result = answer(kb, claim(line(1, code), line(2, "77003")))
    assert ways(result) == [["drop 2"]]
    assert not result.of(IF_RECORD_SUPPORTS)
    assert "imaging guidance is part of the procedure" in result.fixes[0].changes[0].reason


@pytest.mark.parametrize("code", ["64490", "64493"])
def test_e2_guidance_beside_a_facet_injection_is_dropped(kb: KnowledgeBase, code: str) -> None:
    further = str(int(code) + 1)
    result = answer(kb, claim(line(1, code), line(2, further), line(3, "77003")))
    assert ways(result) == [["drop 3"]]
    assert not result.of(IF_RECORD_SUPPORTS)


def test_e3_plain_fluoroscopy_becomes_the_guidance_of_the_central_line(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "36556"), line(2, "76000")))
    assert ways(result) == [["2: 76000 -> 77001"]]
    assert result.fixes[0].lost == ()
    assert not result.of(IF_RECORD_SUPPORTS)


def test_e4_a_deleted_code_without_successor_is_dropped_and_the_hint_is_named(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "76001", date=20250314)))
    assert ways(result) == [["drop 1"]]
    assert result.fixes[0].verdict_after == EMPTY
    assert [(look.line, look.code) for look in result.looks] == [(1, "76000")]


def test_e5_a_missing_report_is_no_matter_of_the_claim(kb: KnowledgeBase) -> None:
    reading = line(2, "77001", modifiers=["26"], undocumented=("signed_report",))
    result = answer(kb, claim(line(1, "36556"), reading, setting="hospital_outpatient"))
    assert ways(result) == [["drop 2"]]
    assert not result.of(IF_RECORD_SUPPORTS)


@pytest.mark.parametrize(("parent", "guidance"), [("36580", "77001"), ("20610", "77002"), ("62273", "77003")])
def test_e6_packaged_guidance_needs_no_fix(kb: KnowledgeBase, parent: str, guidance: str) -> None:
    asked = claim(line(1, parent), line(2, guidance), form="institutional", setting=None, bill_type="131")
    result = answer(kb, asked)
    assert result.verdict != "denied"
    assert not result.fixes


def test_e7_units_over_the_limit_are_reduced_to_it(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "62273"), line(2, "77003", 3)))
    assert ways(result) == [["2: units 1"]]
    assert result.fixes[0].units_given_up == 2


def test_e8_plain_fluoroscopy_beside_the_guidance_is_dropped(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "20610"), line(2, "77002"), line(3, "76000")))
    assert ways(result) == [["drop 3"]]


def test_e14_no_parent_is_invented(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "77002")))
    assert ways(result) == [["drop 1"]]
    assert not result.of(IF_RECORD_SUPPORTS)


@pytest.mark.parametrize(
    ("procedure", "guidance", "fix"),
    [("62323", "77002", "drop 2"), ("20610", "77003", "2: 77003 -> 77002"), ("20610", "77001", "2: 77001 -> 77002")],
)
def test_e15_guidance_in_anothers_place(kb: KnowledgeBase, procedure: str, guidance: str, fix: str) -> None:
    result = answer(kb, claim(line(1, procedure), line(2, guidance)))
    assert ways(result) == [[fix]]
    assert not result.of(IF_RECORD_SUPPORTS)


def test_e16_units_are_one_for_the_encounter_whatever_the_targets(kb: KnowledgeBase) -> None:
    assert ways(answer(kb, claim(line(1, "20610"), line(2, "77002", 3)))) == [["2: units 1"]]


def test_e17_a_modifier_settles_no_units(kb: KnowledgeBase) -> None:
    morning = [line(1, "20610", session="1"), line(2, "77002", session="1")]
    noon = [line(3, "20610", modifiers=["XE"], session="2"), line(4, "77002", modifiers=["XE"], session="2")]
    assert ways(answer(kb, claim(*morning, *noon))) == [["drop 2"], ["drop 4"]]


def test_e18_no_modifier_rescues_guidance_that_the_procedure_includes(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "62323"), line(2, "77002", modifiers=["59"])))
    assert ways(result) == [["drop 2"]]
    assert not result.of(IF_RECORD_SUPPORTS)


def test_e19_a_parent_inside_a_global_period_takes_its_guidance_along(kb: KnowledgeBase) -> None:
    lines = [line(1, "20610", provider="a"), line(2, "77002", provider="a")]
    result = answer(kb, claim(*lines, global_period=GlobalPeriod("64633", 20240812, "a")))
    assert ways(result) == [["drop 1", "drop 2"]]
    assert ways(result, IF_RECORD_SUPPORTS) == [["1: +58"], ["1: +78"], ["1: +79"]]
    assert all(fix.record_must_show for fix in result.of(IF_RECORD_SUPPORTS))


def test_e20_another_site_keeps_what_the_honest_fix_gives_up(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "62323"), line(2, "20610"), line(3, "77002")))
    assert ways(result) == [["drop 1"]]
    assert ways(result, IF_RECORD_SUPPORTS) == [["2: +XS", "3: +XS"]]
    (supported,) = result.of(IF_RECORD_SUPPORTS)
    assert supported.record_must_show == (f"line 2: {ANOTHER_SITE}", f"line 3: {ANOTHER_SITE}")
    assert supported.verdict_after == "payable"


# ---- the code with imaging, and the one without ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("without", "guidance", "with_imaging"),
    [
        ("62322", "77003", "62323"),
        ("62320", "77012", "62321"),
        ("36569", "77001", "36573"),
        ("62270", "77003", "62328"),
    ],
)
def test_guidance_on_the_claim_makes_the_code_with_imaging_right(
    kb: KnowledgeBase, without: str, guidance: str, with_imaging: str
) -> None:
    result = answer(kb, claim(line(1, without), line(2, guidance)))
    assert ways(result) == [[f"1: {without} -> {with_imaging}", "drop 2"]]
    (fix,) = result.fixes
    assert fix.lost == ()
    assert fix.changes[1].inside_line == 1


def test_guidance_that_the_record_refutes_makes_no_code_with_imaging(kb: KnowledgeBase) -> None:
    guidance = line(2, "77003", undocumented=("real_time_fluoroscopy",))
    assert ways(answer(kb, claim(line(1, "62322"), guidance))) == [["drop 2"]]


def test_ultrasound_makes_no_interlaminar_code_with_imaging(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "62322"), line(2, "76942")))
    assert all("62323" not in way for fix in ways(result) for way in fix)


@pytest.mark.parametrize(
    ("code", "without"), [("62323", "62322"), ("62321", "62320"), ("36573", "36569"), ("62328", "62270")]
)
def test_d10_imaging_that_the_record_lacks_makes_the_code_without_it_right(
    kb: KnowledgeBase, code: str, without: str
) -> None:
    result = answer(kb, claim(line(1, code, undocumented=("real_time_guidance",))))
    assert ways(result) == [[f"1: {code} -> {without}"]]


@pytest.mark.parametrize("code", ["27096", "64490"])
def test_d10_without_a_twin_there_is_nothing_to_change_to(kb: KnowledgeBase, code: str) -> None:
    assert ways(answer(kb, claim(line(1, code, undocumented=("real_time_guidance",))))) == [["drop 1"]]


def test_x1_the_article_keeps_the_picc_code_with_its_guidance(kb: KnowledgeBase) -> None:
    asked = claim(line(1, "36569"), line(2, "77001"))
    assert answer(kb, asked).denied == (2,)
    assert not answer(kb, asked, Options(trust="article")).denied
