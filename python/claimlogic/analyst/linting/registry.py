"""All checks by id, and what they find in a knowledge base."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from claimlogic.analyst.linting import bugs, dates, evidence, limits, style
from claimlogic.analyst.linting.draft import Draft, read_draft
from claimlogic.analyst.linting.model import Check, Finding

GROUPS = ("bug", "evidence", "date", "limit", "style")

CHECKS: Mapping[str, Check] = {
    check.id: check for module in (bugs, evidence, dates, limits, style) for check in module.CHECKS
}


def lint(directory: Path) -> list[Finding]:
    """What is wrong in the knowledge base in ``directory``, by file and line.

    Raises InputError where there is no knowledge base, or its vocabulary cannot be read.
    """
    return run_checks(read_draft(directory), CHECKS.values())


def run_checks(draft: Draft, checks: Iterable[Check]) -> list[Finding]:
    """What these checks find, by file and line."""
    found = [
        Finding(check.id, check.group, f.file, f.line, f.sentence, f.remedy)
        for check in checks
        for f in check.run(draft)
    ]
    return sorted(set(found), key=lambda f: (f.file, f.line, f.check, f.sentence))
