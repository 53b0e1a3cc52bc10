"""What the reports on allowed codes share: wrapped lines, and codes with their modifiers as one writes them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence

from claimlogic.reports.check_notes import message
from claimlogic.reports.words import SIGNS
from claimlogic.results import ClaimResult
from claimlogic.search.answers import Claimed, Condition

WIDTH = 100


def written(code: str, modifiers: Sequence[str], units: int) -> str:
    """A code with its modifiers and, past one, its units: ``77002-26-XS``, ``64484 x2``."""
    return "-".join((code, *modifiers)) + (f" x{units}" if units > 1 else "")


def wrapped(text: str, indent: int, mark: str = "") -> str:
    """Text wrapped at the width of a report; every line but the first hangs below the mark's end."""
    first = " " * indent + mark
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


def points(texts: Iterable[str], indent: int) -> list[str]:
    """Each text as a point of a list."""
    return [wrapped(text, indent, "- ") for text in texts]


def judged_lines(result: ClaimResult, names: Sequence[str], shorts: Mapping[str, str], indent: int) -> list[str]:
    """The lines of a judged claim with their verdicts, and what the rules say of each. ``names``: codes as written."""
    width = max(map(len, names))
    told = []
    for line, name in zip(result.lines, names, strict=True):
        short = shorts.get(line.code, "")
        head = f"{name:<{width}}  {SIGNS.get(line.verdict, ' ')} {line.verdict:<8}  "
        told.append(wrapped(short, indent, head) if short else f"{' ' * indent}{head}".rstrip())
        for finding in line.findings:
            severity = f"waived {finding.severity}" if finding.waived_by else finding.severity
            told.append(wrapped(f"{message(finding, line.line)} [{finding.rule}]", indent + width + 2, f"{severity}: "))
    return told


def conditions(found: Sequence[Condition]) -> str:
    """Conditions as one clause: "imaging of procedure 1 is ct or fluoroscopy, and patient_age is 0 to 4"."""
    return ", and ".join(
        f"{c.feature}{f' of procedure {c.procedure}' if c.procedure else ''} is {' or '.join(c.words)}" for c in found
    )


def rests_on(found: Sequence[Claimed]) -> str:
    """On what a larger set rests: "20610 (line 2) with XS if its record holds separate_site"."""
    return "; ".join(
        f"{one.code} (line {one.line}) with " + ", or ".join(f"{m} if its record holds {item}" for m, item in one.ways)
        for one in found
    )
