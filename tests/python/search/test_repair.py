"""The articles' cases, and the operations one by one: what ``fix`` says of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from claimlogic import KnowledgeBase
from claimlogic.claims.changed import changed
from claimlogic.claims.model import Claim, ElsewhereService, GlobalPeriod, Line
from claimlogic.knowledge_base import Options
from claimlogic.search.repair import fixes
from claimlogic.search.repair_model import EMPTY, HONEST, IF_RECORD_SUPPORTS, Fix, FixResult, Kind, Limits

DAY = 20240815
ANOTHER_SITE = "the record must show another site"


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase()


def line(number: int, code: str, units: int = 1, modifiers: Sequence[str] = (), **said: Any) -> Line:
    return Line(number, code, units, said.pop("date", DAY), tuple(modifiers), **said)


def claim(*lines: Line, **said: Any) -> Claim:
    given = {"form": "professional", "setting": "office", "payer": "medicare", "patient_age": 54, **said}
    return Claim(id="claim", lines=lines, **given)


def answer(kb: KnowledgeBase, asked: Claim, options: Options | None = None) -> FixResult:
    """The answer, of which every fix holds up when it is applied and judged."""
    result = fixes(kb, asked, options)
    assert result.proven
    assert result.refused == 0
    for fix in result.fixes:
        after = changed(asked, fix.changes)
        assert (kb.check(after, options).verdict if after.lines else EMPTY) == fix.verdict_after != "denied"
    return result


def told(fix: Fix) -> list[str]:
    """The changes of a fix, short: "drop 2", "1: 62322 -> 62323", "2: units 1", "2: +XS", "2: -TC"."""
    words = []
    for change in fix.changes:
        words.append(
            {
                "drop_line": f"drop {change.line}",
                "change_code": f"{change.line}: {change.code} -> {change.new_code}",
                "set_units": f"{change.line}: units {change.units}",
                "add_modifier": f"{change.line}: +{change.modifier}",
                "remove_modifier": f"{change.line}: -{change.modifier}",
                "add_line": f"new {change.line}: {change.code} {change.modifier}",
            }[change.op]
        )
    return words


def ways(result: FixResult, kind: Kind = HONEST) -> list[list[str]]:
    return [told(fix) for fix in result.of(kind)]


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
