"""The page of each check: what it is, a bad and a good example, and why."""

from __future__ import annotations

from difflib import get_close_matches

from claimlogic.analyst.linting.registry import CHECKS
from claimlogic.errors import InputError
from claimlogic.shipped import shipped


def page(check: str) -> str:
    """The page of a check, as Markdown. Raises InputError for a check that there is not."""
    if check not in CHECKS:
        near = get_close_matches(check, CHECKS, 1)
        hint = f"did you mean {near[0]}?" if near else "kb lint names the check behind each finding"
        raise InputError(f"there is no check {check}; {hint}", "--explain")
    return shipped("docs", "lint", f"{check}.md").read_text(encoding="utf-8")
