"""On which days a code may be reported, from all tables that list codes.

A table whose rows tell first and last days knows more than one that only lists a code in each edition: for the days
that it covers it alone decides on the codes that it has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from claimlogic.tables.lookup import Listed, Place, TableIndex

Days = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Span:
    """Days, as numbers, on which a code may be reported, and the listings that say so."""

    first: int
    last: int
    listings: tuple[tuple[TableIndex, Place], ...]


def merged(listings: Sequence[tuple[TableIndex, Listed]], covered: Sequence[Days]) -> list[Span]:
    """The days of one code, from its listings; ``covered`` are the days of tables whose rows tell theirs."""
    told = any(listed.told for _, listed in listings)
    pieces: list[tuple[int, int, tuple[TableIndex, Place]]] = []
    for index, listed in listings:
        ranges = [(listed.first, listed.last)]
        if told and not listed.told:
            for days in covered:
                ranges = [rest for one in ranges for rest in _without(one, days)]
        pieces.extend((first, last, (index, listed.place)) for first, last in ranges)
    spans: list[Span] = []
    for first, last, listing in sorted(pieces, key=lambda piece: piece[:2]):
        if spans and first <= spans[-1].last + 1:
            above = spans.pop()
            spans.append(Span(above.first, max(above.last, last), (*above.listings, listing)))
        else:
            spans.append(Span(first, last, (listing,)))
    return spans


def _without(days: Days, covered: Days) -> list[Days]:
    rest = [(days[0], min(days[1], covered[0] - 1)), (max(days[0], covered[1] + 1), days[1])]
    return [(first, last) for first, last in rest if first <= last]
