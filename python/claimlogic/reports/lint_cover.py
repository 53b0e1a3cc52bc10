"""What the tests see of the rules, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from claimlogic.analyst.coverage import CoverReport, RuleCoverage

_NAMED = 3


def cover_text(report: CoverReport, named: bool = False) -> str:
    """The rules that no test fires or needs, the conditions that stop no test, and three numbers.

    With ``named``, of every rule the first few tests that fire it, that fail without it, that its conditions stop.
    """
    lines: list[str] = []
    for rule in report.rules:
        if named:
            lines += _told(rule)
        lines.extend(f"{rule.file}:{rule.line}: {words}" for words in _gaps(rule))
    conditions = sum(len(r.conditions) for r in report.rules)
    lines += [
        f"{len(report.rules)} rules: {report.fired:.1f}% fire, {report.decided:.1f}% decide: a test fails without them",
        f"{conditions} conditions under `not`: {report.conditions:.1f}% are seen both ways",
    ]
    if report.others:
        lines.append(f"{report.others} rules serve searches and questions only, and are not looked at here")
    return "\n".join(lines)


def cover_json(report: CoverReport) -> str:
    """The same as one line of JSON, with the names of all cases."""
    numbers = {"fired": report.fired, "decided": report.decided, "conditions": report.conditions}
    document = {
        "percent": {name: round(number, 2) for name, number in numbers.items()},
        "others": report.others,
        "rules": [asdict(rule) for rule in report.rules],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def _gaps(rule: RuleCoverage) -> list[str]:
    if not rule.fired_by:
        return [f"{rule.head} never fires"]
    words = []
    if not rule.decided_by:
        words.append(f"{rule.head} fires in {len(rule.fired_by)}, and no test fails without it")
    words += [f"{c.words} never stops {rule.head}" for c in rule.conditions if not c.stops]
    return words


def _told(rule: RuleCoverage) -> list[str]:
    return [
        f"{rule.file}:{rule.line}: {rule.head}",
        f"  fires in {_first(rule.fired_by)}",
        f"  decides {_first(rule.decided_by)}",
        *(f"  {c.words} stops it in {_first(c.stops)}" for c in rule.conditions),
    ]


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (", ".join(names[:_NAMED]) or "none") + more
