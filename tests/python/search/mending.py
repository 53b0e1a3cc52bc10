"""What ``fix`` says of a claim, short enough to be read in a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from claimlogic import KnowledgeBase
from claimlogic.claims.changed import changed
from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge_base import Options
from claimlogic.search.repair import fixes
from claimlogic.search.repair_model import EMPTY, HONEST, Fix, FixResult, Kind

DAY = 20240815
ANOTHER_SITE = "the record must show another site"


def line(number: int, code: str, units: int = 1, modifiers: Sequence[str] = (), **said: Any) -> Line:
    return Line(number, code, units, said.pop("date", DAY), tuple(modifiers), **said)


def claim(*lines: Line, **said: Any) -> Claim:
    given = {"form": "professional", "setting": "office", "payer": "medicare", "patient_age": 54, **said}
    return Claim(id="claim", lines=lines, **given)


def answer(kb: KnowledgeBase, asked: Claim, options: Options | None = None) -> FixResult:
    """The answer, of which every fix holds up when it is applied and judged."""
    result = fixes(kb, asked, options)
    assert result.proven
    assert result.refused == 0
    for fix in result.fixes:
        after = changed(asked, fix.changes)
        assert (kb.check(after, options).verdict if after.lines else EMPTY) == fix.verdict_after != "denied"
    return result


def told(fix: Fix) -> list[str]:
    """The changes of a fix, short: "drop 2", "1: 62322 -> 62323", "2: units 1", "2: +XS", "2: -TC"."""
    words = []
    for change in fix.changes:
        words.append(
            {
                "drop_line": f"drop {change.line}",
                "change_code": f"{change.line}: {change.code} -> {change.new_code}",
                "set_units": f"{change.line}: units {change.units}",
                "add_modifier": f"{change.line}: +{change.modifier}",
                "remove_modifier": f"{change.line}: -{change.modifier}",
                "add_line": f"new {change.line}: {change.code} {change.modifier}",
            }[change.op]
        )
    return words


def ways(result: FixResult, kind: Kind = HONEST) -> list[list[str]]:
    return [told(fix) for fix in result.of(kind)]
