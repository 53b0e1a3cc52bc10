"""Changes of a claim, and the claim that they lead to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from claimlogic.claims.model import Claim, Line

Operation: TypeAlias = Literal["drop_line", "change_code", "add_line", "set_units", "remove_modifier", "add_modifier"]

OPERATIONS: tuple[Operation, ...] = (
    "drop_line",
    "change_code",
    "add_line",
    "set_units",
    "remove_modifier",
    "add_modifier",
)
"""The order in which changes are made: a new line is like another as it was under its new code."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one line, which reports ``code`` as submitted; or a line more, like the line ``like_line``.

    ``new_code``, ``units`` or ``modifier`` say what comes, or which modifier goes. ``inside_line`` is the line that
    reports a dropped line's service from then on. ``reason`` says why, ``record_must_show`` what only the record can
    settle; ``items`` are the record items that are taken to be there for it. ``leads`` puts an added modifier first.
    """

    op: Operation
    line: int
    code: str
    new_code: str | None = None
    units: int | None = None
    modifier: str | None = None
    leads: bool = False
    inside_line: int | None = None
    like_line: int | None = None
    items: tuple[str, ...] = ()
    reason: str = ""
    record_must_show: str = ""


def changed(claim: Claim, changes: Iterable[Change]) -> Claim:
    """The claim after the changes. Each names lines of the claim; a claim may be left without any."""
    lines = {line.number: line for line in claim.lines}
    for change in sorted(changes, key=lambda c: OPERATIONS.index(c.op)):
        if change.op == "drop_line":
            del lines[change.line]
        elif change.op == "add_line" and change.like_line is not None:
            lines[change.line] = _changed(replace(lines[change.like_line], number=change.line), change)
        else:
            lines[change.line] = _changed(lines[change.line], change)
    return replace(claim, lines=tuple(lines.values()))


def _changed(line: Line, change: Change) -> Line:
    if change.items:
        line = replace(line, documented=tuple(dict.fromkeys([*line.documented, *change.items])))
    match change.op:
        case "add_line":
            modifiers = (*line.modifiers, change.modifier) if change.modifier else line.modifiers
            return replace(line, units=change.units or line.units, modifiers=modifiers)
        case "change_code":
            return replace(line, code=change.new_code or line.code)
        case "set_units":
            return replace(line, units=change.units or line.units)
        case "remove_modifier":
            return replace(line, modifiers=tuple(m for m in line.modifiers if m != change.modifier))
        case "add_modifier":
            added = (change.modifier,) if change.modifier else ()
            return replace(line, modifiers=(*added, *line.modifiers) if change.leads else (*line.modifiers, *added))
        case _:
            return line
