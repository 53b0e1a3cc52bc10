"""What an edit of the rules does, as one JSON object with sorted keys: the same bytes for the same answer."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from claimlogic.analyst.impact.model import Difference, Example, Outcome
from claimlogic.reports.diff_words import TextChange, fact_changes, row_changes, rule_changes


def diff_json(difference: Difference) -> str:
    """The whole answer on one line."""
    return json.dumps(diff_document(difference), ensure_ascii=False, sort_keys=True)


def diff_document(difference: Difference) -> dict[str, Any]:
    """The whole answer as plain values."""
    changes = difference.changes
    return {
        "base": {"name": difference.base, "version": difference.base_version},
        "draft": {"name": difference.draft, "version": difference.draft_version},
        "changes": {
            "rules": [_change(change) for change in rule_changes(changes)],
            "facts": [_change(change) for change in fact_changes(changes)],
            "table_rows": [_change(change) for change in row_changes(changes)],
            "declarations": list(changes.declarations),
            "files": list(changes.files),
        },
        "looked_at": [asdict(corpus) for corpus in difference.corpora],
        "lines": {**difference.counts, "unknown_no_longer": difference.resolved},
        "verdicts_changed": difference.verdicts_changed,
        "groups": [asdict(group) for group in difference.groups],
        "examples": [_example(example) for example in difference.examples],
    }


def _change(change: TextChange) -> dict[str, Any]:
    return {"change": change.kind, "name": change.name, "place": change.place, "words": list(change.words)}


def _example(example: Example) -> dict[str, Any]:
    change = example.change
    return {
        "kind": change.kind,
        "corpus": change.corpus,
        "claim": change.claim,
        "line": change.line,
        "code": change.code,
        "pair": list(change.pair),
        "setting": change.setting,
        "before": _outcome(change.before),
        "after": _outcome(change.after),
        "causes": [asdict(cause) for cause in example.causes],
    }


def _outcome(outcome: Outcome) -> dict[str, Any]:
    reasons = [
        {"rule": r.rule, "severity": r.severity, "line": r.other, "waived": r.waived} for r in sorted(outcome.reasons)
    ]
    return {"verdict": outcome.verdict, "reasons": reasons}
