"""Why a code may not be reported for an encounter, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from claimlogic.knowledge.load import Knowledge
from claimlogic.reports import proofs
from claimlogic.reports.allowed_json import code_set
from claimlogic.reports.allowed_json import conditions as conditions_json
from claimlogic.reports.allowed_layout import conditions, judged_lines, points, wrapped, written
from claimlogic.reports.check_json import check_json
from claimlogic.reports.check_notes import LAST_LINE, notes
from claimlogic.search.whynot import Reason, WhyNot, WhyNotResult


def whynot_text(result: WhyNotResult, knowledge: Knowledge, shorts: Mapping[str, str], depth: int | None = None) -> str:
    """The answer as text, with the rules' proof down to ``depth``."""
    told = []
    for one in result.answers:
        told += [*_answer(result, one, knowledge, shorts, depth), ""]
    for way in result.allowed_if:
        told += [wrapped(f"{result.code} is allowed if {conditions(way)}", 2), ""]
    told += [f"knowledge base {result.version[:12]}", LAST_LINE]
    return "\n".join(told)


def whynot_json(result: WhyNotResult, knowledge: Knowledge) -> str:
    """The answer as one line of JSON, keys sorted."""
    document = {
        "encounter": result.encounter,
        "code": result.code,
        "kb": {"version": result.version},
        "allowed": result.allowed,
        "allowed_if": [conditions_json(way) for way in result.allowed_if],
        "answers": [_document(one, knowledge) for one in result.answers],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def _answer(
    result: WhyNotResult, one: WhyNot, knowledge: Knowledge, shorts: Mapping[str, str], depth: int | None
) -> list[str]:
    head = f"{result.encounter}, {one.billing} claim: {result.code}"
    if one.allowed_in:
        sets = [", ".join(written(n.code, n.modifiers, n.units) for n in each.lines) for each in one.allowed_in]
        return [f"{head} is allowed", *points(sets, 2)]
    if not one.cores and not result.allowed_if:
        return [f"{head}: the time ran out before it was decided"]
    told = [f"{head} {'depends on what is not told' if not one.cores else 'is in no best set'}"]
    if len(one.cores) > 1:
        told.append("  any one of these is enough")
    for core in one.cores:
        told += [f"  {'because' if len(core) == 1 else 'because of these together'}", *points(map(_said, core), 4)]
    told += _nearest(result, one)
    if one.claim is not None and one.result is not None and one.proof is not None:
        names = [written(line.code, line.modifiers, line.units) for line in one.claim.lines]
        told += ["  the nearest set with it", *judged_lines(one.result, names, shorts, 4)]
        told += points(notes(one.result), 4)
        told += ["  proof", *(f"    {row}" for row in proofs.render(one.proof, knowledge, "text", depth).splitlines())]
    return told


def _said(reason: Reason) -> str:
    return f"{reason.words} [{reason.kind if reason.kind != 'rule' else reason.name}]"


def _nearest(result: WhyNotResult, one: WhyNot) -> list[str]:
    if one.nearest is None:
        return [
            f"  no encounter near this one allows {result.code}"
            if one.proven
            else f"  no encounter that allows {result.code} was found in the time; not proven"
        ]
    changes = [
        f"{f'procedure {change.procedure}, ' if change.procedure else ''}{change.what}: {change.after}"
        f" (told: {change.before})"
        for change in one.nearest.changes
    ]
    lines = ", ".join(written(code, modifiers, units) for code, modifiers, units in one.nearest.lines)
    return ["  the nearest encounter in which it is allowed", *points(changes, 4), wrapped(f"then: {lines}", 4)]


def _document(one: WhyNot, knowledge: Knowledge) -> dict[str, Any]:
    nearest = one.nearest
    return {
        "billing": one.billing,
        "reasons": [[{"kind": r.kind, "name": r.name, "words": r.words} for r in core] for core in one.cores],
        "allowed_in": [code_set(each) for each in one.allowed_in],
        "closest": json.loads(check_json(one.result)) if one.result else None,
        "proof": json.loads(proofs.render(one.proof, knowledge, "json", None)) if one.proof else None,
        "nearest": {
            "changes": [
                {"procedure": c.procedure or None, "what": c.what, "before": c.before, "after": c.after}
                for c in nearest.changes
            ],
            "lines": [{"code": code, "modifiers": list(m), "units": units} for code, m, units in nearest.lines],
        }
        if nearest
        else None,
        "proven": one.proven,
    }
