"""The fixes of a claim as JSON: one object on one line, keys sorted, the same bytes for the same answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from claimlogic.claims.changed import Change
from claimlogic.search.repair_model import Fix, FixResult, Group


def fix_json(result: FixResult) -> str:
    """The answer as one line of JSON; added facts as rule text."""
    return json.dumps(_document(result), ensure_ascii=False, sort_keys=True)


def _document(result: FixResult) -> dict[str, Any]:
    return {
        "claim": result.claim,
        "verdict": result.verdict,
        "denied": list(result.denied),
        "fixes": [_fix(fix) for fix in result.fixes],
        "groups": [_group(group) for group in result.groups],
        "more": [{"kind": more.kind, "fixes": more.fixes, "counted": more.counted} for more in result.more],
        "worth_a_look": [{"line": look.line, "code": look.code, "words": look.words} for look in result.looks],
        "proven": result.proven,
        "refused": result.refused,
        "uncoded_lines": list(result.uncoded_lines),
        "kb": {"version": result.version},
        "added_facts": [str(fact) for fact in result.added_facts],
    }


def _fix(fix: Fix) -> dict[str, Any]:
    return {
        "kind": fix.kind,
        "changes": _changes(fix.changes),
        "cost": fix.cost,
        "lost": list(fix.lost),
        "units_given_up": fix.units_given_up,
        "record_must_show": list(fix.record_must_show),
        "verdict_after": fix.verdict_after,
        "remaining": {
            "packaged": list(fix.remaining.packaged),
            "unknown": list(fix.remaining.unknown),
            "advised": list(fix.remaining.advised),
        },
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "kind": group.kind,
        "lines": list(group.lines),
        "ways": [_changes(way) for way in group.ways],
        "more": group.more,
        "counted": group.counted,
    }


def _changes(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [_change(change) for change in changes]


def _change(change: Change) -> dict[str, Any]:
    document: dict[str, Any] = {"op": change.op, "line": change.line, "code": change.code}
    said = {
        "new_code": change.new_code,
        "units": change.units,
        "modifier": change.modifier,
        "inside_line": change.inside_line,
        "like_line": change.like_line,
        "reason": change.reason,
        "record_must_show": change.record_must_show,
    }
    return document | {key: value for key, value in said.items() if value not in (None, "")}
