"""Imports add editions, repeat without effect, give the same bytes, and refuse what would contradict itself."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from claimlogic.errors import InputError
from claimlogic.tables.grouping import Choice
from claimlogic.tables.importing import import_tables
from claimlogic.tables.manifest import read_manifest

from .conftest import HOSPITAL_PARTS, SAMPLES, StoreOf, write_zip

MUE_2024 = "ncci_mue_practitioner_eff_2024-07-01.tsv"
MUE_2026 = "ncci_mue_practitioner_eff_2026-04-01.tsv"


def tree(folder: Path) -> dict[str, str]:
    """The files below a folder and the hashes of their bytes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_files_twice_change_nothing(store_of: StoreOf) -> None:
    store = store_of([MUE_2024])
    before = tree(store)
    report = import_tables([SAMPLES / MUE_2024], store)
    assert not report.added
    assert [found.edition.id for found in report.unchanged] == ["2024 Q3"]
    assert tree(store) == before


def test_the_next_quarter_adds_an_edition(store_of: StoreOf) -> None:
    store = store_of([MUE_2024], [MUE_2026])
    editions = read_manifest(store).tables["mue/practitioner"].editions
    assert [edition.id for edition in editions] == ["2024 Q3", "2026 Q2"]


def test_the_same_editions_give_the_same_bytes_in_any_order_and_grouping(store_of: StoreOf) -> None:
    one = store_of([MUE_2024, MUE_2026, *HOSPITAL_PARTS], name="one")
    two = store_of([MUE_2026], HOSPITAL_PARTS[::-1], [MUE_2024], name="two")
    assert tree(one) == tree(two)


def test_files_that_the_manifest_no_longer_names_are_removed(store_of: StoreOf) -> None:
    store = store_of([MUE_2024], [MUE_2026])
    (store / "index" / "left-behind.sqlite").write_bytes(b"")
    import_tables([SAMPLES / "ioce_addon_2019q3-2026q2.tsv"], store)
    assert set(tree(store)) == read_manifest(store).files()
    assert not list(store.parent.glob(".store*"))


def test_the_manifest_keeps_name_hash_edition_range_and_rows(store_of: StoreOf) -> None:
    store = store_of([MUE_2024])
    (edition,) = read_manifest(store).tables["mue/practitioner"].editions
    (file,) = edition.files
    assert (edition.id, edition.first, edition.last, edition.rows) == ("2024 Q3", 20240701, 20240930, 8)
    assert (file.name, file.rows) == (MUE_2024, 8)
    assert file.sha256 == hashlib.sha256((SAMPLES / MUE_2024).read_bytes()).hexdigest()


def test_an_overlapping_edition_is_refused(store_of: StoreOf) -> None:
    store = store_of(["ioce_hcpcs_status_2019q3-2026q2.tsv"])
    before = tree(store)
    with pytest.raises(InputError, match=r"2026 Q1 of opps_status overlaps edition 2019 Q3 to 2026 Q2"):
        import_tables([SAMPLES / "2026_January_Web_Addendum_B.12292025.csv"], store)
    assert tree(store) == before


def test_editions_that_overlap_in_one_call_are_refused(tmp_path: Path) -> None:
    names = ("ioce_hcpcs_status_2019q3-2026q2.tsv", "2026_January_Web_Addendum_B.12292025.csv")
    with pytest.raises(InputError, match="overlaps"):
        import_tables([SAMPLES / name for name in names], tmp_path / "store")


def test_an_edition_of_the_same_days_needs_replace(store_of: StoreOf, tmp_path: Path) -> None:
    store = store_of([MUE_2024])
    corrected = tmp_path / MUE_2024
    corrected.write_text((SAMPLES / MUE_2024).read_text().replace("77003\t1\t", "77003\t2\t"))
    with pytest.raises(InputError, match="in the store already.*--replace"):
        import_tables([corrected], store)
    import_tables([corrected], store, replace_editions=True)
    (edition,) = read_manifest(store).tables["mue/practitioner"].editions
    assert edition.files[0].sha256 == hashlib.sha256(corrected.read_bytes()).hexdigest()
    assert set(tree(store)) == read_manifest(store).files()


def test_a_part_alone_is_kept_as_incomplete(store_of: StoreOf) -> None:
    (edition,) = read_manifest(store_of(["ccipra-v322r0-f1.txt"])).tables["ptp/practitioner"].editions
    assert edition.missing == ("2", "3", "4")


def test_the_missing_parts_come_with_replace(store_of: StoreOf) -> None:
    store = store_of(HOSPITAL_PARTS[:1])
    import_tables([SAMPLES / name for name in HOSPITAL_PARTS], store, replace_editions=True)
    (edition,) = read_manifest(store).tables["ptp/hospital"].editions
    assert edition.missing == ()


def test_parts_from_archives(tmp_path: Path) -> None:
    archives = [
        write_zip(tmp_path / f"ccioph-v321r0-f{n}.zip", [SAMPLES / name]) for n, name in enumerate(HOSPITAL_PARTS, 1)
    ]
    import_tables(archives, tmp_path / "store")
    (edition,) = read_manifest(tmp_path / "store").tables["ptp/hospital"].editions
    assert [file.name for file in edition.files] == [
        f"ccioph-v321r0-f{n}.zip:ccioph-v321r0-f{n}.txt" for n in range(1, 5)
    ]
    assert edition.files[0].sha256 == hashlib.sha256(archives[0].read_bytes()).hexdigest()


def test_edition_and_days_as_told(tmp_path: Path) -> None:
    choice = Choice("2024 Q3", 20240701, 20240930)
    import_tables([SAMPLES / "ncci_aoc_2024-06-03_active.tsv"], tmp_path / "store", choice)
    (edition,) = read_manifest(tmp_path / "store").tables["addon"].editions
    assert (edition.id, edition.first, edition.last) == ("2024 Q3", 20240701, 20240930)


def test_a_fault_in_one_file_refuses_all(tmp_path: Path) -> None:
    bad = tmp_path / MUE_2026
    bad.write_text((SAMPLES / MUE_2026).read_text().replace("77003\t1", "77003\tx"))
    with pytest.raises(InputError):
        import_tables([SAMPLES / MUE_2024, bad], tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_the_reasons_of_pairs_alone_are_no_table(tmp_path: Path) -> None:
    reasons = tmp_path / "ncci_ptp_rationale_codes.tsv"
    reasons.write_text("id\trationale\nA\tCoding instruction\n")
    with pytest.raises(InputError, match="ncci_ptp_rationale_codes.tsv: .*import it together with the pairs"):
        import_tables([reasons], tmp_path / "store")
    assert not (tmp_path / "store").exists()


def test_a_folder_of_something_else_is_left_alone(tmp_path: Path) -> None:
    store = tmp_path / "documents"
    store.mkdir()
    (store / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="no store of tables"):
        import_tables([SAMPLES / MUE_2024], store)
    assert tree(store).keys() == {"letter.txt"}


def test_an_empty_folder_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    import_tables([SAMPLES / MUE_2024], tmp_path / "store")
    assert read_manifest(tmp_path / "store").tables


def test_a_damaged_manifest_is_named(store_of: StoreOf) -> None:
    store = store_of([MUE_2024])
    (store / "manifest.json").write_text("{")
    with pytest.raises(InputError, match="manifest is damaged"):
        read_manifest(store)


def test_a_store_can_be_moved(store_of: StoreOf, tmp_path: Path) -> None:
    store = store_of([MUE_2024])
    shutil.move(store, tmp_path / "elsewhere" / "s")
    import_tables([SAMPLES / MUE_2026], tmp_path / "elsewhere" / "s")
    assert len(read_manifest(tmp_path / "elsewhere" / "s").tables["mue/practitioner"].editions) == 2
