"""Which files of claims are read, and what is said of those that are not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from screen_files import ROW, lines, one_line, read, row, write_csv, write_parquet

from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.screening.part import part_layout
from claimlogic.screening.reading.sources import find_sources
from claimlogic.screening.reading.staging import stage

SAMPLES = Path(__file__).parent / "samples"


def refused(path: Path | str) -> str:
    with pytest.raises(InputError) as fault:
        find_sources(str(path), duckdb.connect())
    return str(fault.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path / "none.csv")
    assert "no Parquet or CSV file in this folder" in refused(tmp_path)


def test_an_empty_file_is_refused_and_one_without_rows_is_not(tmp_path: Path, knowledge: Knowledge) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "empty.parquet").write_bytes(b"")
    assert "empty" in refused(tmp_path / "empty.csv")
    assert "empty, damaged or cut short" in refused(tmp_path / "empty.parquet")
    (tmp_path / "header.csv").write_text(",".join(ROW) + "\n")
    _, assembled = read(tmp_path / "header.csv", knowledge, tmp_path)
    assert (assembled.claims, assembled.rows) == (0, 0)


def test_columns_that_are_missing_are_named(tmp_path: Path) -> None:
    bad = {name: value for name, value in ROW.items() if name not in ("hcpcs_code", "claim_type")}
    told = refused(write_csv(tmp_path / "claims.csv", [bad]))
    assert "Tuva medical_claim" in told
    assert "hcpcs_code, claim_type" in told
    assert "no columns of claims" in refused(write_csv(tmp_path / "other.csv", [{"name": "x", "age": "1"}]))


def test_a_column_that_stands_twice_is_named(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text(",".join([*ROW, "HCPCS_CODE"]) + "\n")
    assert "two columns are called" in refused(path)


@pytest.mark.parametrize("name", ["hcpcs_code", "hcpcs_modifier_1", "place_of_service_code", "diagnosis_code_1"])
def test_codes_that_are_numbers_are_refused_by_name(name: str, tmp_path: Path) -> None:
    told = refused(write_parquet(tmp_path / "claims.parquet", [row()], **{name: "100"}))
    assert told.startswith(f"{tmp_path / 'claims.parquet'}: {name}: these codes are numbers")


def test_a_column_of_numbers_that_is_empty_is_as_good_as_missing(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "claims.parquet", [row(hcpcs_modifier_1="59")], hcpcs_modifier_5="NULL::INTEGER")
    assert find_sources(str(path), duckdb.connect())[0].columns.taken["modifier"] == ("hcpcs_modifier_1",)


def test_headers_may_be_written_in_any_case(tmp_path: Path, knowledge: Knowledge) -> None:
    path = write_csv(tmp_path / "claims.csv", [{name.title(): value for name, value in ROW.items()}])
    assert one_line(path, knowledge, tmp_path)["line"] == "62323"


@pytest.mark.parametrize("delimiter", ["|", "\t", ";"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_csv_may_be_separated_and_encoded_in_other_ways(
    delimiter: str, encoding: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    path = write_csv(tmp_path / "claims.csv", [row(payer='The "Plan"')], encoding, delimiter)
    connection, _ = read(path, knowledge, tmp_path)
    assert connection.execute("SELECT payer FROM part_claims").fetchall() == [("the_plan",)]


def test_a_csv_in_latin_1_is_read_and_says_so(tmp_path: Path, knowledge: Knowledge) -> None:
    path = write_csv(tmp_path / "claims.csv", [row(payer="Santé", claim_id=str(n)) for n in range(3)], "latin-1")
    connection = duckdb.connect()
    staged = stage(connection, find_sources(str(path), connection), tmp_path / "work", 9, lambda _: None)
    assert staged.notes == ("claims.csv is not UTF-8; it was read as Latin-1",)
    assert (staged.rows, staged.broken) == (3, ())


def test_rows_that_are_no_csv_set_the_claims_apart_that_they_name(tmp_path: Path, knowledge: Knowledge) -> None:
    path = write_csv(tmp_path / "claims.csv", [*lines("c1", "62323", "77003"), *lines("c2", "20610")])
    text = path.read_text().splitlines()
    text.insert(2, "c1,3,too,few")
    text.append("nobody," * 40)
    path.write_text("\n".join(text) + "\n")
    connection, assembled = read(path, knowledge, tmp_path)
    assert connection.execute("SELECT claim_id, row, reasons FROM set_apart ORDER BY ALL").fetchall() == [
        ("c1", 1, "broken_row"),
        ("c1", 3, "broken_row"),  # the second row is the broken one
    ]
    assert assembled.claims_judged == 1


def test_a_parquet_file_that_is_cut_short_is_named_and_not_quoted(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "claims.parquet", [row(claim_id=str(n)) for n in range(1000)])
    path.write_bytes(path.read_bytes()[:-100])
    told = refused(path)
    assert "cut short" in told
    assert "SECRET" not in told


def test_the_part_is_what_the_vocabulary_lays_out(tmp_path: Path, knowledge: Knowledge) -> None:
    connection, _ = read(write_csv(tmp_path / "claims.csv", [row()]), knowledge, tmp_path)
    for table, columns in part_layout(knowledge.vocabulary).tables.items():
        found = connection.execute(f'DESCRIBE "{table}"').fetchall()
        assert [(name, kind) for name, kind, *_ in found] == list(columns)
