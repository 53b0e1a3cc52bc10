"""The kind of a table is told by its content, in every layout, whatever its name."""

from __future__ import annotations

import lzma
import shutil
import zipfile
from pathlib import Path

import pytest

from claimlogic.errors import InputError
from claimlogic.tables.documents import open_documents
from claimlogic.tables.grouping import Choice, grouped, opened
from claimlogic.tables.recognise import recognise

from .conftest import HOSPITAL_PARTS, as_csv, rows_of, write_workbook, write_zip

TOLD_BY_CONTENT = [
    ("ccipra-v322r0-f1.txt", "ptp", None, None),
    ("ncci_ptp_practitioner_2024q3_v302.tsv", "ptp", None, None),
    ("ioce_ptp_hospital_2019q3-2026q2.tsv", "ptp", None, None),
    ("MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", "mue", "practitioner", None),
    ("MCR_MUE_OutpatientHospitalServices_Eff_07-01-2024.csv", "mue", "hospital", None),
    ("MCR_MUE_DMESupplierServices_Eff_07-01-2024.csv", "mue", "dme", None),
    ("ncci_mue_practitioner_eff_2024-07-01.tsv", "mue", None, None),
    ("ncci_mue_practitioner_eff_2026-04-01.tsv", "mue", None, None),
    ("AOC_V2026Q3-MCR.txt", "addon", "", None),
    ("ioce_addon_2019q3-2026q2.tsv", "addon", "", None),
    ("ncci_aoc_2026q3_active.tsv", "addon", "", None),
    ("PPRRVU2025_Oct.csv", "fee_schedule", "", "2025 Q4"),
    ("PPRRVU2026_Jul_nonQPP.csv", "fee_schedule", "", "2026 Q3"),
    ("pfs_rvu_indicators_2024_july.tsv", "fee_schedule", "", None),
    ("2026_January_Web_Addendum_B.12292025.csv", "opps_status", "", None),
    ("ioce_hcpcs_status_2019q3-2026q2.tsv", "opps_status", "", None),
    ("April_2026_ASC_Addendum_AA.csv", "asc_indicator", "", "2026 Q2"),
    ("April_2026_ASC_Addendum_BB.csv", "asc_indicator", "", "2026 Q2"),
    ("April_2026_ASC_Addendum_EE.csv", "asc_indicator", "", None),
    ("July_2024_ASC_Addendum_AA.txt", "asc_indicator", "", "2024 Q3"),
    ("ioce_modifiers_2019q3-2026q2.tsv", "modifiers", "", None),
    ("icd10cm_tabular_2026.xml", "excludes1", "", "FY2026"),
]


@pytest.mark.parametrize(("name", "published", "judges", "edition"), TOLD_BY_CONTENT)
def test_content_alone_tells_the_kind_and_what_it_says_of_edition(
    name: str, published: str, judges: str | None, edition: str | None, samples: Path, tmp_path: Path
) -> None:
    anonymous = tmp_path / "a.bin"
    shutil.copy(samples / name, anonymous)
    (document,) = open_documents(anonymous, tmp_path)
    reading = recognise(document)
    assert reading is not None
    assert (reading.published, reading.judges) == (published, judges)
    assert (reading.edition.id if reading.edition else None) == edition


def test_a_name_never_decides_the_kind(samples: Path, tmp_path: Path) -> None:
    misnamed = tmp_path / "ccipra-v322r0-f1.txt"
    shutil.copy(samples / "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", misnamed)
    assert opened(misnamed, tmp_path).members[0].reading.published == "mue"


@pytest.mark.parametrize("content", ["", "hello\n", "a\tb\n1\t2\n", "<html></html>", "PK\x03\x04 not really"])
def test_a_file_without_a_known_table_is_refused_by_name(content: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text(content)
    with pytest.raises(InputError, match=r"notes\.txt"):
        opened(path, tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.zip.*cannot be read"):
        opened(tmp_path / "absent.zip", tmp_path)


def test_xz_is_unpacked(samples: Path, tmp_path: Path) -> None:
    packed = tmp_path / "ioce_addon_2019q3-2026q2.tsv.xz"
    packed.write_bytes(lzma.compress((samples / "ioce_addon_2019q3-2026q2.tsv").read_bytes()))
    (member,) = opened(packed, tmp_path).members
    assert member.reading.edition is not None
    assert member.reading.edition.id == "2019 Q3 to 2026 Q2"


def test_damaged_archives_are_refused(tmp_path: Path) -> None:
    for name, content in (("a.xz", b"\xfd7zXZ\x00garbage"), ("b.zip", b"PK\x03\x04garbage"), ("c.gz", b"\x1f\x8bxx")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(InputError, match="damaged"):
            open_documents(path, tmp_path)


def test_of_two_forms_in_an_archive_the_text_is_read(samples: Path, tmp_path: Path) -> None:
    text = samples / "ccipra-v322r0-f1.txt"
    workbook = write_workbook(tmp_path / "ccipra-v322r0-f1.xlsx", rows_of(text, "\t"))
    readme = tmp_path / "readme.txt"
    readme.write_text("about these files")
    found = opened(write_zip(tmp_path / "ccipra-v322r0-f1.zip", [workbook, text, readme]), tmp_path)
    assert [member.document.member for member in found.members] == ["ccipra-v322r0-f1.txt"]
    assert {name.split(":")[1] for name in found.left_aside} == {"ccipra-v322r0-f1.xlsx", "readme.txt"}


def test_the_archive_names_the_edition_where_its_member_does_not(samples: Path, tmp_path: Path) -> None:
    member = tmp_path / "edits.txt"
    shutil.copy(samples / "AOC_V2026Q3-MCR.txt", member)
    archive = write_zip(tmp_path / "add-code-edits-medicare-effective-07012026.zip", [member])
    groups, _ = grouped([opened(archive, tmp_path)], Choice())
    assert [group.edition.id for group in groups] == ["2026 Q3"]


def test_four_parts_make_one_edition(samples: Path, tmp_path: Path) -> None:
    groups, _ = grouped([opened(samples / name, tmp_path) for name in reversed(HOSPITAL_PARTS)], Choice())
    assert [(group.key, group.names, group.missing_parts) for group in groups] == [
        ("ptp/hospital", list(HOSPITAL_PARTS), ())
    ]


def test_what_no_file_tells_is_asked_for(samples: Path, tmp_path: Path) -> None:
    unnamed = tmp_path / "edits.txt"
    shutil.copy(samples / "ccipra-v322r0-f1.txt", unnamed)
    with pytest.raises(InputError, match=r"edits\.txt: .*--table practitioner"):
        grouped([opened(unnamed, tmp_path)], Choice())
    with pytest.raises(InputError, match=r"edits\.txt: .*--edition, --from and --to"):
        grouped([opened(unnamed, tmp_path)], Choice(judges="practitioner"))
    told = Choice("2026 Q3", judges="practitioner")
    ((group,), _) = grouped([opened(unnamed, tmp_path)], told)
    assert (group.key, group.edition.first, group.edition.last) == ("ptp/practitioner", 20260701, 20260930)
    told = Choice(first=20240603, last=20240930, judges="hospital")
    ((group,), _) = grouped([opened(unnamed, tmp_path)], told)
    assert (group.key, group.edition.id) == ("ptp/hospital", "2024-06-03 to 2024-09-30")


def test_content_outweighs_the_option(samples: Path, tmp_path: Path) -> None:
    file = opened(samples / "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", tmp_path)
    with pytest.raises(InputError, match="practitioner table; leave out --table hospital"):
        grouped([file], Choice(judges="hospital"))


def test_the_same_table_twice_is_refused(samples: Path, tmp_path: Path) -> None:
    text = samples / "2026_January_Web_Addendum_B.12292025.csv"
    workbook = write_workbook(tmp_path / "2026_January_Addendum_B.xlsx", rows_of(text, ","))
    with pytest.raises(InputError, match="holds the same as"):
        grouped([opened(text, tmp_path), opened(workbook, tmp_path)], Choice())


def test_several_editions_do_not_share_one_range_of_days(samples: Path, tmp_path: Path) -> None:
    names = ("ncci_mue_practitioner_eff_2024-07-01.tsv", "ncci_mue_practitioner_eff_2026-04-01.tsv")
    files = [opened(samples / name, tmp_path) for name in names]
    with pytest.raises(InputError, match="holds the same as|several editions"):
        grouped(files, Choice(first=20240701, last=20240930))


def test_a_heading_on_one_line_is_as_good_as_a_wrapped_one(samples: Path, tmp_path: Path) -> None:
    wrapped = rows_of(samples / "ccipra-v322r0-f1.txt", "\t")
    heading = ["Column 1", "Column 2", "*=in existence prior to 1996", "Effective Date", "Deletion Date *=no data"]
    path = tmp_path / "ccipra-v322r0-f1.csv"
    path.write_text(as_csv([[*heading, "Modifier 0=not allowed", "PTP Edit Rationale"], *wrapped[6:]]))
    (member,) = opened(path, tmp_path).members
    assert member.reading.rows is not None
    assert [cells for _, _, cells in member.reading.rows(member.document)] == wrapped[6:]


def test_an_archive_that_unpacks_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("claimlogic.tables.documents._LARGEST", 1 << 20)
    bomb = tmp_path / "bomb.tsv"
    bomb.write_bytes(b"0" * (2 << 20))
    packed = tmp_path / "bomb.tsv.xz"
    packed.write_bytes(lzma.compress(bomb.read_bytes()))
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.write(bomb, bomb.name)
    for path in (packed, archive):
        with pytest.raises(InputError, match="larger than any table"):
            open_documents(path, tmp_path)
