"""What lint found as JSON: one object a line, keys sorted."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from claimlogic.analyst.linting.model import Finding


def lint_json(findings: Sequence[Finding]) -> str:
    """One line of JSON for each finding; nothing where there is none."""
    return "\n".join(json.dumps(asdict(f), ensure_ascii=False, sort_keys=True) for f in findings)
