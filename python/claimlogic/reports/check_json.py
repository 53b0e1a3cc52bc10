"""The answer on a claim as JSON: one object on one line, keys sorted, the same bytes for the same answer."""

from __future__ import annotations

import json
from typing import Any

from claimlogic.reports.words import day
from claimlogic.results import ClaimResult, DenialCode, Dispute, Finding, LineResult, Side


def check_json(result: ClaimResult) -> str:
    """The answer as one line of JSON. Days are written as 2024-07-01, added facts as rule text."""
    return json.dumps(_document(result), ensure_ascii=False, sort_keys=True)


def _document(result: ClaimResult) -> dict[str, Any]:
    return {
        "claim": result.claim,
        "verdict": result.verdict,
        "kb": {
            "version": result.version,
            "tables": [
                {"published": e.published, "table": e.table, "edition": e.edition, "date": day(e.date)}
                for e in result.editions
            ],
        },
        "lines": [_line(line) for line in result.lines],
        "unknown": list(result.unknown),
        "carried_forward": [
            {"published": c.published, "table": c.table, "edition": c.edition, "date": day(c.date)}
            for c in result.carried_forward
        ],
        "disputes": [_dispute(dispute) for dispute in result.disputes],
        "uncoded_lines": list(result.uncoded_lines),
        "added_facts": [str(fact) for fact in result.added_facts],
    }


def _line(line: LineResult) -> dict[str, Any]:
    return {
        "line": line.line,
        "code": line.code,
        "verdict": line.verdict,
        "findings": [_finding(finding) for finding in line.findings],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    document: dict[str, Any] = {
        "rule": finding.rule,
        "severity": finding.severity,
        "message": finding.message,
        "with_lines": list(finding.with_lines),
        "denial": _denial(finding.denial),
        "sources": [{"id": c.id, "where": c.where, "authority": c.authority} for c in finding.citations],
    }
    if finding.waived_by:
        document["waived_by"] = finding.waived_by
    return document


def _denial(code: DenialCode | None) -> dict[str, Any] | None:
    return {"group": code.group, "carc": code.carc, "rarc": list(code.rarc)} if code else None


def _dispute(dispute: Dispute) -> dict[str, Any]:
    return {
        "id": dispute.id,
        "line": dispute.line,
        "follows": _side(dispute.follows),
        "others": [_side(side) for side in dispute.others],
    }


def _side(side: Side) -> dict[str, str]:
    return {"source": side.source, "says": side.says}
