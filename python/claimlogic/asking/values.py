"""What a person gives as an argument, as a term of the kind that is asked for.

Whatever is given becomes one constant or is refused; it is never read as rule text or as anything else.
"""

from __future__ import annotations

import datetime as dt

from claimlogic.claims import shapes
from claimlogic.errors import InputError
from claimlogic.knowledge.vocabulary import Kind
from claimlogic.terms import OPEN_END, Term, text

Given = str | int | dt.date


def argument_term(given: Given, name: str, kind: Kind) -> Term:
    """The term for an argument. Raises InputError where it cannot be of its kind, and says what is wanted."""
    if kind.name == "day":
        return day_term(given, name)
    written = str(given)
    if not shapes.printable(written):
        raise InputError(f"{name} is empty, too long, or holds characters that cannot be printed", "ask")
    if kind.base == "number":
        if not written.removeprefix("-").isdecimal() or not written.isascii() or len(written) > 9:
            raise InputError(f"{name} is a whole number, not {written}", "ask")
        return int(written)
    if kind.base == "text":
        if kind.name not in _FORMS:
            return text(written)
        form, wanted = _FORMS[kind.name]
        if not form.fullmatch(written.upper()):
            raise InputError(f"{name} is {wanted}, not {written}", "ask")
        return text(written.upper())
    if kind.constants and written not in kind.constants:
        raise InputError(f"{name} must be one of {', '.join(sorted(kind.constants))}, not {written}", "ask")
    if not shapes.WORD.fullmatch(written):
        raise InputError(f"{name} is a word such as {_EXAMPLES.get(kind.name, 'never')}, not {written}", "ask")
    return written


def day_term(given: Given, name: str) -> int:
    """A day (a date, YYYYMMDD or 2025-03-14) as a term. Raises InputError for anything else."""
    if isinstance(given, dt.date):
        day = shapes.day_from_date(given)
    else:
        day = shapes.iso_day(str(given)) or shapes.bare_day(str(given))
    if day is None:
        raise InputError(f"{name} is a day such as 2025-03-14, not {given}", "ask")
    return day


def check_kind(term: Term, name: str, kind: Kind, place: str) -> None:
    """Raises InputError where a term written in rule text is not of the kind that its place asks for."""
    is_text = isinstance(term, str) and term.startswith('"')
    if kind.base == "number" and not isinstance(term, int) and term != OPEN_END:
        raise InputError(f"{name} is a number", place)
    if kind.base == "text" and not is_text:
        raise InputError(f"{name} is a text; write it in quotes", place)
    if kind.base == "word" and (is_text or isinstance(term, int)):
        raise InputError(f"{name} is a word, without quotes", place)
    if kind.constants and term not in kind.constants:
        raise InputError(f"{name} must be one of {', '.join(sorted(kind.constants))}", place)


_FORMS = {
    "code": (shapes.CODE, "a procedure code, five letters and digits such as 77003"),
    "modifier": (shapes.MODIFIER, "a modifier, two letters and digits such as 59"),
}
_EXAMPLES = {"rule": "includes_guidance", "source": "cms_addon_edits", "dispute": "x11", "family": "facet_injection"}
