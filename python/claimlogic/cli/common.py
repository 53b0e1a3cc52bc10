"""What several commands share: exit statuses, the checks of options, and our own wording of codes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.errors import InputError
from claimlogic.terms import plain, text

if TYPE_CHECKING:
    from claimlogic.knowledge.store import FactStore

FOUND, BAD_INPUT, LIMIT_HIT, UNKNOWN = 1, 2, 3, 4
"""Exit statuses: something is denied, found or changed; the input is bad; a limit was hit; something is unknown."""


def one_of(format: str, formats: Sequence[str]) -> None:
    """Raises InputError for a format that the command does not print."""
    if format not in formats:
        raise InputError(f"no format {format}; choose one of {', '.join(formats)}", "--format")


def check_time_limit(seconds: float | None) -> None:
    """Raises InputError for a time limit that is none."""
    if seconds is not None and not seconds >= 0:  # so that "nan" is refused as well
        raise InputError("give a number of seconds from 0 on", "--time-limit")


def check_page(path: Path | None) -> None:
    """Raises InputError for a page that could not be written; asked before there is anything to write."""
    if path is None:
        return
    if not path.absolute().parent.is_dir():
        raise InputError("there is no folder for this file; make it first", str(path))
    if path.is_dir():
        raise InputError("this is a folder: name a file in it", str(path))


def write_page(path: Path, page: str) -> None:
    """Write a page. Raises InputError where it cannot be written."""
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as fault:
        raise InputError(f"this file cannot be written ({fault.strerror})", str(path)) from None


def short_wordings(store: FactStore, codes: Iterable[str]) -> dict[str, str]:
    """Each code in our own few words, where the knowledge base has some."""
    found = (store.match("short", (text(code), None)) for code in sorted(codes))
    return {plain(code): plain(words) for rows in found for code, words in rows}
