"""What lint found, for a person: by file, each with what to do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from claimlogic.analyst.linting.model import Finding


def lint_text(findings: Sequence[Finding]) -> str:
    """The findings as text, and a count of them."""
    lines = []
    for file, group in groupby(findings, key=lambda f: f.file):
        lines.append(file)
        for f in group:
            lines.append(f"  {f.line}: {f.sentence}")
            lines.append(f"      {f.remedy}  [{f.group}: {f.check}]")
    count = len(findings)
    lines.append(f"{count} found; claimlogic kb lint --explain CHECK tells more of one" if count else "nothing found")
    return "\n".join(lines)
