"""kb test runs what lies beside a knowledge base, tells differences in words, and ends with 1 where there are any."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pytest

from claimlogic.analyst.testing import changes, run_tests
from claimlogic.cli.analyst import test_command as run_command
from claimlogic.errors import InputError

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped rules without the big tables, with three of their tests and no scenario."""
    folder = tmp_path_factory.mktemp("small")
    shutil.copytree(ROOT / "kb", folder / "kb", ignore=shutil.ignore_patterns("*.tsv", "*.xz"))
    for name in ("rules/ncci/column_two.lp", "rules/includes_guidance.lp", "disputes/x01_article.lp"):
        (folder / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / name, folder / "tests" / name)
    return folder


def test_the_shipped_knowledge_base_passes() -> None:
    report = run_tests(ROOT / "kb")
    assert report.failures == ()
    assert report.cases > 150


def test_a_missing_test_file_and_a_difference_are_told(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = small / "tests" / "rules" / "ncci" / "column_two.lp"
    before = path.read_text(encoding="utf-8")
    path.write_text(
        before.replace("expect(ncci_column_two, no_modifier, 2, 1).", "clean(ncci_column_two, no_modifier).")
    )
    try:
        report = run_tests(small / "kb", processes=1)
    finally:
        path.write_text(before)
    assert report.cases == 3
    failed = {f.case: f.differences for f in report.failures}
    assert failed["rules/units/over_mue.lp"] == ("this rule has no test file",)
    assert failed["rules/ncci/column_two.lp"] == (
        "ncci_column_two on claim no_modifier, line 2 because of line 1 is found, and not expected",
    )
    assert run_command(small / "kb", False, "json") == 1
    assert json.loads(capsys.readouterr().out)["cases"] == 3
    assert run_command(small / "kb", False, "text") == 1
    assert "3 tests and scenarios in" in capsys.readouterr().out


def test_a_broken_rule_is_bad_input(small: Path) -> None:
    path = small / "kb" / "broken.lp"
    path.write_text("falls(C, L) :- lines(C, L).")
    try:
        with pytest.raises(InputError, match="no fact or rule gives lines"):
            run_command(small / "kb", False, "text")
    finally:
        path.unlink()


def test_nothing_to_test_is_bad_input(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "kb", tmp_path / "kb", ignore=shutil.ignore_patterns("*.tsv", "*.xz"))
    with pytest.raises(InputError, match="no tests/"):
        run_tests(tmp_path / "kb", processes=1)


def test_watching_tells_a_change(small: Path) -> None:
    path = small / "kb" / "coverage.lp"
    before = path.read_bytes()
    timer = threading.Timer(0.7, lambda: path.write_bytes(before + b"% changed\n"))
    timer.start()
    try:
        assert next(changes(small / "kb")) is None
    finally:
        timer.join()
        path.write_bytes(before)
