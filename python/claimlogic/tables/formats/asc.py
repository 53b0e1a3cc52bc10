"""ASC addenda AA (covered procedures), BB (ancillary services) and EE (procedures not paid): text, CSV or workbook.

Headings carry the month of the release. Addendum EE has no indicator: its codes are `excluded`.
"""

from __future__ import annotations

import re

from claimlogic.tables.documents import Document, column_of
from claimlogic.tables.editions import Edition, beginning, month_number
from claimlogic.tables.reading import Field, Reading, always, code, edition_told, indicator, rows_below

EXCLUDED = "excluded"

_TITLE = re.compile(r"\bAddendum (AA|BB|EE)\b", re.IGNORECASE)
_INDICATOR = re.compile(r"([A-Z][a-z]+)\s+(20\d\d)\s+Payment\s+Indicator|Payment\s+Indicator", re.IGNORECASE)


def recognise(document: Document) -> Reading | None:
    """How to read the document, None where it is no such table."""
    titles = (_TITLE.search(cell) for _, cells in document.head for cell in cells)
    title = next((found for found in titles if found), None)
    heading = next(((line, cells) for line, cells in document.head if column_of(cells, "hcpcs code") == 0), None)
    if title is None or heading is None:
        return None
    addendum = title[1].upper()
    line, cells = heading
    place = next((i for i, cell in enumerate(cells) if _INDICATOR.search(cell)), None)
    if (place is None) != (addendum == "EE"):
        return None
    shown = Field("indicator", 0, always(EXCLUDED)) if place is None else Field("indicator", place, indicator)
    return Reading(
        layout="asc_indicator",
        published="asc_indicator",
        judges="",
        fields=(Field("code", 0, code), shown, Field("addendum", 0, always(addendum))),
        edition=(_month_told(cells[place]) if place is not None else None) or edition_told(document),
        part=addendum,
        after=line,
        rows=rows_below(line),
    )


def _month_told(heading: str) -> Edition | None:
    found = _INDICATOR.search(heading)
    return beginning(int(found[2]), month_number(found[1])) if found and found[1] else None
