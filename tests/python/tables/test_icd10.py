"""Excludes1 notes of the ICD-10-CM tabular list: what they keep apart, and what a proof says of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from claimlogic.errors import InputError
from claimlogic.knowledge.store import FactStore
from claimlogic.tables.importing import import_tables
from claimlogic.tables.manifest import read_manifest
from claimlogic.terms import OPEN_END, Atom

from .conftest import SAMPLES, StoreOf

TABULAR = "icd10cm_tabular_2026.xml"

APART = [
    ("D49.2", "D49.0"),  # one code
    ("D49.2", "D49.3"),
    ("D49.1", "D37.0"),  # a note of the category, a range of categories
    ("D49.1", "D44"),  # its last
    ("D49.1", "D48"),  # the second reference in one pair of brackets
    ("M54.41", "M51.16"),  # a note above the code, everything below a code with a dash
    ("M54.41", "F45.41"),  # a note of the category
    ("M54.40", "M1A.0"),  # M1A stands between M08 and M10
    ("M08", "F10.17"),  # a note of the chapter, codes with these endings
    ("M08", "F19.17"),
    ("S02.0XXA", "P13.0"),  # a code with characters that the list does not print
]
TOGETHER = [
    ("D49.0", "D49.2"),  # a note is stated on one side
    ("D49.2", "D49.2"),
    ("M54.41", "M14"),  # beyond the range
    ("M08", "F10.1"),
    ("M08", "F10.2"),
    ("F10.17", "P13.0"),
    ("D49.2", "Z99.9"),  # not in the list
]


@pytest.fixture
def facts(facts_of: Callable[..., FactStore]) -> FactStore:
    return facts_of([TABULAR])


def kept_apart(facts: FactStore, dx: str, other: str) -> list[tuple[object, ...]]:
    own = [t for t in facts.match("excludes1", (f'"{dx}"', f'"{other}"', None, None)) if t[2] == 20251001]
    atoms = facts.slice("excludes1", {"icd": sorted({f'"{dx}"', f'"{other}"'})})
    sliced = [a.arguments for a in atoms if a.arguments[2] == 20251001]
    assert own == [t for t in sliced if t[:2] == (f'"{dx}"', f'"{other}"')]
    return own


@pytest.mark.parametrize(("dx", "other"), APART)
def test_a_note_keeps_two_diagnoses_apart(dx: str, other: str, facts: FactStore) -> None:
    assert kept_apart(facts, dx, other) == [(f'"{dx}"', f'"{other}"', 20251001, OPEN_END)]


@pytest.mark.parametrize(("dx", "other"), TOGETHER)
def test_diagnoses_without_a_note_go_together(dx: str, other: str, facts: FactStore) -> None:
    assert kept_apart(facts, dx, other) == []


def test_a_proof_names_the_note(facts: FactStore) -> None:
    (origin,) = facts.published(Atom("excludes1", ('"M54.41"', '"M51.16"', 20251001, OPEN_END)))
    assert (origin.file, origin.source, origin.where) == (TABULAR, "icd10cm", "FY2026")
    assert origin.note == "edition FY2026; note at M54.4: M51.1"
    assert (
        (SAMPLES / TABULAR).read_text().splitlines()[origin.line - 1].strip().startswith("<excludes1><note>due to disc")
    )


def test_one_side_lists_the_other_as_the_list_names_it(facts: FactStore) -> None:
    others = {t[1] for t in facts.match("excludes1", ('"M54.41"', None, None, None)) if t[2] == 20251001}
    assert {'"M51.16"', '"M51.1"', '"M1A.0"', '"F45.41"', '"F10.17"'} <= others
    firsts = {t[0] for t in facts.match("excludes1", (None, '"M51.16"', None, None)) if t[2] == 20251001}
    assert {'"M54.4"', '"M54.40"', '"M54.41"'} <= firsts
    assert '"M54"' not in firsts


def test_notes_that_name_no_code_are_counted(store_of: StoreOf) -> None:
    (edition,) = read_manifest(store_of([TABULAR])).tables["excludes1"].editions
    assert (edition.id, edition.left_out) == ("FY2026", 1)


def test_years_that_meet_are_one_fact(
    facts_of: Callable[..., FactStore], store_of: StoreOf, samples: Path, tmp_path: Path
) -> None:
    later = tmp_path / "icd10cm_tabular_2027.xml"
    later.write_text(
        (samples / TABULAR).read_text().replace("<version>2026", "<version>2027").replace("(D49.0)", "(D49.3)")
    )
    facts = facts_of([TABULAR], [later])
    pairs = facts.match("excludes1", ('"D49.2"', '"D49.1"', None, None))
    assert ('"D49.2"', '"D49.1"', 20251001, OPEN_END) in pairs
    ended = facts.match("excludes1", ('"D49.2"', '"D49.0"', None, None))
    assert ('"D49.2"', '"D49.0"', 20251001, 20260930) in ended


def test_the_april_update_begins_in_april(samples: Path, tmp_path: Path) -> None:
    path = tmp_path / "icd10cm-tabular-April-2026.xml"
    shutil.copy(samples / TABULAR, path)
    import_tables([path], tmp_path / "store")
    (edition,) = read_manifest(tmp_path / "store").tables["excludes1"].editions
    assert (edition.id, edition.first, edition.last) == ("FY2026 April", 20260401, 20260930)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("</ICD10CM.tabular>", "", "no well-formed XML"),
        ("<ICD10CM.tabular>", '<!DOCTYPE x [<!ENTITY a "b">]><ICD10CM.tabular>', "declares entities"),
        ("<diag><name>D48</name>", "<diag>", "has no name"),
    ],
)
def test_what_is_no_tabular_list_is_refused(old: str, new: str, words: str, samples: Path, tmp_path: Path) -> None:
    path = tmp_path / TABULAR
    path.write_text((samples / TABULAR).read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=words):
        import_tables([path], tmp_path / "store")
