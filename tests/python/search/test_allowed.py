"""Allowed code sets: the articles' cases, the decision diagram and the ranking."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.search.allowed import allowed
from claimlogic.search.answers import AllowedResult, CodeSet

ARTICLE = Options(trust="article")
EPIDURAL = {"procedure": "interlaminar_epidural", "region": "lumbar", "imaging": "fluoroscopy"}
KNEE = {"procedure": "joint_injection", "joint": "knee", "imaging": "fluoroscopy"}
PICC = {"procedure": "picc", "imaging": "fluoroscopy"}
BIOPSY = {"procedure": "soft_tissue_biopsy", "region": "thorax", "imaging": "fluoroscopy"}
TUBE = {"procedure": "nasoenteric_tube", "imaging": "fluoroscopy"}
FACET = {"procedure": "facet_injection", "region": "cervical", "levels": 2, "imaging": "fluoroscopy"}


def codes(one: CodeSet) -> list[str]:
    """The lines of a set as one writes them: code, modifiers, and units past one."""
    return ["-".join((n.code, *n.modifiers)) + (f" x{n.units}" if n.units > 1 else "") for n in one.lines]


def best(result: AllowedResult) -> list[list[str]]:
    """The best sets as one writes them."""
    return [codes(one) for one in result.sets]


def ways(result: AllowedResult) -> dict[tuple[tuple[str, tuple[str, ...]], ...], list[list[str]]]:
    """The alternatives: what is told, and the best sets then."""
    return {
        tuple((c.feature, c.words) for c in way.conditions): [codes(one) for one in way.sets]
        for way in result.alternatives
    }


# ---- the articles' cases ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", ["office", "hospital_outpatient"])
def test_e9_a_picc_under_fluoroscopy_is_one_code(kb: KnowledgeBase, encounter: Any, setting: str) -> None:
    assert best(allowed(kb, encounter(PICC, setting=setting))) == [["36573"]]
    assert best(allowed(kb, encounter(PICC, setting=setting, patient_age=3))) == [["36572"]]


def test_e9_the_article_reports_the_guidance_apart(kb: KnowledgeBase, encounter: Any) -> None:
    assert best(allowed(kb, encounter(PICC), ARTICLE)) == [["36569", "77001"]]
    assert best(allowed(kb, encounter(PICC, setting="hospital_outpatient"), ARTICLE)) == [["36569", "77001-26"]]
    both = allowed(kb, encounter(PICC, setting="hospital_outpatient", billing="both"), ARTICLE)
    assert [(one.billing, codes(one)) for one in both.sets] == [
        ("professional", ["36569", "77001-26"]),
        ("facility", ["36569", "77001"]),
    ]


@pytest.mark.parametrize("options", [None, ARTICLE])
def test_e10_a_lumbar_epidural_under_fluoroscopy_is_one_code(
    kb: KnowledgeBase, encounter: Any, options: Options | None
) -> None:
    result = allowed(kb, encounter({**EPIDURAL, "contrast": True}), options)
    assert best(result) == [["62323"]]
    assert not result.sets[0].left_out


@pytest.mark.parametrize(("imaging", "guidance"), [("fluoroscopy", "77002"), ("ct", "77012")])
def test_e11_a_biopsy_of_the_chest_wall(kb: KnowledgeBase, encounter: Any, imaging: str, guidance: str) -> None:
    told = {**BIOPSY, "imaging": imaging}
    assert best(allowed(kb, encounter(told), ARTICLE)) == [["21550", guidance]]
    assert best(allowed(kb, encounter({**told, "method": "needle"}), ARTICLE)) == [["21550", guidance]]
    assert best(allowed(kb, encounter({**told, "method": "needle"}))) == [["20206", guidance]]
    assert best(allowed(kb, encounter({**told, "method": "open"}))) == [["21550", guidance]]


def test_e11_needle_or_open_is_asked(kb: KnowledgeBase, encounter: Any) -> None:
    result = allowed(kb, encounter(BIOPSY))
    assert [(q.procedure, q.feature, q.words) for q in result.questions] == [(1, "method", ("needle", "open"))]
    assert not result.sets
    assert ways(result) == {
        (("method", ("needle",)),): [["20206", "77002"]],
        (("method", ("open",)),): [["21550", "77002"]],
    }


def test_e12_a_nasoenteric_tube_under_fluoroscopy(kb: KnowledgeBase, encounter: Any) -> None:
    assert best(allowed(kb, encounter(TUBE))) == [["44500", "74340"]]
    assert best(allowed(kb, encounter(TUBE, setting="hospital_outpatient"))) == [["44500", "74340-26"]]
    assert best(allowed(kb, encounter(TUBE), ARTICLE)) == [["44500", "76000"]]


def test_e13_facet_injections_at_two_levels(kb: KnowledgeBase, encounter: Any) -> None:
    assert best(allowed(kb, encounter(FACET))) == [["64490", "64491"]]
    assert best(allowed(kb, encounter({**FACET, "side": "bilateral"}))) == [["64490-50", "64491-50"]]
    assert best(allowed(kb, encounter({**FACET, "levels": 4}))) == [["64490", "64491", "64492"]]


# ---- choosing the code ----------------------------------------------------------------------------------------------

_LINES = [
    ("D1", {"procedure": "fluoroscopy_only"}, ["76000"]),
    ("D2", {"procedure": "central_line_nontunneled", "imaging": "fluoroscopy"}, ["36556", "77001"]),
    ("D2", {"procedure": "central_line_port", "imaging": "fluoroscopy"}, ["36561", "77001"]),
    (
        "D2",
        {"procedure": "central_line_replacement", "device": "tunneled", "imaging": "fluoroscopy"},
        ["36581", "77001"],
    ),
    ("D2", {"procedure": "central_line_removal", "device": "port", "imaging": "fluoroscopy"}, ["36590", "77001"]),
    ("D3", KNEE, ["20610", "77002"]),
    ("D3", {"procedure": "nerve_block", "nerve": "suprascapular", "imaging": "fluoroscopy"}, ["64418", "77002"]),
    ("D4", {"procedure": "blood_patch", "region": "lumbar", "imaging": "fluoroscopy"}, ["62273", "77003"]),
    (
        "D4",
        {"procedure": "myelography_injection", "region": "lumbar", "reading": "other", "imaging": "fluoroscopy"},
        ["62284", "77003"],
    ),
    ("D4", {"procedure": "nerve_block", "nerve": "stellate", "imaging": "fluoroscopy"}, ["64510", "77003"]),
    (
        "D5",
        {"procedure": "transforaminal_epidural", "region": "lumbar", "levels": 3, "imaging": "ct"},
        ["64483", "64484 x2"],
    ),
    ("D5", {"procedure": "sacroiliac_injection", "imaging": "fluoroscopy"}, ["27096"]),
    ("D5", {"procedure": "lumbar_puncture", "purpose": "diagnostic", "imaging": "ct"}, ["62328"]),
    ("D7", {**KNEE, "imaging": "ct"}, ["20610", "77012"]),
    ("D7", {**KNEE, "imaging": "mr"}, ["20610", "77021"]),
    ("D7", {**KNEE, "imaging": "ultrasound"}, ["20611"]),
    ("D8", {**EPIDURAL, "imaging": "ct"}, ["62323"]),
    ("D8", {"procedure": "epidural_catheter", "region": "thoracic", "imaging": "fluoroscopy"}, ["62325"]),
    ("D10", {**EPIDURAL, "undocumented": ["images_saved"]}, ["62322"]),
    ("D10", {**EPIDURAL, "region": "cervical", "undocumented": ["real_time_guidance"]}, ["62320"]),
    ("D10", {**PICC, "undocumented": ["images_saved"]}, ["36569"]),
    (
        "D10",
        {"procedure": "lumbar_puncture", "purpose": "diagnostic", "imaging": "ct", "undocumented": ["images_saved"]},
        ["62270"],
    ),
]


@pytest.mark.parametrize(("rule", "procedure", "expected"), _LINES, ids=[f"{r}-{'-'.join(e)}" for r, _, e in _LINES])
def test_the_decision_diagram(
    kb: KnowledgeBase, encounter: Any, rule: str, procedure: dict[str, Any], expected: list[str]
) -> None:
    assert best(allowed(kb, encounter(procedure))) == [expected], rule


def test_d8_ultrasound_does_not_make_the_code_with_imaging(kb: KnowledgeBase, encounter: Any) -> None:
    one = allowed(kb, encounter({**EPIDURAL, "imaging": "ultrasound"})).sets[0]
    assert codes(one) == ["62322"]
    assert [left.what for left in one.left_out] == ["guidance by ultrasound"]


@pytest.mark.parametrize("procedure", [FACET, {"procedure": "sacroiliac_injection"}], ids=["facet", "sacroiliac"])
def test_d10_without_imaging_and_without_a_twin_nothing_is_reported_in_silence(
    kb: KnowledgeBase, encounter: Any, procedure: dict[str, Any]
) -> None:
    one = allowed(kb, encounter({**procedure, "imaging": "none"})).sets[0]
    assert not one.lines
    assert one.result is None
    assert one.left_out[0].what == "the procedure"
    assert any("imaging ct or fluoroscopy (told: none)" in reason for reason in one.left_out[0].because)


def test_d10_the_reason_is_the_record(kb: KnowledgeBase, encounter: Any) -> None:
    (left,) = allowed(kb, encounter({**EPIDURAL, "undocumented": ["images_saved"]})).sets[0].left_out
    assert left.what == "guidance by fluoroscopy"
    assert "part of 62323" in left.because[0]
    assert "the record does not hold it" in left.because[0]


def test_d6_the_narrower_code_is_named(kb: KnowledgeBase, encounter: Any) -> None:
    result = allowed(kb, encounter(EPIDURAL), everything=True)
    assert result.ranking[0].out == (("62322", "62323"),)
    assert [(codes(one), one.outdone) for one in result.others] == [(["62322"], ("62322",))]


def test_the_lists_of_parents_are_those_of_the_day(kb: KnowledgeBase, encounter: Any) -> None:
    puncture = {"procedure": "lumbar_puncture", "purpose": "diagnostic", "imaging": "fluoroscopy"}
    hospital: dict[str, Any] = {"setting": "hospital_outpatient", "billing": "facility", "opps": False}
    assert best(allowed(kb, encounter(puncture, date="2019-08-15", **hospital))) == [["62270", "77003"]]
    assert best(allowed(kb, encounter(puncture, date="2020-01-02", **hospital))) == [["62328"]]


# ---- sides, units, sessions, modifiers ------------------------------------------------------------------------------


def test_an_asc_reports_two_sides_on_two_lines(kb: KnowledgeBase, encounter: Any) -> None:
    told = {**FACET, "levels": 1, "side": "bilateral"}
    result = allowed(kb, encounter(told, setting="asc", billing="both"))
    assert [(one.billing, codes(one)) for one in result.sets] == [
        ("professional", ["64490-50"]),
        ("facility", ["64490-LT", "64490-RT"]),
    ]


def test_left_and_right_told_as_two_procedures_are_one_line(kb: KnowledgeBase, encounter: Any) -> None:
    knee = {**KNEE, "imaging": "none"}
    assert best(allowed(kb, encounter({**knee, "side": "left"}, {**knee, "side": "right"}))) == [["20610-50"]]
    assert best(allowed(kb, encounter({**knee, "side": "right"}))) == [["20610-RT"]]


def test_a_code_that_is_not_paid_by_the_side_carries_none(kb: KnowledgeBase, encounter: Any) -> None:
    told = {**BIOPSY, "method": "needle", "side": "bilateral"}
    assert best(allowed(kb, encounter(told))) == [["20206", "77002"]]


def test_guidance_is_one_line_for_all_needles_of_a_session(kb: KnowledgeBase, encounter: Any) -> None:
    shoulder = {**KNEE, "joint": "shoulder", "imaging": "fluoroscopy"}
    result = allowed(kb, encounter({**KNEE, "side": "left"}, {**shoulder, "side": "right"}))
    assert best(result) == [["20610-LT", "20610-RT", "77002"]]
    assert not result.sets[0].left_out


def test_device_guidance_has_a_unit_for_each_device(kb: KnowledgeBase, encounter: Any) -> None:
    line = {"procedure": "central_line_nontunneled", "imaging": "fluoroscopy"}
    removal = {"procedure": "central_line_removal", "device": "port", "imaging": "fluoroscopy"}
    assert best(allowed(kb, encounter(line, removal))) == [["36556", "36590", "77001 x2"]]


def test_a_modifier_for_another_structure_needs_the_record(kb: KnowledgeBase, encounter: Any) -> None:
    silent = allowed(kb, encounter(EPIDURAL, KNEE))
    assert not any(m in one for one in itertools.chain(*best(silent)) for m in ("XS", "XE", "59"))
    assert silent.sets[0].left_out
    (further,) = silent.further
    assert [line.code for line in further.lines] == ["62323", "20610", "77002"]
    assert all(("XS", "separate_site") in claimed.ways for claimed in further.rests_on)
    held = allowed(kb, encounter(EPIDURAL, {**KNEE, "documented": ["separate_site"]}))
    assert best(held) == [["62323", "20610-XS", "77002-XS"]]
    sites = allowed(kb, encounter({**EPIDURAL, "site": "L4-5"}, {**KNEE, "site": "right knee"}))
    assert best(sites) == [["62323", "20610-XS", "77002-XS"]]


def test_a_record_that_refutes_the_other_structure_leaves_nothing_to_suppose(kb: KnowledgeBase, encounter: Any) -> None:
    told = {**KNEE, "undocumented": ["separate_site", "separate_encounter"]}
    assert not allowed(kb, encounter(EPIDURAL, told)).further


def test_another_session_is_another_encounter(kb: KnowledgeBase, encounter: Any) -> None:
    later = {**KNEE, "session": 2, "documented": ["separate_encounter"]}
    result = allowed(kb, encounter(EPIDURAL, later))
    assert best(result) == [["62323", "20610-XE", "77002-XE"]]
    assert [(c.procedure, c.feature, c.words) for c in result.assumed] == [(1, "session", ("1",))]


def test_no_modifier_parts_what_none_may(kb: KnowledgeBase, encounter: Any) -> None:
    picc = {**PICC, "documented": ["separate_site"], "site": "left arm"}
    result = allowed(kb, encounter({**EPIDURAL, "site": "spine"}, picc))
    assert not result.further
    for one in result.sets:
        assert {"62323", "36573"} - {line.code for line in one.lines}
        assert any("no modifier can part them" in reason for left in one.left_out for reason in left.because)


def test_the_facility_of_sacroiliac_injections_has_its_own_code(kb: KnowledgeBase, encounter: Any) -> None:
    told = {"procedure": "sacroiliac_injection", "imaging": "fluoroscopy"}
    result = allowed(kb, encounter(told, setting="hospital_outpatient", billing="both"))
    assert [(one.billing, codes(one)) for one in result.sets] == [("professional", ["27096"]), ("facility", ["G0260"])]


def test_an_asc_bills_plain_fluoroscopy_with_its_component(kb: KnowledgeBase, encounter: Any) -> None:
    assert best(allowed(kb, encounter(TUBE, setting="asc", billing="facility"), ARTICLE)) == [["44500", "76000-TC"]]


# ---- what is not told -----------------------------------------------------------------------------------------------


def test_what_is_not_told_is_asked_with_the_answer_for_each_way(kb: KnowledgeBase, encounter: Any) -> None:
    result = allowed(kb, encounter({"procedure": "interlaminar_epidural", "region": "lumbar"}))
    assert not result.sets
    assert [q.feature for q in result.questions] == ["imaging"]
    assert ways(result) == {
        (("imaging", ("ct", "fluoroscopy")),): [["62323"]],
        (("imaging", ("mr",)),): [["62322"]],
        (("imaging", ("none",)),): [["62322"]],
        (("imaging", ("ultrasound",)),): [["62322"]],
    }


def test_age_is_asked_where_codes_differ_by_it(kb: KnowledgeBase, encounter: Any) -> None:
    result = allowed(kb, encounter(PICC, patient_age=None))
    assert [(q.procedure, q.feature) for q in result.questions] == [(0, "patient_age")]
    assert ways(result) == {
        (("patient_age", ("0 to 4",)),): [["36572"]],
        (("patient_age", ("5 to 124",)),): [["36573"]],
    }


def test_what_makes_no_difference_is_not_asked(kb: KnowledgeBase, encounter: Any) -> None:
    result = allowed(kb, encounter({"procedure": "blood_patch", "imaging": "none"}, patient_age=None))
    assert not result.questions
    assert best(result) == [["62273"]]


def test_too_many_ways_are_asked_and_not_tried(kb: KnowledgeBase, encounter: Any) -> None:
    result = allowed(kb, encounter({"procedure": "nerve_block"}, {"procedure": "joint_injection"}))
    assert not result.alternatives
    assert {(q.procedure, q.feature) for q in result.questions} == {
        (1, "imaging"),
        (1, "nerve"),
        (2, "imaging"),
        (2, "joint"),
    }


def test_what_is_taken_for_granted_is_said(kb: KnowledgeBase, encounter: Any) -> None:
    result = allowed(kb, encounter({"procedure": "central_line_tunneled", "imaging": "none"}))
    assert [(c.procedure, c.feature, c.words) for c in result.assumed] == [(1, "catheters", ("one",))]


# ---- what every answer keeps ----------------------------------------------------------------------------------------


def test_the_same_question_has_the_same_answer(kb: KnowledgeBase, encounter: Any) -> None:
    told = encounter(EPIDURAL, KNEE, FACET)
    assert allowed(kb, told, everything=True) == allowed(kb, told, everything=True)


def test_every_other_set_is_clean_and_says_why_it_is_not_best(kb: KnowledgeBase, encounter: Any) -> None:
    result = allowed(kb, encounter(EPIDURAL, {**KNEE, "side": "right"}), everything=True)
    assert result.complete
    assert result.others
    for one in result.others:
        assert one.result is not None
        assert one.result.verdict != "denied"
        assert one.reasons
        assert codes(one) not in best(result)


def test_out_of_time_is_said(kb: KnowledgeBase, encounter: Any) -> None:
    assert not allowed(kb, encounter(EPIDURAL, KNEE, FACET), seconds=0.0).proven


def test_a_setting_without_a_claim_of_the_facility_is_refused(kb: KnowledgeBase, encounter: Any) -> None:
    with pytest.raises(InputError, match="facility bills a claim of its own"):
        allowed(kb, encounter(EPIDURAL, billing="both"))


def test_an_unknown_authority_is_refused(kb: KnowledgeBase, encounter: Any) -> None:
    with pytest.raises(InputError, match="no authority"):
        allowed(kb, encounter(EPIDURAL), Options(trust="nobody"))


def test_what_stays_unknown_is_reported_and_said(kb: KnowledgeBase, encounter: Any) -> None:
    (one,) = allowed(kb, encounter(EPIDURAL, date="2016-03-01")).sets or [None]
    assert one is not None
    assert one.result is None or one.result.verdict == "unknown"


def disputes(result: AllowedResult) -> dict[str, str]:
    """The disputes that decide what fits, each with the source that is followed."""
    return {one.id: one.follows.source for one in result.disputes}


def test_the_losing_side_is_named(kb: KnowledgeBase, encounter: Any) -> None:
    assert disputes(allowed(kb, encounter(PICC))) == {"x1": "cms_ncci_ptp_practitioner"}
    assert disputes(allowed(kb, encounter(PICC), ARTICLE)) == {"x1": "article_000"}
    assert disputes(allowed(kb, encounter(TUBE))) == {"x6": "cms_ncci_ptp_practitioner"}
    assert disputes(allowed(kb, encounter({**BIOPSY, "method": "needle"}))) == {"x16": "contractor_general"}
    (one,) = allowed(kb, encounter(PICC)).disputes
    assert [side.source for side in one.others] == ["article_000"]


def test_a_dispute_that_decides_nothing_is_not_named(kb: KnowledgeBase, encounter: Any) -> None:
    assert not allowed(kb, encounter({**PICC, "imaging": "none"})).disputes
    assert not allowed(kb, encounter({**TUBE, "imaging": "none"})).disputes
    assert not allowed(kb, encounter(EPIDURAL)).disputes
