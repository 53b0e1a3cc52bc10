"""The physician fee schedule's relative value file (PPRRVU): a CSV or a workbook, one row for a code and a modifier.

Its columns change from year to year (31 in 2025, 32 in 2026) and their headings are stacked over several rows, so they
are found by the stacked text. Only indicators are kept.
"""

from __future__ import annotations

import re

from claimlogic.tables.documents import Document
from claimlogic.tables.editions import Edition, beginning, month_number
from claimlogic.tables.reading import Field, Reading, code, edition_told, rows_below, text

_TITLE = re.compile(r"(20\d\d) National Physician Fee Schedule Relative Value File (\w+) Release", re.IGNORECASE)
_COLUMNS = (
    ("status", "STATUS CODE"),
    ("component_split", "PCTC IND"),
    ("global_days", "GLOB DAYS"),
    ("multiple", "MULT PROC"),
    ("bilateral", "BILAT SURG"),
    ("assistant", "ASST SURG"),
    ("co_surgeons", "CO- SURG"),
    ("team", "TEAM SURG"),
    ("endoscopic_base", "ENDO BASE"),
)
_STACK = 6


def recognise(document: Document) -> Reading | None:
    """How to read the document, None where it is no such table."""
    at = next((i for i, (_, cells) in enumerate(document.head) if cells[:2] == ["HCPCS", "MOD"]), None)
    if at is None:
        return None
    headings = stacked([cells for _, cells in document.head[max(0, at + 1 - _STACK) : at + 1]])
    places = {column: _ending(headings, heading) for column, heading in _COLUMNS}
    if places["global_days"] is None or places["component_split"] is None or places["bilateral"] is None:
        return None
    after = document.head[at][0]
    return Reading(
        layout="fee_schedule",
        published="fee_schedule",
        judges="",
        fields=(
            Field("code", 0, code),
            Field("modifier", 1, text),
            *(Field(column, place, text) for column, place in places.items()),
        ),
        edition=_titled(document) or edition_told(document),
        after=after,
        rows=rows_below(after),
    )


def stacked(rows: list[list[str]]) -> list[str]:
    """The headings of columns whose words are stacked over several rows, joined by blanks."""
    width = max(map(len, rows))
    return [" ".join(row[i] for row in rows if i < len(row) and row[i]) for i in range(width)]


def _ending(headings: list[str], wanted: str) -> int | None:
    return next((i for i, heading in enumerate(headings) if f" {heading}".endswith(f" {wanted}")), None)


def _titled(document: Document) -> Edition | None:
    for _, cells in document.head:
        for cell in cells:
            if found := _TITLE.search(cell):
                return beginning(int(found[1]), month_number(found[2]))
    return None
