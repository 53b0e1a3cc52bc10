"""The rows of kb/tables, against what CMS's tables say: add-ons, unit limits, pairs, settings and fees."""

from __future__ import annotations

import pytest
from tests.python.code_facts import GUIDANCE_CODES, OPEN, SINCE_2020, facts, guided_by, holds, pairs, parents, table

# --- add-ons


def test_parents_on_2026_08_01() -> None:
    assert len(parents("77002", 20260801)) == 72
    assert len(parents("77003", 20260801)) == 14
    assert {"62268", "62269"} <= parents("77002", 20260801)
    assert {"64449", "64510", "64517", "64520", "64610"} <= parents("77003", 20260801)


def test_parents_on_2019_08_15() -> None:
    assert parents("77002", 20190815) == (parents("77002", 20260801) - set(SINCE_2020)) | {"32405", "55700"}
    assert parents("77003", 20190815) == (parents("77003", 20260801) - {"64449"}) | {"62270", "62272"}


def test_parents_on_2020_01_02() -> None:
    assert parents("77002", 20200102) == parents("77002", 20260801) | {"32405", "55700"}
    assert parents("77003", 20200102) == parents("77003", 20260801)


@pytest.mark.parametrize(
    ("addon", "parent", "last"),
    [("77002", "32405", 20201231), ("77002", "55700", 20251231), ("77003", "62270", 20191231)],
)
def test_parent_until(addon: str, parent: str, last: int) -> None:
    assert [row["To"] for row in table("addon_parent.tsv") if (row["A"], row["P"]) == (addon, parent)] == [str(last)]


def test_types_of_the_guidance_addons() -> None:
    rows = {row["A"]: (row["Type"], row["From"], row["To"]) for row in table("addon.tsv")}
    assert rows["77001"] == rows["76937"] == ("2", "20130401", OPEN)
    assert rows["77002"] == rows["77003"] == ("1", "20170101", OPEN)
    assert not {"76000", "76942", "77012", "77021"} & set(rows)
    assert not parents("77001", 20260801)


def test_parents_of_77001_are_not_paired_with_it() -> None:
    ours = {str(parent) for addon, parent, *_ in facts()["addon_parent"] if addon == "77001"}
    assert len(ours) == 19
    for setting in ("practitioner", "hospital"):
        paired = {a for (a, b) in pairs(setting, 20240801) if b == "77001"}
        assert not ours & paired
        assert {"36568", "36569", "36572", "36573", "36584", "36595", "36596", "36597"} <= paired


def test_chains_and_cross_region_parents() -> None:
    assert parents("64492", 20250101) == {"64490", "64491"}
    assert parents("64494", 20250101) == {"64490", "64493"}
    assert parents("64494", 20221231) == {"64493"}


# --- units


@pytest.mark.parametrize(
    ("codes", "limit", "indicator"),
    [
        ("77001 76937 62270 62273 62328", "2", "3"),
        ("77002 77003 77012 77021 76942 62320 62321 62322 62323 62324 62325 62326 62327 62329", "1", "3"),
        ("76000", "3", "3"),
        ("27096 64479 64483 64490 64491 64492 64493 64494 64495", "1", "2"),
        ("G0260 20605 20610 20611 36555 36556 36557 36558 36560 36561 36568 36569 36571", "2", "3"),
        ("64480 64484", "4", "3"),
        ("20600", "6", "3"),
        ("36563 36565 36572 36573", "1", "3"),
    ],
)
def test_unit_limits(codes: str, limit: str, indicator: str) -> None:
    for setting, editions in (("practitioner", 2), ("hospital", 1)):
        for code in codes.split():
            rows = [row for row in table(f"mue__{setting}.tsv") if row["Code"] == code]
            assert [(row["N"], row["Mai"]) for row in rows] == [(limit, indicator)] * editions, code


# --- pairs


@pytest.mark.parametrize("setting", ["practitioner", "hospital"])
def test_pairs_among_guidance_codes(setting: str) -> None:
    expected = {
        "77001": "77002 76000 76942",
        "77002": "77003 76000",
        "77003": "76000",
        "77012": "77002 77003 77001 76000",
        "77021": "77002 77003 77012 77001 76000",
        "76942": "77002 77003 77012 77021",
        "76937": "76000 76942 77002",
        "76000": "76942",
    }
    inside = {pair: row for pair, row in pairs(setting, 20240801).items() if set(pair) <= GUIDANCE_CODES}
    assert set(inside) == {(a, b) for a, parts in expected.items() for b in parts.split()}
    assert {row["Indicator"] for row in inside.values()} == {"with_modifier"}


@pytest.mark.parametrize("setting", ["practitioner", "hospital"])
@pytest.mark.parametrize(
    ("codes", "guidance"),
    [
        ("20600 20605 20610", "76000 77001 76942"),
        ("20604 20606 20611", "76000 77001 77002 77003 77012 77021 76942"),
        ("27096 G0260", "76000 77001 77002 77003 77012 76942"),
        ("62270 62272", "76000 77001 77002 77012"),
        ("62328 62329", "76000 77001 77002 77003 77012 77021 76942"),
        ("62273 62284 64510 64520", "76000 77001 77002"),
        ("62320 62321 62322 62323 62324 62325 62326 62327", "76000 77001 77002 77003 77012 76942"),
        ("64490 64491 64492 64493 64494 64495", "76000 77001 77002 77003 77012 77021 76942"),
        ("64451 64633 64635", "76000 77001 77002 77003 77012"),
        ("64625", "76000 77002 77003 77012 77021 76942"),
        ("36555 36556 36561 36563 36580 36589", "76000 77002 76942"),
        ("36568 36569 36572 36573 36584", "76000 77001 77002 77012 77021 76942 76937"),
        ("36597", "77001 77002 76942"),
        ("44500", ""),
        ("74340 43752", "76000 77001 77002"),
    ],
)
def test_guidance_matrix(setting: str, codes: str, guidance: str) -> None:
    for code in codes.split():
        assert guided_by(setting, code) == set(guidance.split()), code


def test_direction_depends_on_the_setting() -> None:
    assert pairs("practitioner", 20240801)["77001", "36598"]["Indicator"] == "never"
    assert ("36598", "77001") not in pairs("practitioner", 20240801)
    assert pairs("hospital", 20240801)["36598", "77001"]["Indicator"] == "never"
    assert ("77001", "36598") not in pairs("hospital", 20240801)


def test_hospital_pairs_begin_on_their_day() -> None:
    for code in ("64415", "64416", "64417", "64445", "64446", "64447", "64448"):
        assert "77002" not in guided_by("hospital", code, 20250930)
        assert {"77002", "77003"} <= guided_by("hospital", code, 20251001)
        assert "77002" not in guided_by("practitioner", code)


def test_pairs_carry_their_reason() -> None:
    assert pairs("practitioner", 20240801)["77002", "77003"]["rationale"] == "Mutually exclusive procedures"


# --- settings and fees


def test_status_by_setting() -> None:
    status = {row["Code"]: (row["Status"], row["To"]) for row in table("opps_status.tsv") if holds(row, 20260101)}
    surgical = {row["Code"]: row["Indicator"] for row in table("asc_indicator.tsv") if holds(row, 20260501)}
    for code in ("77001", "77002", "77003", "77012", "77021", "76942", "76937"):
        assert status[code][0] == "N"
        assert surgical[code] == "N1"
    assert status["76000"][0] == "S"
    assert surgical["76000"] == "Z3"
    for code in ("36555", "36556", "36561", "36569", "36573", "21550", "20206", "32408", "64633"):
        assert status[code][0] == "J1"
    assert "27096" not in surgical
    assert surgical["G0260"] == "A2"


def test_fee_schedule_indicators() -> None:
    days = {row["Code"]: row["Days"] for row in table("global_days.tsv") if holds(row, 20250101)}
    split = {row["Code"]: row["Indicator"] for row in table("component_split.tsv") if holds(row, 20250101)}
    both = {row["Code"]: row["Indicator"] for row in table("bilateral.tsv") if holds(row, 20250101)}
    assert [days[code] for code in ("77001", "77002", "77003", "76937")] == ["ZZZ"] * 4
    assert [days[code] for code in ("76000", "77012", "77021", "76942")] == ["XXX"] * 4
    assert [days[code] for code in ("62323", "36561", "64633")] == ["000", "010", "010"]
    assert {split[code] for code in ("76000", "77001", "77002", "77003", "77012", "77021", "76942")} == {"1"}
    assert split["62323"] == "0"
    assert both["64490"] == both["20610"] == "1"


def test_bilateral_facts_follow_the_fee_schedule() -> None:
    latest = {row["Code"]: row["Indicator"] for row in table("bilateral.tsv") if row["To"] == OPEN}
    assert {code for code, *_ in facts()["bilateral_by_modifier"]} == {code for code in latest if latest[code] == "1"}
