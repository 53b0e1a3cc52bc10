"""OPPS Addendum B: CSV, tab-separated text or workbook, one row a code with status indicator and payment group."""

from __future__ import annotations

from claimlogic.tables.documents import Document, column_of
from claimlogic.tables.reading import Field, Reading, code, edition_told, indicator, padded, rows_below

APC_DIGITS = 5


def recognise(document: Document) -> Reading | None:
    """How to read the document, None where it is no such table."""
    for line, cells in document.head:
        status = next((i for i, cell in enumerate(cells) if cell.upper() in ("SI", "STATUS INDICATOR")), None)
        group = next((i for i, cell in enumerate(cells) if cell.upper() == "APC"), None)
        found = column_of(cells, "hcpcs code", "hcpcs")
        if found is None or status is None or group is None or column_of(cells, "short descriptor") is None:
            continue
        return Reading(
            layout="opps_status",
            published="opps_status",
            judges="",
            fields=(
                Field("code", found, code),
                Field("status", status, indicator),
                Field("apc", group, padded(APC_DIGITS)),
            ),
            edition=edition_told(document),
            after=line,
            rows=rows_below(line),
        )
    return None
