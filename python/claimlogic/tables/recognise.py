"""Which table a document holds, told from its content. Its name never decides the kind of table."""

from __future__ import annotations

from collections.abc import Callable

from claimlogic.tables.documents import Document
from claimlogic.tables.formats import addon, asc, fee_schedule, icd10, mue, normalised, opps, ptp
from claimlogic.tables.reading import Reading

_FORMATS: tuple[Callable[[Document], Reading | None], ...] = (
    normalised.recognise,
    ptp.recognise,
    mue.recognise,
    addon.recognise,
    fee_schedule.recognise,
    asc.recognise,
    opps.recognise,
    icd10.recognise,
)

KNOWN = (
    "NCCI PTP edits, MUE tables, add-on code edits, the fee schedule's PPRRVU file, OPPS Addendum B, "
    "ASC Addenda AA, BB and EE, the ICD-10-CM tabular XML"
)


def recognise(document: Document) -> Reading | None:
    """How to read the document; None where it holds no table that the store keeps."""
    return next((reading for read in _FORMATS if (reading := read(document))), None)
