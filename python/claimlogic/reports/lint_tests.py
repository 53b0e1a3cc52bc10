"""What the tests of a knowledge base say, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from claimlogic.analyst.testing import TestReport
from claimlogic.reports.junit import JUnitCase, junit


def tests_text(report: TestReport) -> str:
    """The failed cases with their differences, and a count."""
    lines = []
    for failure in report.failures:
        lines.append(failure.case)
        lines.extend(f"  {words}" for words in failure.differences)
    outcome = f"{len(report.failures)} failed" if report.failures else "all as expected"
    lines.append(f"{report.cases} tests and scenarios in {report.seconds:.1f} s: {outcome}")
    return "\n".join(lines)


def tests_json(report: TestReport) -> str:
    """The same as one line of JSON, without the time that it took."""
    failures = [asdict(failure) for failure in report.failures]
    return json.dumps({"cases": report.cases, "failures": failures}, ensure_ascii=False, sort_keys=True)


def tests_junit(report: TestReport) -> str:
    """The same as JUnit: a case a test file or expectation, by its folder."""
    failed = {failure.case: failure.differences for failure in report.failures}
    names = sorted({*report.names, *failed})
    return junit("kb test", [JUnitCase(name.split("/")[0], name, failed.get(name, ())) for name in names])
