"""The largest payable subsets of codes, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from claimlogic.claims.model import Line
from claimlogic.reports.allowed_json import rests_on as rests_on_json
from claimlogic.reports.allowed_layout import judged_lines, points, rests_on, wrapped, written
from claimlogic.reports.check_json import check_json
from claimlogic.reports.check_notes import LAST_LINE, notes
from claimlogic.reports.words import counted
from claimlogic.search.largest import LargestResult, LargestSet


def largest_text(result: LargestResult, judged_as: str, shorts: Mapping[str, str]) -> str:
    """The answer as text. ``judged_as`` says as what kind of claim; ``shorts`` gives codes a wording of our own."""
    told = [f"{_headline(result)} ({judged_as})"]
    for one in result.sets:
        told += ["", *_set(one, shorts)]
    for larger in result.larger:
        told += ["", f"  more could stand: {_codes(larger.lines)}", wrapped(rests_on(larger.rests_on), 4)]
    told += ["", f"knowledge base {result.version[:12]}", LAST_LINE]
    return "\n".join(told)


def largest_json(result: LargestResult) -> str:
    """The answer as one line of JSON, keys sorted."""
    document = {
        "kb": {"version": result.version},
        "sets": [
            {
                "lines": _lines(one.lines),
                "verdict": one.result.verdict,
                "dropped": [{"line": d.line, "code": d.code, "because": list(d.because)} for d in one.dropped],
                "check": json.loads(check_json(one.result)),
            }
            for one in result.sets
        ],
        "larger": [{"lines": _lines(one.lines), "rests_on": rests_on_json(one.rests_on)} for one in result.larger],
        "proven": result.proven,
        "complete": result.complete,
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def _headline(result: LargestResult) -> str:
    if not result.proven:
        return "the time ran out; best so far, not proven"
    if not result.sets:
        return "none of the codes can stand"
    size = len(result.sets[0].lines)
    if size == len(result.claim.lines):
        return "all codes can stand together"
    more = "" if result.complete else ", and there are more"
    found = counted(len(result.sets), "largest set")
    return f"{found} of {counted(size, 'code')} out of {len(result.claim.lines)}{more}"


def _set(one: LargestSet, shorts: Mapping[str, str]) -> list[str]:
    names = [written(line.code, line.modifiers, line.units) for line in one.lines]
    told = [f"  {', '.join(names)}", *judged_lines(one.result, names, shorts, 4)]
    for dropped in one.dropped:
        told += [f"    without {dropped.code} (line {dropped.line})", *points(dropped.because, 6)]
    remarks = notes(one.result)
    if remarks:
        told += ["    notes", *points(remarks, 6)]
    return told


def _codes(lines: Sequence[Line]) -> str:
    return ", ".join(written(line.code, line.modifiers, line.units) for line in lines)


def _lines(lines: Sequence[Line]) -> list[dict[str, Any]]:
    return [{"line": n.number, "code": n.code, "modifiers": list(n.modifiers), "units": n.units} for n in lines]
