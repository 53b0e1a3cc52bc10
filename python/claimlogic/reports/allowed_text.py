"""The allowed code sets of an encounter as text, 100 columns wide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from claimlogic.reports.allowed_layout import conditions, judged_lines, points, rests_on, wrapped, written
from claimlogic.reports.check_notes import LAST_LINE, notes
from claimlogic.reports.words import counted
from claimlogic.results import Dispute
from claimlogic.search.answers import AllowedResult, CodeSet, LeftOut, ProposedLine


def allowed_text(result: AllowedResult, shorts: Mapping[str, str]) -> str:
    """The answer as text. ``shorts`` gives codes a wording of our own."""
    told = [f"{result.encounter}: {_headline(result)}"]
    for question in result.questions:
        of = f" of procedure {question.procedure}" if question.procedure else ""
        told.append(wrapped(f"not told: {question.feature}{of}; tell one of {', '.join(question.words)}", 2))
    for one in result.sets:
        told += ["", *_set(one, shorts)]
    for further in result.further:
        told += [
            "",
            wrapped(f"if the record shows more, the {further.billing} claim may be", 2),
            f"    {_codes(further.lines)}",
        ]
        told.append(wrapped(rests_on(further.rests_on), 4))
    for alternative in result.alternatives:
        told += ["", wrapped(f"if {conditions(alternative.conditions)}:", 2)]
        told += [f"    {_in_short(one)}" for one in alternative.sets]
    if result.others:
        told += ["", f"  {counted(len(result.others), 'other clean set')}"]
        for one in result.others:
            told += points([f"{one.billing}: {_codes(one.lines)}; {'; '.join(one.reasons)}{_without(one)}"], 4)
    if result.assumed:
        told += ["", "  taken for granted, as nothing else was told"]
        told += points([conditions([condition]) for condition in result.assumed], 4)
    if result.disputes:
        told += ["", "  sources disagree on what fits", *points(map(_disputed, result.disputes), 4)]
    told += ["", f"knowledge base {result.version[:12]}", LAST_LINE]
    return "\n".join(told)


def _headline(result: AllowedResult) -> str:
    if not result.proven:
        return "the time ran out; best so far, not proven"
    if result.questions:
        return "what is not told decides between codes"
    if not any(one.lines for one in result.sets):
        return "no code set"
    more = "" if result.complete else ", and there are more"
    by_claim = Counter(one.billing for one in result.sets)
    if len(by_claim) == 1:
        return f"{counted(len(result.sets), 'best code set')}{more}"
    return ", ".join(f"{counted(n, 'best code set')} for the {of} claim" for of, n in by_claim.items()) + more


def _set(one: CodeSet, shorts: Mapping[str, str]) -> list[str]:
    told = [f"  {one.billing} claim: {_codes(one.lines) or 'nothing to report'}"]
    if one.result is not None:
        names = [written(line.code, line.modifiers, line.units) for line in one.lines]
        told += judged_lines(one.result, names, shorts, 4)
    told += ["    why", *points(one.reasons, 6)]
    if one.left_out:
        told += ["    left out", *(row for left in one.left_out for row in _left_out(left))]
    else:
        told.append("    nothing that was done is left out")
    remarks = notes(one.result) if one.result is not None else []
    if remarks:
        told += ["    notes", *points(remarks, 6)]
    return told


def _left_out(left: LeftOut) -> list[str]:
    return [f"      - procedure {left.procedure}: {left.what}", *points(left.because, 8)]


def _disputed(one: Dispute) -> str:
    others = "; ".join(f"{side.source} says otherwise: {side.says}" for side in one.others)
    return f"{one.id.upper()}: this answer follows {one.follows.source}: {one.follows.says}; {others}"


def _without(one: CodeSet) -> str:
    named = [f"procedure {left.procedure}: {left.what}" for left in one.left_out]
    return f"; without {', '.join(named)}" if named else ""


def _in_short(one: CodeSet) -> str:
    return f"{one.billing}: {_codes(one.lines) or 'nothing to report'}{_without(one)}"


def _codes(lines: Sequence[ProposedLine]) -> str:
    return ", ".join(written(line.code, line.modifiers, line.units) for line in lines)
