"""The page of each check: what it is, a bad and a good example, and why."""

from __future__ import annotations

from claimlogic.analyst.linting.registry import CHECKS
from claimlogic.errors import InputError, did_you_mean
from claimlogic.shipped import shipped


def page(check: str) -> str:
    """The page of a check, as Markdown. Raises InputError for a check that there is not."""
    if check not in CHECKS:
        hint = did_you_mean(check, CHECKS, "kb lint names the check behind each finding")
        raise InputError(f"there is no check {check}; {hint}", "--explain")
    return shipped("docs", "lint", f"{check}.md").read_text(encoding="utf-8")
