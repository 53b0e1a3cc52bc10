"""Fixes in sentences, before they are given a form."""

from __future__ import annotations

from collections.abc import Sequence

from claimlogic.claims.changed import Change
from claimlogic.reports.words import SIGNS, counted, listed
from claimlogic.search.repair_model import EMPTY, HONEST, Fix, FixResult, Group, Kind

HEADINGS: dict[Kind, str] = {
    "honest": "asserting nothing new",
    "if_record_supports": "only if the record supports it",
}
NOT_PROVEN = "The time ran out: this is the best found so far, and a smaller fix is not ruled out."


def act(change: Change) -> str:
    """What to do, as a sentence without a full stop: "drop line 2 (77003)"."""
    where = f"line {change.line} ({change.code})"
    match change.op:
        case "drop_line":
            return f"drop {where}"
        case "change_code":
            return f"on {where}, report {change.new_code} instead"
        case "set_units":
            return f"on {where}, set the units to {change.units}"
        case "remove_modifier":
            return f"on {where}, remove modifier {change.modifier}"
        case "add_modifier":
            return f"on {where}, add modifier {change.modifier}"
        case "add_line":
            units = counted(change.units or 1, "unit")
            like = f"line {change.like_line}"
            return f"add line {change.line}: {change.code} with {change.modifier}, {units}, otherwise like {like}"


def denied_lines(result: FixResult) -> str:
    """The lines that are denied as submitted."""
    return _lines("", result.denied).rstrip()


def acts(changes: Sequence[Change]) -> str:
    """Several changes in one sentence."""
    return "; ".join(act(change) for change in changes)


def after(fix: Fix, result: FixResult) -> str:
    """What becomes of the claim, and which lines stay as they are."""
    if fix.verdict_after == EMPTY and result.uncoded_lines:
        return "only lines without a procedure code are left"
    if fix.verdict_after == EMPTY:
        return "no line is left: there is nothing to send"
    remaining = fix.remaining
    told = (
        verdict(fix.verdict_after),
        _lines("packaged", remaining.packaged),
        _lines("not decided", remaining.unknown),
        _lines("payable with advice", remaining.advised),
    )
    return "; ".join(filter(None, told))


def after_any(fixes: Sequence[Fix], result: FixResult) -> list[str]:
    """What becomes of the claim under the fixes, each outcome once."""
    ends = dict.fromkeys(fix.verdict_after for fix in fixes)
    return [after(fixes[0], result) if end == EMPTY else verdict(end) for end in ends]


def verdict(name: str) -> str:
    """A verdict with its sign."""
    return f"{SIGNS.get(name, '')} {name}".strip()


def looks(result: FixResult) -> list[str]:
    """Codes that are worth a look, as sentences."""
    return [f"line {look.line}: look at {look.code}: {look.words}" for look in result.looks]


def left_out(result: FixResult, kind: Kind) -> str:
    """How many fixes of a kind are not listed; empty where all are."""
    for more in result.more:
        if more.kind == kind and (more.fixes or not more.counted):
            least = "" if more.counted else "at least "
            return f"and {least}{more.fixes} more of the same size"
    return ""


def choice(group: Group) -> str:
    """What to choose for a part of the claim."""
    lines = f"{'line' if len(group.lines) == 1 else 'lines'} {listed([str(line) for line in group.lines])}"
    if len(group.ways) == 1 and not group.more:
        return lines
    return f"{lines}: any one of"


def left_out_of(group: Group) -> str:
    """How many ways of a part are not listed; empty where all are."""
    if not group.more and group.counted:
        return ""
    return f"and {'' if group.counted else 'at least '}{group.more} more"


def by_groups(result: FixResult, kind: Kind) -> tuple[Group, ...]:
    """The groups of a kind where there are several to choose in, so that their ways are told apart; else none."""
    groups = tuple(group for group in result.groups if group.kind == kind)
    several = [group for group in groups if len(group.ways) + group.more > 1]
    return groups if len(groups) > 1 and several else ()


def no_fix(result: FixResult) -> str:
    """What is said where no fix is listed; empty where one is."""
    if not result.denied:
        return "nothing is denied, so there is nothing to fix"
    return "" if result.of(HONEST) else "no fix was found that stands when it is judged again"


def _lines(words: str, lines: Sequence[int]) -> str:
    if not lines:
        return ""
    return f"{'line' if len(lines) == 1 else 'lines'} {listed([str(line) for line in lines])} {words}"
