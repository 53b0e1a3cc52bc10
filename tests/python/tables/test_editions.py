"""Which edition, table and part a file name tells."""

from __future__ import annotations

import pytest

from claimlogic.errors import InputError
from claimlogic.tables.days import day_after, day_before, day_number, numbered_day, read_day
from claimlogic.tables.editions import edition_in_name, fiscal_year, part_in_name, quarter, table_in_name


@pytest.mark.parametrize(
    ("name", "id", "first", "last"),
    [
        ("ccipra-v302r0-f1.txt", "2024 Q3", 20240701, 20240930),
        ("ccioph-v323r0-f4.xlsx", "2026 Q4", 20261001, 20261231),
        ("ccipra-v320r0-f2.zip", "2026 Q1", 20260101, 20260331),
        ("ncci_ptp_practitioner_2024q3_v302.tsv.xz", "2024 Q3", 20240701, 20240930),
        ("ioce_ptp_hospital_2019q3-2026q2.tsv.xz", "2019 Q3 to 2026 Q2", 20190701, 20260630),
        ("MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", "2026 Q3", 20260701, 20260930),
        ("ncci_mue_dme_eff_2024-07-01.tsv", "2024 Q3", 20240701, 20240930),
        ("AOC_V2026Q3-F-MCR.txt", "2026 Q3", 20260701, 20260930),
        ("add-code-edits-medicare-effective-07012026.zip", "2026 Q3", 20260701, 20260930),
        ("PPRRVU2025_Oct.csv", "2025 Q4", 20251001, 20251231),
        ("pfs_rvu_indicators_2024_july.tsv", "2024 Q3", 20240701, 20240930),
        ("2026_January_Web_Addendum_B.12292025.csv", "2026 Q1", 20260101, 20260331),
        ("asc_addendum_AA_20251001.csv", "2025 Q4", 20251001, 20251231),
        ("opps_addendum_b_2026-01_excerpt.tsv", "2026 Q1", 20260101, 20260331),
    ],
)
def test_a_name_tells_its_edition(name: str, id: str, first: int, last: int) -> None:
    edition = edition_in_name(name)
    assert edition is not None
    assert (edition.id, edition.first, edition.last) == (id, first, last)


@pytest.mark.parametrize("name", ["ncci_aoc_2024-06-03_active.tsv", "June_2024.csv", "RVU26C.zip", "table.txt"])
def test_a_day_on_which_no_quarter_begins_tells_no_edition(name: str) -> None:
    assert edition_in_name(name) is None


def test_a_name_tells_whose_claims_a_table_judges() -> None:
    assert table_in_name("ccipra-v302r0-f1.txt") == "practitioner"
    assert table_in_name("medicare-ncci-2026q3-outpatient-hospital-ptp-edits.zip") == "hospital"
    assert table_in_name("MCR_MUE_DMESupplierServices_Eff_07-01-2024.csv") == "dme"
    assert table_in_name("edits.txt") == ""


def test_a_name_tells_its_part() -> None:
    assert part_in_name("ccipra-v302r0-f3.txt") == "3"
    assert part_in_name("AOC_V2026Q3-F-MCR.txt") == ""


def test_quarters_follow_each_other_without_gap_or_overlap() -> None:
    quarters = [quarter(year, number) for year in (2023, 2024) for number in (1, 2, 3, 4)]
    for one, following in zip(quarters, quarters[1:], strict=False):
        assert day_after(one.last) == following.first
        assert day_before(following.first) == one.last


def test_a_fiscal_year_begins_in_october_of_the_year_before() -> None:
    assert (fiscal_year(2026).first, fiscal_year(2026).last) == (20251001, 20260930)


def test_a_day_and_its_number_go_both_ways() -> None:
    for day in (19000101, 19700101, 20240229, 99991231):
        assert numbered_day(day_number(day)) == day


@pytest.mark.parametrize("text", ["2023-02-30", "yesterday", "202407", "2024-7-1", ""])
def test_no_day_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="is no day"):
        read_day(text, "--from")
