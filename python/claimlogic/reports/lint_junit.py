"""What lint found as JUnit XML: one test case a check, failed where it found something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from claimlogic.analyst.linting.model import Check, Finding
from claimlogic.reports.junit import JUnitCase, junit


def lint_junit(findings: Sequence[Finding], checks: Iterable[Check]) -> str:
    """The findings as one test suite."""
    return junit("kb lint", [JUnitCase(check.group, check.id, _failures(check, findings)) for check in checks])


def _failures(check: Check, findings: Sequence[Finding]) -> tuple[str, ...]:
    """What a check found, after a line that says so."""
    own = [f"{f.file}:{f.line}: {f.sentence}; {f.remedy}" for f in findings if f.check == check.id]
    return (f"{check.title}: {len(own)} found", *own) if own else ()
