"""A file of claims as parts, through the reader of bulk screening: whole claims that can be read, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.errors import InputError
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.part import Part
from claimlogic.screening.reading.assembling import assemble
from claimlogic.screening.reading.sources import find_sources
from claimlogic.screening.reading.staging import stage

if TYPE_CHECKING:
    import duckdb

PART_SIZE = 250_000


def parts_of(
    connection: duckdb.DuckDBPyConnection, claims: Path, vocabulary: Vocabulary, scratch: Path
) -> Iterator[tuple[Part, int]]:
    """The claims of a file, a folder or a pattern, part by part; each part takes the place of the one before.

    With each part goes the number of its claims that could not be read and are not in it. ``scratch`` is a folder for
    what is written on the way. Raises InputError for a file that cannot be read, and where none of its claims can.
    """
    sources = find_sources(str(claims), connection)
    staged = stage(connection, sources, scratch / "parts", PART_SIZE, lambda _: None)
    fields = {field for source in sources for field in source.columns.taken}
    judged = 0
    for number in range(staged.parts):
        assembled = assemble(connection, staged.rows_sql(number, vocabulary.words()), fields, vocabulary, staged.broken)
        judged += assembled.claims_judged
        yield assembled.part, assembled.claims_quarantined
    if not judged:
        raise InputError("no claim of this file can be read; `claimlogic screen` tells why", str(claims))
