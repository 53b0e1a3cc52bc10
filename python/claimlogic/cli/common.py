"""What several commands share: the choice of a format, and our own wording of codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from claimlogic.errors import InputError
from claimlogic.terms import plain, text

if TYPE_CHECKING:
    from claimlogic.knowledge.store import FactStore


def one_of(format: str, formats: Sequence[str]) -> None:
    """Raises InputError for a format that the command does not print."""
    if format not in formats:
        raise InputError(f"no format {format}; choose one of {', '.join(formats)}", "--format")


def short_wordings(store: FactStore, codes: Iterable[str]) -> dict[str, str]:
    """Each code in our own few words, where the knowledge base has some."""
    found = (store.match("short", (text(code), None)) for code in sorted(codes))
    return {plain(code): plain(words) for rows in found for code, words in rows}
