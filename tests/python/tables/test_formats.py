"""What the store keeps of each layout: codes, days and indicators, row by row with their lines."""

from __future__ import annotations

import lzma
from pathlib import Path
from typing import Any

import duckdb
import pytest

from claimlogic.tables.manifest import read_manifest

from .conftest import HOSPITAL_PARTS, StoreOf, rows_of, write_workbook


def kept(store: Path, key: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    """Columns of all editions of a table, as they are kept."""
    paths = [str(store / edition.parquet) for edition in read_manifest(store).tables[key].editions]
    return duckdb.sql(f"SELECT {columns} FROM read_parquet({paths}) WHERE {where} ORDER BY ALL").fetchall()


PTP = "column1, column2, indicator, effective_from, effective_to, before_1996, rationale, line"


def test_ptp_text(store_of: StoreOf) -> None:
    store = store_of(["ccipra-v322r0-f1.txt"])
    rows = kept(store, "ptp/practitioner", PTP)
    assert len(rows) == 16
    instruction = "CPT Manual or CMS manual coding instruction"
    assert ("0001A", "36591", "never", 20220101, 20231231, False, instruction, 8) in rows
    assert ("0001A", "90473", "not_specified", 20220101, 20220101, False, instruction, 9) in rows
    misuse = "Misuse of Column Two code with Column One code"
    assert ("0001U", "0030U", "with_modifier", 20180701, None, False, misuse, 18) in rows


def test_ptp_workbook_csv_and_text_keep_the_same(store_of: StoreOf, samples: Path, tmp_path: Path) -> None:
    text = rows_of(samples / "ccipra-v322r0-f1.txt", "\t")
    numbers = [
        [int(cell) if at in (3, 4, 5) and cell.isdigit() else cell for at, cell in enumerate(row)] for row in text
    ]
    workbook = write_workbook(tmp_path / "ccipra-v322r0-f1.xlsx", [*text[:6], *numbers[6:]])
    comma = tmp_path / "ccipra-v322r0-f1.csv"
    comma.write_text("\n".join(",".join(f'"{cell}"' for cell in row) for row in text))
    kinds = (store_of(["ccipra-v322r0-f1.txt"], name="a"), store_of([workbook], name="b"), store_of([comma], name="c"))
    first, *others = (kept(store, "ptp/practitioner", PTP) for store in kinds)
    assert all(other == first for other in others)


def test_ptp_in_four_parts(store_of: StoreOf) -> None:
    store = store_of(HOSPITAL_PARTS)
    (edition,) = read_manifest(store).tables["ptp/hospital"].editions
    assert edition.missing == ()
    assert [file.name for file in edition.files] == list(HOSPITAL_PARTS)
    assert edition.rows == sum(file.rows for file in edition.files) == 79
    assert kept(store, "ptp/hospital", "file, line", "column1 = '76942' AND column2 = '77012'") == [(3, 11)]


def test_the_mark_of_edits_before_1996_is_kept(store_of: StoreOf, samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "ccipra-v322r0-f1.txt"
    path.write_bytes((samples / path.name).read_bytes().replace(b"0030U\t\t", b"0030U\t*\t"))
    assert kept(store_of([path]), "ptp/practitioner", "column2", "before_1996") == [("0030U",)]


def test_ptp_without_first_days_and_with_rationales_by_letter(store_of: StoreOf) -> None:
    store = store_of(["ncci_ptp_practitioner_2024q3_v302.tsv"])
    rows = kept(store, "ptp/practitioner", PTP, "column1 = '62323' AND column2 = '77003'")
    assert [row[2:6] for row in rows] == [("with_modifier", None, None, None)]
    assert rows[0][6] in {
        "Misuse of Column Two code with Column One code",
        "CPT Manual or CMS manual coding instruction",
    }
    assert len(kept(store, "ptp/practitioner", "DISTINCT rationale")) > 1


def test_a_letter_without_its_text_stays_a_letter(store_of: StoreOf, samples: Path, tmp_path: Path) -> None:
    alone = tmp_path / "ncci_ptp_practitioner_2024q3_v302.tsv"
    alone.write_bytes((samples / alone.name).read_bytes())
    assert {len(r) for (r,) in kept(store_of([alone]), "ptp/practitioner", "DISTINCT rationale")} == {1}


def test_dated_ptp(store_of: StoreOf) -> None:
    store = store_of(["ioce_ptp_hospital_2019q3-2026q2.tsv"])
    columns = "indicator, effective_from, effective_to"
    assert kept(store, "ptp/hospital", columns, "column1 = '64415' AND column2 = '77002'") == [
        ("with_modifier", 20251001, None),
        ("with_modifier", None, 20191231),
    ]
    assert kept(store, "ptp/hospital", columns, "column1 = '62323' AND column2 = '77003'") == [
        ("with_modifier", None, None)
    ]


@pytest.mark.parametrize(
    ("name", "key", "row"),
    [
        (
            "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv",
            "mue/practitioner",
            ("0009U", 2, 3, "Nature of Service/Procedure"),
        ),
        ("MCR_MUE_OutpatientHospitalServices_Eff_07-01-2024.csv", "mue/hospital", ("77003", 1, 3, "Clinical: Data")),
        ("MCR_MUE_DMESupplierServices_Eff_07-01-2024.csv", "mue/dme", ("A4206", 0, 3, "CMS Policy")),
        ("ncci_mue_practitioner_eff_2024-07-01.tsv", "mue/practitioner", ("27096", 1, 2, "CMS Policy")),
        ("ncci_mue_practitioner_eff_2026-04-01.tsv", "mue/practitioner", ("0002M", 1, 3, "Nature of Analyte")),
    ],
)
def test_unit_limits(name: str, key: str, row: tuple[Any, ...], store_of: StoreOf) -> None:
    found = kept(store_of([name]), key, "code, units, adjudication, rationale")
    assert [one for one in found if one[:3] == row[:3]]


def test_unit_limits_in_a_workbook_keep_their_rows(store_of: StoreOf, samples: Path, tmp_path: Path) -> None:
    name = "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv"
    workbook = write_workbook(
        tmp_path / "MCR_MUE_PractitionerServices_Eff_07-01-2026.xlsx", rows_of(samples / name, ",")
    )
    columns = "code, units, adjudication, rationale"
    from_csv = kept(store_of([name], name="a"), "mue/practitioner", columns)
    assert kept(store_of([workbook], name="b"), "mue/practitioner", columns) == from_csv
    lines = kept(store_of([name], name="c"), "mue/practitioner", "line")
    assert lines == [(line,) for line in range(10, 16)]


ADDON = "addon, parent, type, effective_from, effective_to"


def test_addon_text_in_fixed_columns(store_of: StoreOf) -> None:
    rows = kept(store_of(["AOC_V2026Q3-MCR.txt"]), "addon", ADDON)
    assert len(rows) == 11
    assert ("77001", None, 2, 20130401, None) in rows
    assert ("64494", "64490", 1, 20230101, None) in rows
    assert ("77002", "32405", 1, 20170101, 20201231) in rows  # the primary code was deleted
    assert ("77003", "62270", 1, 20170101, 20191231) in rows  # the edit was deleted
    assert ("0054T", "20930", 1, 20130401, 20241231) in rows  # the add-on code was deleted


def test_addon_workbook_keeps_what_the_text_keeps(store_of: StoreOf, tmp_path: Path) -> None:
    dates = ["AOC_DelDT", "Primary_Code", "Primary_Code_DelDT", "AOC_Edit_EffDT", "AOC_Edit_DelDT"]
    heading = ["AOC_Edit_Type", "Add-On_Code", *dates]
    rows = [
        ["A notice of copyright"],
        [*heading, "Special_Instruction_Notes"],
        [2, "77001", "", "CCCCC", "", 2013091, "", "Contractor Defined Primary Codes"],
        [1, "77002", "", "32405", 2020366, 2017001, "", ""],
        [1, "77003", "", "62270", "", 2017001, 2019365, ""],
    ]
    rows = kept(
        store_of([write_workbook(tmp_path / "AOC_V2026Q3-MCR.xlsx", rows)]), "addon", f"{ADDON}, instruction, line"
    )
    assert rows == [
        ("77001", None, 2, 20130401, None, "Contractor Defined Primary Codes", 3),
        ("77002", "32405", 1, 20170101, 20201231, None, 4),
        ("77003", "62270", 1, 20170101, 20191231, None, 5),
    ]


@pytest.mark.parametrize("gap", [" ", "   "])
def test_addon_text_without_fixed_columns_refuses_only_what_is_not_sure(
    gap: str, store_of: StoreOf, tmp_path: Path
) -> None:
    path = tmp_path / "AOC_V2026Q3-MCR.txt"
    lines = ("164491|64490|2013091", "20054T|CCCCC|2013091|Contractor Defined", "10054T|2024366|20930|2013091")
    sure = "".join(f"{line.replace('|', gap)}\n" for line in lines)
    path.write_text(sure)
    assert len(kept(store_of([path], name="a"), "addon", ADDON)) == 3
    path.write_text(f"{sure}1770029999{gap}62270{gap}2017001{gap}2019365\n")
    with pytest.raises(Exception, match=r"AOC_V2026Q3-MCR\.txt:4"):
        store_of([path], name="b")


def test_dated_addons(store_of: StoreOf) -> None:
    rows = kept(store_of(["ioce_addon_2019q3-2026q2.tsv"]), "addon", ADDON)
    assert ("77001", None, 2, None, None) in rows
    assert ("77003", "62270", 1, None, 20191231) in rows


def test_newest_addon_list(store_of: StoreOf) -> None:
    rows = kept(store_of(["ncci_aoc_2026q3_active.tsv"]), "addon", f"{ADDON}, instruction")
    assert ("77001", None, 2, 20130401, None, "Contractor Defined Primary Codes") in rows


@pytest.mark.parametrize(("name", "base"), [("PPRRVU2025_Oct.csv", "36556"), ("PPRRVU2026_Jul_nonQPP.csv", "00100")])
def test_fee_schedule_columns_are_found_by_stacked_headings(name: str, base: str, store_of: StoreOf) -> None:
    columns = "code, modifier, status, component_split, global_days, bilateral"
    rows = kept(store_of([name]), "fee_schedule", columns, f"code = '{base}'")
    expected = {"36556": ("36556", None, "A", "0", "000", "0"), "00100": ("00100", None, "J", "9", "XXX", "9")}
    assert rows == [expected[base]]


def test_fee_schedule_keeps_rows_by_modifier(store_of: StoreOf) -> None:
    rows = kept(store_of(["PPRRVU2025_Oct.csv"]), "fee_schedule", "modifier", "code = '77003'")
    assert rows == [("26",), ("TC",), (None,)]


def test_fee_schedule_in_plain_form(store_of: StoreOf) -> None:
    columns = "status, component_split, global_days, bilateral"
    rows = kept(
        store_of(["pfs_rvu_indicators_2024_july.tsv"]), "fee_schedule", columns, "code = '77003' AND modifier IS NULL"
    )
    assert rows == [("A", "1", "ZZZ", "0")]


def test_opps_addendum_b(store_of: StoreOf, samples: Path, tmp_path: Path) -> None:
    name = "2026_January_Web_Addendum_B.12292025.csv"
    rows = kept(store_of([name], name="a"), "opps_status", "code, status, apc")
    assert ("76000", "S", "05523") in rows
    assert ("77003", "N", "00000") in rows
    workbook = write_workbook(tmp_path / "January_2026_Addendum_B.xlsx", rows_of(samples / name, ","))
    assert kept(store_of([workbook], name="b"), "opps_status", "code, status, apc") == rows


def test_dated_opps_status(store_of: StoreOf) -> None:
    columns = "status, apc, effective_from, effective_to, low_age, high_age"
    rows = kept(store_of(["ioce_hcpcs_status_2019q3-2026q2.tsv"]), "opps_status", columns, "code = '36556'")
    assert ("J1", "05183", 20210101, None, 5, 124) in rows
    assert ("T", "05182", None, 20191231, 5, 124) in rows


def test_asc_addenda_make_one_edition(store_of: StoreOf) -> None:
    names = [f"April_2026_ASC_Addendum_{addendum}.csv" for addendum in ("AA", "BB", "EE")]
    store = store_of(names)
    (edition,) = read_manifest(store).tables["asc_indicator"].editions
    assert (edition.id, [file.part for file in edition.files]) == ("2026 Q2", ["AA", "BB", "EE"])
    rows = kept(store, "asc_indicator", "code, indicator, addendum")
    assert ("62323", "G2", "AA") in rows
    assert ("77003", "N1", "BB") in rows
    assert [row for row in rows if row[2] == "EE"] == [(code, "excluded", "EE") for code in ("0075T",)]


def test_asc_addenda_with_tabs_and_remarks(store_of: StoreOf) -> None:
    store = store_of([f"July_2024_ASC_Addendum_{addendum}.txt" for addendum in ("AA", "BB")])
    rows = kept(store, "asc_indicator", "code, indicator")
    assert ("20610", "P3") in rows
    assert ("76000", "Z3") in rows
    assert all(len(code) == 5 for code, _ in rows)


def test_modifiers(store_of: StoreOf) -> None:
    store = store_of(["ioce_modifiers_2019q3-2026q2.tsv"])
    assert kept(store, "modifiers", "modifier", "ncci") == [("27",), ("59",), ("LT",), ("XE",)]
    assert read_manifest(store).tables["modifiers"].index == ""


def test_windows_1252_and_utf_16_are_read(store_of: StoreOf, samples: Path, tmp_path: Path) -> None:
    text = (
        (samples / "ncci_mue_practitioner_eff_2024-07-01.tsv")
        .read_text()
        .replace("CMS Policy", "CMS Policy \u2013 revised")
    )
    found = []
    for encoding in ("utf-8", "cp1252", "utf-16"):
        path = tmp_path / encoding / "ncci_mue_practitioner_eff_2024-07-01.tsv.xz"
        path.parent.mkdir()
        path.write_bytes(lzma.compress(text.encode(encoding)))
        found.append(kept(store_of([path], name=f"store-{encoding}"), "mue/practitioner", "code, rationale, line"))
    assert found[0] == found[1] == found[2]
    assert any("\u2013" in rationale for _, rationale, _ in found[0])
