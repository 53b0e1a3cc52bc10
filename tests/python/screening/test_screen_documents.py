"""What docs/screening.md shows is what happens."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).parent.parent.parent.parent
DOCUMENT = (ROOT / "docs" / "screening.md").read_text(encoding="utf-8")
EXPECTED = 2  # rows are set apart


@pytest.fixture(scope="module")
def shown_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str, Path]:
    """What the document shows, what is printed, and the folder of the run."""
    found = re.search(r"```text\n\$ claimlogic (screen [^\n]*)\n(.*?)```", DOCUMENT, re.DOTALL)
    assert found is not None
    folder = tmp_path_factory.mktemp("shown") / "out"
    arguments = [str(folder) if word == "OUT" else word for word in found[1].split()]
    done = subprocess.run(
        [sys.executable, "-m", "claimlogic", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == EXPECTED, done.stderr
    return found[2], done.stdout, folder


def test_the_answer_that_is_shown_is_the_real_one(shown_run: tuple[str, str, Path]) -> None:
    shown, printed, _ = shown_run
    # The version of the knowledge base changes with every word of it.
    hide = re.compile(r"knowledge base [0-9a-f]{12}")
    assert hide.sub("", printed).strip() == hide.sub("", shown).strip()


def test_the_query_that_is_shown_finds_something(shown_run: tuple[str, str, Path]) -> None:
    query = re.search(r"```sql\n(.*?)```", DOCUMENT, re.DOTALL)
    assert query is not None
    rows = duckdb.sql(query[1].replace("OUT/", f"{shown_run[2]}/")).fetchall()
    assert rows[0][0] in ("includes_guidance", "ncci_column_two")


def test_the_files_that_are_named_are_there(shown_run: tuple[str, str, Path]) -> None:
    for name in re.findall(r"^\| `([^|]*)\|", DOCUMENT, re.MULTILINE):
        for pattern in re.findall(r"[\w*/.]+\.(?:parquet|json)", name):
            assert list(shown_run[2].glob(pattern)), pattern


def test_every_column_of_the_findings_is_named(shown_run: tuple[str, str, Path]) -> None:
    columns = duckdb.sql(f"DESCRIBE SELECT * FROM '{shown_run[2]}/findings/*.parquet'").fetchall()
    assert {column[0] for column in columns} <= set(re.findall(r"`(\w+)`", DOCUMENT))
