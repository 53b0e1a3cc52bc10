"""Rows that cannot be read are named by file, line and reason; the import is refused, or they are set aside."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic.errors import InputError
from claimlogic.tables.importing import import_tables
from claimlogic.tables.manifest import read_manifest


def spoilt(samples: Path, folder: Path, name: str, old: str, new: str) -> Path:
    """A copy of a sample with a piece of it replaced."""
    path = folder / name
    content = (samples / name).read_bytes().decode("cp1252")
    assert old in content
    path.write_bytes(content.replace(old, new, 1).encode("cp1252"))
    return path


FAULTS = [
    ("ccipra-v322r0-f1.txt", "0001A\t36591", "1A\t36591", 8, 'column 1: "1A" is no procedure code'),
    ("ccipra-v322r0-f1.txt", "0001A\t0591T", "0001A\t", 7, 'column 2: "" is no procedure code'),
    ("ccipra-v322r0-f1.txt", "20220101\t20231231\t0", "20220230\t20231231\t0", 8, 'column 4: "20220230" is no day'),
    ("ccipra-v322r0-f1.txt", "20220101\t20231231\t0", "20220101\tnever\t0", 8, 'column 5: "never" is no day'),
    ("ccipra-v322r0-f1.txt", "20231231\t0\t", "20231231\t7\t", 8, 'column 6: "7" is none of 0, 1, 9'),
    (
        "ccipra-v322r0-f1.txt",
        "0001A\t36591\t\t20220101\t20231231\t0\tC",
        "0001A\t36591\tC",
        8,
        "columns are expected, 3 found",
    ),
    ("MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", "0002M,1,", "0002M,many,", 11, '"many" is no whole number'),
    (
        "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv",
        "0002M,1,3 Date",
        "0002M,1,Date",
        11,
        "does not begin with one of 1, 2, 3",
    ),
    ("AOC_V2026Q3-MCR.txt", "2023001", "2023366", 2, '"2023366" is no day (YYYYDDD)'),
    ("AOC_V2026Q3-MCR.txt", "164494", "964494", 2, "not in the columns of an add-on text"),
    ("2026_January_Web_Addendum_B.12292025.csv", "62322,,T", "62322,,", 9, 'column 3: "" is no indicator'),
    ("April_2026_ASC_Addendum_AA.csv", "62323,", "6232,", 8, '"6232" is no procedure code'),
    ("PPRRVU2025_Oct.csv", "27096,", "2709,", 13, '"2709" is no procedure code'),
    ("ioce_hcpcs_status_2019q3-2026q2.tsv", "20210331\tS", "20210331\t", 2, '"" is no indicator'),
    ("ncci_aoc_2026q3_active.tsv", "\tCCCCC\t2", "\tCCCCC\t4", 0, "does not begin with one of 1, 2, 3"),
]


@pytest.mark.parametrize(("name", "old", "new", "line", "why"), FAULTS)
def test_a_row_that_cannot_be_read_is_named_and_refuses_the_import(
    name: str, old: str, new: str, line: int, why: str, samples: Path, tmp_path: Path
) -> None:
    path = spoilt(samples, tmp_path, name, old, new)
    if name.startswith("ncci_aoc"):
        line = next(n for n, row in enumerate(path.read_text().splitlines(), start=1) if "\tCCCCC\t4" in row)
    with pytest.raises(InputError) as fault:
        import_tables([path], tmp_path / "store")
    assert f"{name}:{line}: " in str(fault.value)
    assert why in str(fault.value)
    assert "--quarantine" in str(fault.value)
    assert not (tmp_path / "store").exists()


def test_quarantined_rows_are_written_apart_and_counted(samples: Path, tmp_path: Path) -> None:
    path = spoilt(samples, tmp_path, "ccipra-v322r0-f1.txt", "0001A\t36591", "1A\t36591")
    store = tmp_path / "store"
    import_tables([path], store, quarantine=True)
    (edition,) = read_manifest(store).tables["ptp/practitioner"].editions
    assert (edition.rows, edition.quarantined) == (15, 1)
    heading, row = (store / edition.quarantine).read_text().splitlines()
    assert heading.split("\t") == ["file", "line", "why", "row"]
    assert row.startswith("ccipra-v322r0-f1.txt\t8\t")
    assert "1A" in row


def test_only_the_first_faults_are_shown_with_the_count_of_all(samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "ccipra-v322r0-f1.txt"
    path.write_bytes((samples / path.name).read_bytes().replace(b"0001", b"001"))
    with pytest.raises(InputError, match="16 rows cannot be read") as fault:
        import_tables([path], tmp_path / "store")
    assert str(fault.value).count("\n") == 11
    assert "and 6 more" in str(fault.value)


def test_a_file_of_nothing_but_faults_is_refused_even_with_quarantine(samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "ccipra-v322r0-f1.txt"
    path.write_bytes((samples / path.name).read_bytes().replace(b"0001", b"001"))
    with pytest.raises(InputError, match="no row of a table was found"):
        import_tables([path], tmp_path / "store", quarantine=True)


def test_blank_lines_do_not_shift_the_numbers_of_lines(samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "ccipra-v322r0-f1.txt"
    lines = (samples / path.name).read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([*lines[:7], b"", b"\t\t\t\t\t\t", *lines[7:8], b"bad"]))
    with pytest.raises(InputError, match=r"ccipra-v322r0-f1\.txt:11: "):
        import_tables([path], tmp_path / "store")
