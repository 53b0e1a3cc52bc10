"""The allowed code sets of an encounter as JSON: one object on one line, the same bytes for the same answer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from claimlogic.reports.check_json import check_json
from claimlogic.results import Side
from claimlogic.search.answers import (
    AllowedResult,
    Claimed,
    CodeSet,
    Condition,
    Further,
    LeftOut,
    ProposedLine,
    Ranking,
)


def allowed_json(result: AllowedResult) -> str:
    """The answer as one line of JSON."""
    document = {
        "encounter": result.encounter,
        "kb": {"version": result.version},
        "sets": [code_set(one) for one in result.sets],
        "others": [code_set(one) for one in result.others],
        "ranking": [_ranking(one) for one in result.ranking],
        "further": [_further(one) for one in result.further],
        "questions": [
            {"procedure": q.procedure or None, "feature": q.feature, "words": list(q.words)} for q in result.questions
        ],
        "alternatives": [
            {"if": conditions(one.conditions), "sets": [code_set(each) for each in one.sets]}
            for one in result.alternatives
        ],
        "assumed": conditions(result.assumed),
        "disputes": [
            {"id": one.id, "follows": _side(one.follows), "others": [_side(side) for side in one.others]}
            for one in result.disputes
        ],
        "proven": result.proven,
        "complete": result.complete,
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def code_set(one: CodeSet) -> dict[str, Any]:
    """A code set: its lines, why it is best, what it leaves out, and the claim as ``check`` judges it."""
    return {
        "billing": one.billing,
        "lines": lines(one.lines),
        "verdict": one.result.verdict if one.result else None,
        "reasons": list(one.reasons),
        "left_out": [_left_out(left) for left in one.left_out],
        "outdone": list(one.outdone),
        "cost": list(one.cost),
        "check": json.loads(check_json(one.result)) if one.result else None,
    }


def lines(found: Iterable[ProposedLine]) -> list[dict[str, Any]]:
    """The lines of a set."""
    return [
        {
            "code": line.code,
            "modifiers": list(line.modifiers),
            "units": line.units,
            "procedures": list(line.procedures),
        }
        for line in found
    ]


def conditions(found: Iterable[Condition]) -> list[dict[str, Any]]:
    """Conditions; one of the whole encounter has no procedure."""
    return [{"procedure": c.procedure or None, "feature": c.feature, "words": list(c.words)} for c in found]


def rests_on(found: Iterable[Claimed]) -> list[dict[str, Any]]:
    """On what a larger set rests."""
    return [
        {
            "line": one.line,
            "code": one.code,
            "any_of": [{"modifier": modifier, "record_holds": item} for modifier, item in one.ways],
        }
        for one in found
    ]


def _side(side: Side) -> dict[str, str]:
    return {"source": side.source, "says": side.says}


def _left_out(left: LeftOut) -> dict[str, Any]:
    return {"procedure": left.procedure, "what": left.what, "because": list(left.because)}


def _further(one: Further) -> dict[str, Any]:
    return {"billing": one.billing, "lines": lines(one.lines), "rests_on": rests_on(one.rests_on)}


def _ranking(one: Ranking) -> dict[str, Any]:
    return {
        "billing": one.billing,
        "best": [{"criterion": name, "value": value} for name, value in one.best],
        "out": [{"code": code, "narrower": narrower} for code, narrower in one.out],
    }
