"""kb test runs what lies beside a knowledge base, tells differences in words, and ends with 1 where there are any."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from xml.etree import ElementTree

import pytest

from claimlogic.analyst.rule_tests import dispute_of, run_rule_test
from claimlogic.analyst.testing import Failure, changes, run_tests
from claimlogic.analyst.testing import TestReport as Report
from claimlogic.cli.analyst import test_command as run_command
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.reports import lint_tests

from .conftest import ROOT, copied


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped rules without the big tables, with three of their tests and no scenario."""
    tests = ("rules/ncci/column_two.lp", "rules/includes_guidance.lp", "disputes/x01_article.lp")
    return copied(tmp_path_factory.mktemp("small"), tests).parent


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


def difference_of(tmp_path: Path, rules: Knowledge, expected: str, dispute: str = "") -> list[str]:
    """What differs in a test of two claims: 62323 with 77003 in an office, and 77002 alone on the day X9 begins."""
    path = tmp_path / "test.lp"
    path.write_text(
        "units(C, L, 1) :- line(C, L, _). form(C, professional) :- line(C, _, _)."
        "says_setting(C, office) :- line(C, _, _)."
        'service_date(C, L, 20250101) :- line(C, L, _). line(a, 1, "62323"). line(a, 2, "77003"). line(b, 1, "77002").'
        f"clean(age_out_of_range, (a;b)). {expected}"
    )
    return [d.words for d in run_rule_test(rules, path, None, dispute)]


@pytest.mark.parametrize(
    ("expected", "differs"),
    [
        ("expect(includes_guidance, a, 2, 1).", ""),
        ("expect(includes_guidance, b, 1, 1).", "includes_guidance on claim b, line 1 is expected, and missing"),
        (
            "clean(includes_guidance, a).",
            "includes_guidance on claim a, line 2 because of line 1 is found, and not exp",
        ),
        ("expect_verdict(a, 2, denied).", ""),
        ("expect_verdict(a, 2, payable).", "verdict(a, 2, payable) is expected, and missing"),
        ("expect_claim_verdict(a, denied).", ""),
        ("expect_claim_verdict(a, unknown).", "claim_verdict(a, denied) is found, and not expected"),
        ("expect_disputed(x9, b, 1).", ""),
        ("expect_disputed(x9, a, 2).", "dispute x9 on claim a, line 2 is expected, and missing"),
        ("undisputed(x9, a).", "dispute x9 on claim b, line 1 is found, and not expected"),
        ('expect_says(includes_guidance, a, 2, "62323 on line 1 already includes").', ""),
        ('expect_says(includes_guidance, a, 2, "on line 3").', 'no modifier helps; drop it", and not "on line 3"'),
        ('expect_says(includes_guidance, b, 1, "x").', 'line 1 is expected to say "x", and says nothing'),
    ],
)
def test_each_expectation_passes_and_fails(
    tmp_path: Path, rules_without_tables: Knowledge, expected: str, differs: str
) -> None:
    words = difference_of(tmp_path, rules_without_tables, expected)
    assert any(differs in w for w in words) if differs else words == []


def test_a_file_about_a_dispute_expects_all_of_it(tmp_path: Path, rules_without_tables: Knowledge) -> None:
    assert difference_of(tmp_path, rules_without_tables, "") == []
    found = difference_of(tmp_path, rules_without_tables, "", dispute_of("x09.lp"))
    assert found == ["dispute x9 on claim b, line 1 is found, and not expected"]
    assert (dispute_of("x13_default.lp"), dispute_of("order_article.lp")) == ("x13", "")


def test_a_second_verdict_fails_whatever_is_expected(tmp_path: Path, rules_without_tables: Knowledge) -> None:
    words = difference_of(tmp_path, rules_without_tables, "surely_stands(a, 2).")
    assert words == ["2 verdicts on claim a, line 2"]


def test_a_name_that_two_claims_share_is_bad_input(tmp_path: Path, rules_without_tables: Knowledge) -> None:
    with pytest.raises(InputError, match="line 1 of claim b has two codes"):
        difference_of(tmp_path, rules_without_tables, 'line(b, 1, "62323").')


@pytest.mark.parametrize("misspelt", ["expects(includes_guidance, a, 2, 1).", "expect_verdict(a, denied)."])
def test_an_expectation_that_is_none_is_bad_input(
    tmp_path: Path, rules_without_tables: Knowledge, misspelt: str
) -> None:
    with pytest.raises(InputError, match="is no expectation; choose one of expect/4"):
        difference_of(tmp_path, rules_without_tables, misspelt)


def test_a_difference_is_a_failed_case_of_junit() -> None:
    report = Report(("rules/a.lp", "disputes/x01.lp"), (Failure("rules/a.lp", ("one", "two")),), 0.1)
    suite = ElementTree.fromstring(lint_tests.tests_junit(report).encode("utf-8")).find("testsuite")
    assert suite is not None
    cases = {(c.get("classname"), c.get("name")): c.findtext("failure") for c in suite}
    assert cases == {("rules", "rules/a.lp"): "one\ntwo", ("disputes", "disputes/x01.lp"): None}
