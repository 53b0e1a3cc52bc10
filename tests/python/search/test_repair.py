"""The operations of ``fix`` one by one, and its answer as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.python.search.mending import DAY, answer, claim, line, ways

from claimlogic import KnowledgeBase
from claimlogic.claims.changed import changed
from claimlogic.claims.model import ElsewhereService
from claimlogic.search.repair import fixes
from claimlogic.search.repair_model import HONEST, IF_RECORD_SUPPORTS, Limits


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase()


# ---- other changes of a code ----------------------------------------------------------------------------------


def test_the_patients_age_says_which_code(kb: KnowledgeBase) -> None:
    assert ways(answer(kb, claim(line(1, "36556"), patient_age=2))) == [["1: 36556 -> 36555"]]


def test_the_day_says_which_code(kb: KnowledgeBase) -> None:
    assert ways(answer(kb, claim(line(1, "71010")))) == [["1: 71010 -> 71045"]]


def test_a_successor_with_imaging_is_honest_only_where_the_claim_tells_of_imaging(kb: KnowledgeBase) -> None:
    assert ways(answer(kb, claim(line(1, "62311")))) == [["1: 62311 -> 62322"]]
    assert ways(answer(kb, claim(line(1, "62311"), line(2, "77003")))) == [["1: 62311 -> 62323", "drop 2"]]
    assert ways(answer(kb, claim(line(1, "10022"), line(2, "76942")))) == [["1: 10022 -> 10005", "drop 2"]]
    unsaid = answer(kb, claim(line(1, "10022")))
    assert ways(unsaid) == [["drop 1"]]
    sentences = {fix.changes[0].new_code: fix.record_must_show for fix in unsaid.of(IF_RECORD_SUPPORTS)}
    assert sentences["10005"] == ("line 1: the record must show that the needle was guided by ultrasound",)
    assert set(sentences) == {"10005", "10007", "10009", "10011"}


def test_who_bills_says_which_code(kb: KnowledgeBase) -> None:
    assert ways(answer(kb, claim(line(1, "G0260")))) == [["1: G0260 -> 27096"]]
    facility = claim(line(1, "27096"), form="institutional", setting=None, bill_type="131")
    assert ways(answer(kb, facility)) == [["1: 27096 -> G0260"]]


def test_another_modality_is_offered_only_where_the_record_refutes_this_one(kb: KnowledgeBase) -> None:
    refuted = line(2, "77002", undocumented=("real_time_fluoroscopy",))
    result = answer(kb, claim(line(1, "20610"), refuted))
    assert ways(result) == [["drop 2"]]
    assert ["2: 77002 -> 77012"] in ways(result, IF_RECORD_SUPPORTS)
    assert result.of(IF_RECORD_SUPPORTS)[0].record_must_show == (
        "line 2: the record must show that the needle was guided by CT",
    )
    no_guidance_at_all = replace(refuted, undocumented=("real_time_fluoroscopy", "real_time_guidance"))
    assert not answer(kb, claim(line(1, "20610"), no_guidance_at_all)).of(IF_RECORD_SUPPORTS)


def test_r6_of_two_modalities_the_documented_one_stays(kb: KnowledgeBase) -> None:
    silent = claim(line(1, "77002"), line(2, "77012"), line(3, "20206"))
    assert ways(answer(kb, silent)) == [["drop 1"], ["drop 2"]]
    fluoroscopy = line(1, "77002", documented=("real_time_fluoroscopy",))
    assert ways(answer(kb, replace(silent, lines=(fluoroscopy, *silent.lines[1:])))) == [["drop 2"]]


# ---- units ----------------------------------------------------------------------------------------------------


def test_both_sides_are_one_unit_with_50_if_the_record_shows_them(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "64490", 2)))
    assert ways(result) == [["1: units 1"]]
    assert ways(result, IF_RECORD_SUPPORTS) == [["1: units 1", "1: +50"]]
    assert result.of(IF_RECORD_SUPPORTS)[0].units_given_up == 0


def test_two_lines_for_two_sides_become_one_with_50(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "64490", modifiers=["LT"]), line(2, "64490", modifiers=["RT"])))
    assert ways(result) == [["drop 1"], ["drop 2"]]
    assert ways(result, IF_RECORD_SUPPORTS) == [["1: -LT", "1: +50", "drop 2"]]


def test_an_asc_reports_two_sides_on_two_lines(kb: KnowledgeBase) -> None:
    asked = claim(line(1, "64490", 2, provider="a"), setting="asc", billed_by="facility")
    result = answer(kb, asked)
    assert ways(result, IF_RECORD_SUPPORTS) == [["1: units 1", "1: +LT", "new 2: 64490 RT"]]
    first, second = changed(asked, result.of(IF_RECORD_SUPPORTS)[0].changes).lines
    assert second == replace(first, number=2, modifiers=("RT",))


def test_units_that_two_lines_share_are_reduced_on_one_of_them(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "20610", 2), line(2, "20610", 1, session="2")))
    assert ways(result) == [["1: units 1"]]


def test_units_on_another_claim_count(kb: KnowledgeBase) -> None:
    asked = claim(line(1, "20610", 2), elsewhere=(ElsewhereService("20610", DAY, 1),))
    assert ways(answer(kb, asked)) == [["1: units 1"]]


def test_a_line_over_several_days_is_reduced_to_what_its_days_allow(kb: KnowledgeBase) -> None:
    asked = claim(line(1, "62273"), line(2, "62273", 20, span_days=2))
    (way,) = ways(answer(kb, asked))
    assert way[0].startswith("2: units ")


# ---- modifiers ------------------------------------------------------------------------------------------------


def test_of_both_components_either_may_go(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "20610"), line(2, "77002", modifiers=["26", "TC"])))
    assert ways(result) == [["2: -26"], ["2: -TC"]]


def test_a_component_that_the_code_has_not_goes(kb: KnowledgeBase) -> None:
    assert ways(answer(kb, claim(line(1, "20610", modifiers=["26"])))) == [["1: -26"]]


def test_two_sides_on_one_line_lose_one(kb: KnowledgeBase) -> None:
    assert ways(answer(kb, claim(line(1, "20610", modifiers=["LT", "RT"])))) == [["1: -LT"], ["1: -RT"]]


def test_the_technical_component_leaves_a_hospitals_claim(kb: KnowledgeBase) -> None:
    asked = claim(line(1, "76000", modifiers=["TC"]), form="institutional", setting=None, bill_type="131")
    assert ways(answer(kb, asked)) == [["1: -TC"]]


def test_26_in_a_facility_rests_on_his_reading(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "20610"), line(2, "77002"), setting="hospital_outpatient"))
    assert ways(result) == [["drop 2"]]
    assert ways(result, IF_RECORD_SUPPORTS) == [["2: +26"]]
    technical = claim(line(1, "20610"), line(2, "77002", modifiers=["TC"]), setting="hospital_outpatient")
    assert ways(answer(kb, technical), IF_RECORD_SUPPORTS) == [["2: -TC", "2: +26"]]


@pytest.mark.parametrize("item", ["interpretation", "signed_report"])
def test_26_is_not_offered_where_the_record_refutes_the_reading(kb: KnowledgeBase, item: str) -> None:
    reading = line(2, "77002", undocumented=(item,))
    assert not answer(kb, claim(line(1, "20610"), reading, setting="hospital_outpatient")).of(IF_RECORD_SUPPORTS)


def test_a_component_modifier_comes_first_and_the_others_last(kb: KnowledgeBase) -> None:
    asked = claim(line(1, "62323"), line(2, "20610"), line(3, "77002", modifiers=["GC"]), setting="hospital_outpatient")
    (fix,) = answer(kb, asked).of(IF_RECORD_SUPPORTS)
    assert changed(asked, fix.changes).lines[2].modifiers == ("26", "GC", "XS")


def test_a_visit_beside_a_procedure_rests_on_25(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "20610"), line(2, "99213")))
    assert ways(result, IF_RECORD_SUPPORTS) == [["2: +25"]]


def test_the_modifier_says_what_the_claim_tells(kb: KnowledgeBase) -> None:
    sessions = claim(line(1, "62323", session="1"), line(2, "20610", session="2"))
    assert ways(answer(kb, sessions), IF_RECORD_SUPPORTS) == [["2: +XE"]]
    sites = claim(line(1, "62323", site="spine"), line(2, "20610", site="knee"))
    assert ways(answer(kb, sites), IF_RECORD_SUPPORTS) == [["2: +XS"]]
    same_site = claim(line(1, "62323", site="knee"), line(2, "20610", site="knee"))
    assert not answer(kb, same_site).of(IF_RECORD_SUPPORTS)


def test_no_modifier_where_the_record_refutes_it(kb: KnowledgeBase) -> None:
    refuted = claim(line(1, "62323"), line(2, "20610", undocumented=("separate_site",)))
    assert not answer(kb, refuted).of(IF_RECORD_SUPPORTS)


def test_no_modifier_where_the_indicator_is_never(kb: KnowledgeBase) -> None:
    never = kb.store.match("ptp", ("practitioner", None, '"76000"', "never", None, None))
    column_one = sorted(str(row[1]).strip('"') for row in never)
    assert column_one
    result = answer(kb, claim(line(1, column_one[0]), line(2, "76000")))
    assert all(change.op != "add_modifier" for fix in result.fixes for change in fix.changes)


# ---- the answer as a whole --------------------------------------------------------------------------------------


def test_nothing_denied_is_nothing_to_fix(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "62323")))
    assert (result.verdict, result.denied, result.fixes) == ("payable", (), ())


def test_lines_without_a_code_are_passed_on(kb: KnowledgeBase) -> None:
    facility = {"form": "institutional", "setting": None, "bill_type": "131", "uncoded_lines": (2, 3)}
    assert fixes(kb, claim(**facility)).verdict == "unknown"
    result = answer(kb, claim(line(1, "76001"), **facility))
    assert result.uncoded_lines == (2, 3)
    assert ways(result) == [["drop 1"]]


def test_unknown_lines_stay_and_are_named(kb: KnowledgeBase) -> None:
    result = answer(kb, claim(line(1, "62323"), line(2, "77003"), line(3, "A9999")))
    assert ways(result) == [["drop 2"]]
    assert result.fixes[0].verdict_after == "unknown"
    assert result.fixes[0].remaining.unknown == (3,)


def test_packaged_lines_stay_and_are_named(kb: KnowledgeBase) -> None:
    lines = [line(1, "20610"), line(2, "77002", 3)]
    result = answer(kb, claim(*lines, form="institutional", setting=None, bill_type="131"))
    assert ways(result) == [["2: units 1"]]
    assert result.fixes[0].remaining.packaged == (2,)


def test_parts_that_do_not_bear_on_one_another_are_mended_apart(kb: KnowledgeBase) -> None:
    one = [line(1, "77002"), line(2, "77012"), line(3, "20206")]
    other = [line(number + 3, entry.code, date=DAY + 1) for number, entry in enumerate(one, start=1)]
    result = answer(kb, claim(*one, *other))
    groups = [group for group in result.groups if group.kind == HONEST]
    assert [(group.lines, len(group.ways)) for group in groups] == [((1, 2), 2), ((4, 5), 2)]
    assert sorted(map(sorted, ways(result))) == [
        ["drop 1", "drop 4"],
        ["drop 1", "drop 5"],
        ["drop 2", "drop 4"],
        ["drop 2", "drop 5"],
    ]


def test_what_is_not_listed_is_counted(kb: KnowledgeBase) -> None:
    asked = claim(line(1, "77002"), line(2, "77012"), line(3, "20206"))
    result = fixes(kb, asked, limits=Limits(max_fixes=1))
    assert len(result.of(HONEST)) == 1
    assert [(more.kind, more.fixes, more.counted) for more in result.more] == [(HONEST, 1, True)]
    assert result.groups[0].more == 1


def test_without_time_the_answer_is_the_best_so_far_and_says_so(kb: KnowledgeBase) -> None:
    asked = claim(line(1, "62323"), line(2, "20610"), line(3, "77002"))
    result = fixes(kb, asked, limits=Limits(seconds=0))
    assert not result.proven
    (fix,) = result.of(HONEST)
    after = changed(asked, fix.changes)
    assert not after.lines or kb.check(after).verdict != "denied"
