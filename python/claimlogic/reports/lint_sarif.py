"""What lint found as SARIF 2.1.0, which code hosts and editors read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from claimlogic.analyst.linting.model import Check, Finding

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {"bug": "error", "limit": "error", "evidence": "warning", "date": "warning", "style": "note"}


def lint_sarif(findings: Sequence[Finding], checks: Iterable[Check]) -> str:
    """The findings as one SARIF log. Files are named below the knowledge base, as the uriBase KB."""
    rules = [
        {
            "id": check.id,
            "shortDescription": {"text": check.title},
            "defaultConfiguration": {"level": _LEVELS[check.group]},
            "properties": {"tags": [check.group]},
        }
        for check in checks
    ]
    results = [
        {
            "ruleId": f.check,
            "level": _LEVELS[f.group],
            "message": {"text": f"{f.sentence}; {f.remedy}"},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": f.file, "uriBaseId": "KB"},
                        "region": {"startLine": f.line},
                    }
                }
            ],
        }
        for f in findings
    ]
    run = {
        "tool": {"driver": {"name": "claimlogic", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2, sort_keys=True)
