"""Medically unlikely edits as CMS publishes them: CSV or workbook, a notice, a heading, one row a code.

The heading tells for whom the limits are. The adjudication indicator is a text that begins with its number.
"""

from __future__ import annotations

from claimlogic.tables.documents import Document, column_of
from claimlogic.tables.editions import table_in_name
from claimlogic.tables.reading import Field, Reading, code, edition_told, leading_digit, rows_below, text, whole


def recognise(document: Document) -> Reading | None:
    """How to read the document, None where it is no such table."""
    for line, cells in document.head:
        units = next((i for i, cell in enumerate(cells) if cell.lower().endswith("mue values")), None)
        found, adjudication = column_of(cells, "hcpcs"), column_of(cells, "mue adjudication")
        if units is None or found is None or adjudication is None:
            continue
        return Reading(
            layout="mue",
            published="mue",
            judges=table_in_name(cells[units]) or None,
            fields=(
                Field("code", found, code),
                Field("units", units, whole),
                Field("adjudication", adjudication, leading_digit("123")),
                Field("rationale", column_of(cells, "mue rationale"), text),
            ),
            edition=edition_told(document),
            after=line,
            rows=rows_below(line),
        )
    return None
