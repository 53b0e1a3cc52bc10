"""Knowledge bases that are small enough to be edited, compiled and judged many times."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TABLES = ("*.tsv", "*.xz")
FAMILIES = (
    "central_line deleted_codes diagnoses drainage endoscopy evaluation payment_status radiofrequency tubes".split()
)
RULES = ("rules/includes_guidance.lp", "rules/ncci/column_two.lp")
OVERLAY = "payers/example_health_plan.lp"


def copied(into: Path, tests: Sequence[str], left_out: Sequence[str] = TABLES) -> Path:
    """The folder of a copy of the shipped rules, without their big tables; beside it stand these of their tests."""
    shutil.copytree(ROOT / "kb", into / "kb", ignore=shutil.ignore_patterns(*left_out))
    # What is left out is left out by its name, and some families share theirs with a file of the vocabulary.
    shutil.copytree(ROOT / "kb" / "vocabulary", into / "kb" / "vocabulary", dirs_exist_ok=True)
    for name in tests:
        put(ROOT / "tests" / name, into / "tests" / name)
    return into / "kb"


def put(file: Path, into: Path) -> None:
    """A copy of a file, in a folder that is made where it is missing."""
    into.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(file, into)


def edited(file: Path, old: str, new: str) -> None:
    """Write ``new`` into a file in the place of ``old``, which must stand there."""
    before = file.read_text(encoding="utf-8")
    assert old in before
    file.write_text(before.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped knowledge base without tables and most codes, with two of its rules and three tests. To be copied."""
    codes = [f"{family}.lp" for family in FAMILIES] + ["venography*", "vert*"]
    kb = copied(tmp_path_factory.mktemp("small"), (*RULES, OVERLAY), (*TABLES, "rules", "concepts", *codes))
    for name in RULES:
        put(ROOT / "kb" / name, kb / name)
    return kb


@pytest.fixture
def draft(small: Path, tmp_path: Path) -> Path:
    """A copy of the small knowledge base and its tests, to be edited."""
    shutil.copytree(small.parent, tmp_path / "draft")
    return tmp_path / "draft" / "kb"


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place for what is compiled of edited rules, where it pushes nothing out."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(request: pytest.FixtureRequest, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "small" in request.fixturenames:
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
