"""Add-on code edits as CMS publishes them: a workbook with a heading, or a text in fixed columns without one.

Days are written YYYYDDD. A row ends on the first of three deletion days: of the add-on, of its primary code, of the
edit. Type 2 add-ons have no list of primaries, only the mark `CCCCC`.

Where the columns of the text begin is not published with it, so they are found in the file: rows with one day behind
the primary code show where the effective day stands. A row with more days is read by that place, or named unreadable.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from claimlogic.tables.documents import Document, column_of
from claimlogic.tables.reading import (
    Field,
    RawRow,
    Reading,
    code,
    code_or_none,
    edition_told,
    leading_digit,
    ordinal_day,
    rows_below,
    text,
)

NO_LIST = "CCCCC"

RowReader = Callable[[Document], Iterator[RawRow]]

_HEADINGS = (
    "AOC_Edit_Type",
    "Add-On_Code",
    "AOC_DelDT",
    "Primary_Code",
    "Primary_Code_DelDT",
    "AOC_Edit_EffDT",
    "AOC_Edit_DelDT",
    "Special_Instruction_Notes",
)
_FIXED_ROW = re.compile(r"([123])([0-9A-Z]{5})(?:\s*(\d{7}))?\s+([0-9A-Z]{5})((?:\s*\d{7}){0,3})(?=\s|$)(.*)")
_LOOKS_FIXED = re.compile(r"[123][0-9A-Z]{5}\s*(?:\d{7})?\s+[0-9A-Z]{5}\s+\d{7}")


def recognise(document: Document) -> Reading | None:
    """How to read the document, None where it is no such table."""
    for line, cells in document.head:
        places = [column_of(cells, heading) for heading in _HEADINGS]
        if None not in places[:7]:
            return _reading(document, places, line, rows_below(line))
    begins = next((i for i, line in enumerate(document.head_lines) if _LOOKS_FIXED.match(line)), None)
    if begins is None:
        return None
    return _reading(document, range(len(_HEADINGS)), begins, _fixed_rows(begins))


def _reading(document: Document, places: Sequence[int | None], after: int, rows: RowReader) -> Reading:
    kind, addon, addon_end, parent, parent_end, begin, end, instruction = places
    return Reading(
        layout="addon",
        published="addon",
        judges="",
        fields=(
            Field("type", kind, leading_digit("123")),
            Field("addon", addon, code),
            Field("parent", parent, code_or_none(NO_LIST)),
            Field("effective_from", begin, ordinal_day(required=True)),
            Field("effective_to", end, ordinal_day()),
            Field("effective_to", addon_end, ordinal_day()),
            Field("effective_to", parent_end, ordinal_day()),
            Field("instruction", instruction, text),
        ),
        edition=edition_told(document),
        dated=True,
        after=after,
        rows=rows,
    )


def _fixed_rows(after: int) -> RowReader:
    def rows(document: Document) -> Iterator[RawRow]:
        place = _effective_place(document, after)
        for number, line in _lines(document, after):
            found = _FIXED_ROW.fullmatch(line)
            if found is None:
                yield number, "this row is not in the columns of an add-on text; import the workbook instead", [line]
                continue
            kind, addon, addon_end, parent, days, instruction = found.groups(default="")
            told = _days(days, found.start(5), place)
            if told is None:
                problem = "which of its days is which cannot be told surely; import the workbook instead"
                yield number, problem, [line]
                continue
            parent_end, begin, end = told
            yield number, None, [kind, addon, addon_end, parent, parent_end, begin, end, instruction]

    return rows


def _lines(document: Document, after: int) -> Iterator[tuple[int, str]]:
    with document.path.open(encoding="utf-8-sig", newline="") as text_file:
        for number, line in enumerate(text_file, start=1):
            if number > after and line.strip():
                yield number, line.rstrip()


def _effective_place(document: Document, after: int) -> int | None:
    """Where the effective day stands in a line: where all rows with one day behind the primary code have it."""
    places: Counter[int] = Counter()
    for _, line in _lines(document, after):
        found = _FIXED_ROW.fullmatch(line)
        if found and len(starts := _starts(found[5], found.start(5))) == 1:
            places.update(list(starts))
    return next(iter(places)) if len(places) == 1 else None


def _starts(days: str, offset: int) -> dict[int, str]:
    return {offset + day.start(): day[0] for day in re.finditer(r"\d{7}", days)}


def _days(days: str, offset: int, place: int | None) -> tuple[str, str, str] | None:
    """Primary deletion, effective and edit deletion day; None where they cannot be told apart."""
    starts = _starts(days, offset)
    if len(starts) == 1:
        return "", next(iter(starts.values())), ""
    if place not in starts:
        return None
    before = [day for start, day in starts.items() if start < place]
    behind = [day for start, day in starts.items() if start > place]
    if len(before) > 1 or len(behind) > 1:
        return None
    return "".join(before), starts[place], "".join(behind)
