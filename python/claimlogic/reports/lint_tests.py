"""What the tests of a knowledge base say, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from claimlogic.analyst.testing import TestReport


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
