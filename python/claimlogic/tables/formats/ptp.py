"""NCCI procedure-to-procedure edits as CMS publishes them: tab-separated text, CSV or workbook, in four parts.

Column 1, column 2, whether the edit existed before 1996, effective and deletion day, modifier indicator, rationale. The
heading wraps over four lines or stands on one. Practitioner and hospital files look alike: their names tell.
"""

from __future__ import annotations

from itertools import takewhile

from claimlogic.tables.documents import Document, column_of
from claimlogic.tables.editions import part_in_name
from claimlogic.tables.reading import (
    Field,
    Reading,
    code,
    day,
    edition_told,
    flag,
    rows_below,
    table_told,
    text,
    word,
)

INDICATORS = {"0": "never", "1": "with_modifier", "9": "not_specified"}


def recognise(document: Document) -> Reading | None:
    """How to read the document, None where it is no such table."""
    begins = next((i for i, (_, cells) in enumerate(document.head) if column_of(cells, "column 1") == 0), None)
    if begins is None:
        return None
    after, cells = document.head[begins]
    effective, deletion = column_of(cells, "effective"), column_of(cells, "deletion")
    indicator = column_of(cells, "modifier")
    if column_of(cells, "column 2") != 1 or effective is None or deletion is None or indicator is None:
        return None
    wrapped = takewhile(lambda row: row[1][:2] in ([], ["", ""]), document.head[begins + 1 :])
    after = max((line for line, _ in wrapped), default=after)
    by_tabs = document.form == "text" and document.tabbed
    return Reading(
        layout="ptp",
        published="ptp",
        judges=table_told(document),
        fields=(
            Field("column1", 0, code),
            Field("column2", 1, code),
            Field("indicator", indicator, word(INDICATORS)),
            Field("effective_from", effective, day(required=True)),
            Field("effective_to", deletion, day()),
            Field("before_1996", column_of(cells, "*=in existence"), flag("*")),
            Field("rationale", column_of(cells, "ptp edit rationale", "rationale"), text),
        ),
        edition=edition_told(document),
        dated=True,
        part=part_in_name(document.name),
        after=after,
        rows=None if by_tabs else rows_below(after),
    )
