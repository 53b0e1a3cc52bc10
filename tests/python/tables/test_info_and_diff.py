"""What `tables info` and `tables diff` tell."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from typer.testing import CliRunner, Result

from claimlogic.cli.tables import tables_app
from claimlogic.errors import InputError

from .conftest import HOSPITAL_PARTS, SAMPLES, StoreOf

MUE_2024, MUE_2026 = "ncci_mue_practitioner_eff_2024-07-01.tsv", "ncci_mue_practitioner_eff_2026-04-01.tsv"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(tables_app, [str(argument) for argument in arguments])


def output(*arguments: str | Path) -> str:
    done = run(*arguments)
    assert done.exit_code == 0, done.exception
    return done.stdout


def test_import_says_what_it_added_kept_and_left_aside(tmp_path: Path) -> None:
    store = tmp_path / "store"
    said = output("import", SAMPLES / MUE_2024, SAMPLES / "ccipra-v322r0-f1.txt", "--into", store)
    assert said.splitlines() == [
        "imported mue/practitioner 2024 Q3, 2024-07-01 to 2024-09-30: 8 rows",
        "imported ptp/practitioner 2026 Q3, 2026-07-01 to 2026-09-30: 16 rows",
        "  incomplete: parts 2, 3, 4 are missing, so no claim is judged clean by it; import all parts together",
    ]
    assert output("import", SAMPLES / MUE_2024, "--into", store) == "unchanged mue/practitioner 2024 Q3\n"


def test_import_takes_what_is_told(tmp_path: Path) -> None:
    file, store = SAMPLES / "ncci_aoc_2024-06-03_active.tsv", tmp_path / "store"
    assert isinstance(run("import", file, "--into", store).exception, InputError)
    said = output("import", file, "--into", store, "--edition", "2024 Q3")
    assert said == "imported addon 2024 Q3, 2024-07-01 to 2024-09-30: 16 rows\n"
    assert isinstance(run("import", file, "--into", store, "--from", "soon").exception, InputError)
    assert isinstance(run("import", file, "--into", store, "--table", "dentist").exception, InputError)


def test_info_shows_editions_gaps_hashes_and_what_is_missing(store_of: StoreOf) -> None:
    store = store_of([MUE_2024], [MUE_2026], ["ccipra-v322r0-f1.txt"])
    said = output("info", store)
    assert "2024 Q3" in said
    assert "8 rows" in said
    assert "gap" in said
    assert "2024-10-01 to 2026-03-31  judged by 2024 Q3" in said
    assert "incomplete: parts 2, 3, 4 are missing" in said
    missing = "addon, asc_indicator, excludes1, fee_schedule, mue/dme, mue/hospital, opps_status, ptp/hospital"
    assert said.splitlines()[-1] == f"not in the store: {missing}"


def test_info_as_json(store_of: StoreOf) -> None:
    found = json.loads(output("info", store_of([MUE_2024], [MUE_2026]), "--format", "json"))
    table = found["tables"]["mue/practitioner"]
    assert [edition["rows"] for edition in table["editions"]] == [8, 9]
    assert table["gaps"] == [{"first": 20241001, "last": 20260331, "carried_forward": "2024 Q3"}]
    assert "ptp/practitioner" in found["missing"]


def test_info_of_no_store_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no store of tables"):
        raise run("info", tmp_path).exception or AssertionError


def diff_of(store: Path, *arguments: str) -> dict[str, Any]:
    return json.loads(output("diff", store, *arguments, "--format", "json"))["tables"]


def test_diff_of_two_editions(store_of: StoreOf, tmp_path: Path) -> None:
    changed = tmp_path / MUE_2026
    changed.write_text((SAMPLES / MUE_2026).read_text().replace("76000\t3\t", "76000\t2\t"))
    table = diff_of(store_of([MUE_2024], [changed]), "2024 Q3", "2026 Q2")["mue/practitioner"]
    assert table["counts"] == {"added": 2, "removed": 1, "changed": 1}
    found = {(change["change"], change["code"]): (change["before"], change["after"]) for change in table["changes"]}
    assert found["changed", "76000"] == ("3 3", "2 3")
    assert found["removed", "10005"][1] is None
    assert found["added", "0002M"] == (None, "1 3")
    assert table["families"]["plain_fluoroscopy"] == {"added": 0, "removed": 0, "changed": 1}
    assert table["families"]["other"]["added"] == 2


def test_diff_of_two_days_of_one_dated_edition(store_of: StoreOf) -> None:
    store = store_of(["ioce_ptp_hospital_2019q3-2026q2.tsv"])
    table = diff_of(store, "2025-07-01", "2025-10-01")["ptp/hospital"]
    assert (table["before"], table["after"]) == (20250701, 20251001)
    pairs = {(change["code"], change["other"]) for change in table["changes"] if change["change"] == "added"}
    assert {("64415", "77002"), ("64415", "77003"), ("64445", "77002"), ("64445", "77003")} <= pairs
    assert {"nerve_block", "guidance_addon"} <= set(table["families"])


def test_diff_as_text_shows_counts_and_some_changes(store_of: StoreOf) -> None:
    said = output("diff", store_of([MUE_2024], [MUE_2026]), "2024 Q3", "2026 Q2")
    assert said.startswith("mue/practitioner  2024-07-01 -> 2026-04-01: 2 added, 1 removed, 0 changed\n")
    assert "    removed  mue 10005  " in said


def test_diff_as_parquet(store_of: StoreOf, tmp_path: Path) -> None:
    store, target = store_of([MUE_2024], [MUE_2026]), tmp_path / "diff.parquet"
    output("diff", store, "2024 Q3", "2026 Q2", "--format", "parquet", "-o", target)
    rows = duckdb.sql(f"SELECT \"table\", change, code FROM '{target}' ORDER BY ALL").fetchall()
    assert rows == [
        ("mue/practitioner", "added", "0002M"),
        ("mue/practitioner", "added", "0441U"),
        ("mue/practitioner", "removed", "10005"),
    ]
    assert isinstance(run("diff", store, "2024 Q3", "2026 Q2", "--format", "parquet").exception, InputError)


def test_diff_of_notes(store_of: StoreOf, samples: Path, tmp_path: Path) -> None:
    name, later = "icd10cm_tabular_2026.xml", tmp_path / "icd10cm_tabular_2027.xml"
    later.write_text((samples / name).read_text().replace("<version>2026", "<version>2027").replace("(P13.0)", "(P13)"))
    changes = diff_of(store_of([name], [later]), "FY2026", "FY2027")["excludes1"]["changes"]
    assert [(c["change"], c["code"], c["other"]) for c in changes] == [
        ("added", "S02", "P13"),
        ("removed", "S02", "P13.0"),
    ]


def test_diff_of_one_table_only(store_of: StoreOf) -> None:
    store = store_of([MUE_2024], HOSPITAL_PARTS)
    assert diff_of(store, "2026-04-01", "2026-05-01").keys() == {"mue/practitioner", "ptp/hospital"}
    assert diff_of(store, "2026-04-01", "2026-05-01", "--table", "ptp/hospital").keys() == {"ptp/hospital"}


def test_editions_that_no_table_has_are_named(store_of: StoreOf) -> None:
    store = store_of([MUE_2024])
    with pytest.raises(InputError, match="no table has both 2024 Q3 and 2031 Q1; the store has 2024 Q3"):
        raise run("diff", store, "2024 Q3", "2031 Q1").exception or AssertionError
    with pytest.raises(InputError, match="the store has no table ptp/dentist; it has mue/practitioner"):
        raise run("diff", store, "2024 Q3", "2024 Q3", "--table", "ptp/dentist").exception or AssertionError


@pytest.mark.parametrize("damage", ["missing", "cut short", "overwritten", "overwritten in its middle"])
def test_an_edition_that_is_damaged_is_named(damage: str, store_of: StoreOf) -> None:
    store = store_of([MUE_2024], [MUE_2026])
    (path, *_) = sorted(store.rglob("*.parquet"))
    content = path.read_bytes()
    damaged = {
        "cut short": content[: len(content) // 2],
        "overwritten": b"\x00" * len(content),
        "overwritten in its middle": content[:8] + b"\xff" * (len(content) // 2) + content[8 + len(content) // 2 :],
    }
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes(damaged[damage])
    refused = run("diff", store, "2024 Q3", "2026 Q2").exception
    assert isinstance(refused, InputError)
    assert refused.place == str(path)
    assert "missing or damaged" in refused.problem
