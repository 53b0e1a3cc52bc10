"""The form of the files that hold facts, and that cutting CMS's files again gives the same."""

from __future__ import annotations

import csv
import importlib
import lzma
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from tests.python.code_facts import CMS, CODES, OPEN, ROOT, TABLES, facts, table

# --- form


def code_files() -> list[Path]:
    """The fact files."""
    return [*sorted(CODES.glob("*.lp")), TABLES / "editions.lp"]


@pytest.mark.parametrize("path", code_files(), ids=lambda path: path.stem)
def test_every_fact_stands_under_a_source(path: Path) -> None:
    known = {row[0] for row in facts()["source"]}
    source = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("% @source "):
            match = re.fullmatch(r'% @source (\w+), "[^"]+"', line)
            assert match, line
            source = match.group(1)
            assert source in known, source
        elif line and not line.startswith("%"):
            assert source, line
            assert re.fullmatch(r"[a-z]\w*\(.*\)\.", line), line


@pytest.mark.parametrize("path", code_files(), ids=lambda path: path.stem)
def test_file_is_tidy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("%%% ")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line and not line.startswith("%"):
            block.append(line)
            continue
        assert block == sorted(block), f"{path.name}: {block[:1]}"
        block = []


def test_tables_name_a_known_source() -> None:
    known = {row[0] for row in facts()["source"]}
    for path in sorted(TABLES.glob("*.tsv*")):
        with lzma.open(path, "rt") if path.suffix == ".xz" else path.open(encoding="utf-8") as text:
            match = re.fullmatch(r'# @source (\w+), "[^"]+"\n', next(text))
        assert match, path.name
        assert match.group(1) in known, path.name


def test_readme_counts_the_rows() -> None:
    text = (TABLES / "README.md").read_text(encoding="utf-8")
    for path in sorted(TABLES.glob("*.tsv")):
        assert f"| `{path.name}` | {len(table(path.name)):,} |" in text
    assert f"Named codes: {len(facts()['short'])}." in text


def test_editions_of_both_settings() -> None:
    named = {(published, setting, name) for published, setting, name, *_ in facts()["edition"]}
    assert ("ptp", "practitioner", "2024 Q3 (v30.2)") in named
    assert ("ptp", "hospital", "I/OCE 20.2-27.1") in named
    assert len(named) == 13


# --- against CMS's files, where they lie beside the project


@pytest.fixture(scope="module")
def cutter() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        yield importlib.import_module("cut_tables")


def test_the_script_reads_the_named_codes(cutter: ModuleType) -> None:
    assert cutter.named_codes(CODES) == {code for code, _ in facts()["short"]}
    assert cutter.editions_text() == (TABLES / "editions.lp").read_text(encoding="utf-8")


@pytest.mark.skipif(not CMS.is_dir(), reason="CMS's files are not beside the project")
def test_cutting_again_gives_the_same_bytes(cutter: ModuleType) -> None:
    codes = cutter.named_codes(CODES)
    found = [*cutter.cut_limits(CMS, codes), *cutter.cut_settings(CMS, codes), *cutter.cut_fees(CMS, codes)]
    assert len(found) == 9
    for cut in found:
        assert cutter.as_bytes(cut) == (TABLES / cut.file).read_bytes(), cut.file


@pytest.mark.skipif(not CMS.is_dir(), reason="CMS's files are not beside the project")
def test_ages_and_days_agree_with_the_status_file() -> None:
    ages: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    last: dict[str, str] = {}
    with lzma.open(CMS / "ioce_hcpcs_status_2019q3-2026q2.tsv.xz", "rt") as text:
        for row in csv.DictReader(text, delimiter="\t"):
            ages[row["hcpcs"]].add((int(row["low_age"]), int(row["high_age"])))
            last[row["hcpcs"]] = max(last.get(row["hcpcs"], ""), row["effective_to"] or "99999999")
    for code, low, high, *_ in facts()["age_range"]:
        assert ages[str(code)] == {(low, high)}
    ranged = {str(row[0]) for row in facts()["age_range"]}
    for code, *_, to in facts()["code"]:
        if str(code) in last:
            assert last[str(code)] == ("99999999" if to == OPEN else str(to)), code
            assert str(code) in ranged or ages[str(code)] == {(0, 124)}, code
