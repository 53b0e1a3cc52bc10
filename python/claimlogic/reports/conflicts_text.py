"""Conflicts as text: how many there are of each kind, and the first of them with the rows responsible."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from claimlogic.analyst.conflicts.conflicts import Conflict, ConflictCount, Conflicts, ResponsibleRow
from claimlogic.reports.words import counted, day, span

_WIDTH = 100
_GROUPS = 16


def conflicts_text(conflicts: Conflicts, shown: int) -> Iterator[str]:
    """The lines of the report; of each kind the first ``shown`` conflicts are told with their rows."""
    chosen = ", the newest day that every table here covers" if conflicts.chosen else ""
    yield f"Conflicts between sources on {day(conflicts.day)}{chosen}"
    for edition in conflicts.editions():
        late = "" if edition.last >= conflicts.day else "; carried forward"
        days = span(edition.first, edition.last)
        yield f"  {edition.published} {edition.table}: {edition.id} ({days}{late})"
    for kind in conflicts.kinds:
        count = conflicts.count(kind)
        yield ""
        yield f"{kind.name}: {count.total:,}"
        yield from _wrapped(kind.title, "  ")
        yield from _groups(count)
        first = conflicts.first(kind, shown) if count.total else []
        for conflict in first:
            yield from _conflict(conflict)
        if len(first) < count.total:
            yield f"  ... and {count.total - len(first):,} more; --format json tells them all"


def _groups(count: ConflictCount) -> Iterator[str]:
    if count.total == 0 or len(count.groups) < 2:
        return
    for words, number in count.groups[:_GROUPS]:
        yield f"  {number:>9,}  {', '.join(word for _, word in words)}"
    if len(count.groups) > _GROUPS:
        yield f"             and {counted(len(count.groups) - _GROUPS, 'group')} more"


def _conflict(conflict: Conflict) -> Iterator[str]:
    for sentence in conflict.sentences:
        yield from _wrapped(sentence, "  - ")
    for row in conflict.rows:
        yield from _wrapped(_row(row), "      ")


def _row(row: ResponsibleRow) -> str:
    values = dict(row.arguments)
    first, last = values.pop("From", None), values.pop("To", None)
    days = f", {span(first, last)}" if first is not None and last is not None else ""
    stands = "; ".join(part for part in (row.source, row.place, row.note) if part)
    where = f" [{stands}]" if stands else ""
    return f"{row.predicate}({', '.join(map(str, values.values()))}){days}{where} {row.file}:{row.line}"


def _wrapped(text: str, indent: str) -> list[str]:
    after = " " * len(indent)
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=after, break_long_words=False)
