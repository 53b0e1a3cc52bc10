"""What codes, days and counts look like: the forms that every reader of claims checks against.

Only forms are here. Whether a code exists, or on which days, is for the knowledge base to say.
"""

from __future__ import annotations

import datetime as dt
import re

CODE = re.compile(r"[0-9A-Z]{5}")
MODIFIER = re.compile(r"[0-9A-Z]{2}")
PLACE_OF_SERVICE = re.compile(r"[0-9]{2}")
BILL_TYPE = re.compile(r"0?[1-9][0-9][0-9A-Z]")
REVENUE_CODE = re.compile(r"[0-9]{3,4}")
WORD = re.compile(r"[a-z][a-z0-9_]*")

# clingo counts in 32 bits and wraps in silence; this leaves room to add the units of hundreds of lines.
MAX_UNITS = 9_999_999
MAX_LINE_NUMBER = 999_999
MAX_AGE = 130
FIRST_YEAR = 1900
MAX_TEXT = 200

_ICD10 = re.compile(r"([A-Z][0-9][0-9A-Z])\.?([0-9A-Z]{1,4})?")
_ICD9 = re.compile(r"(E[0-9]{3}|V[0-9]{2}|[0-9]{3})\.?([0-9]{1,2})?")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_BARE_DAY = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def icd10(value: str) -> str | None:
    """The ICD-10-CM code with its point ("M54.51"), or None where the text has another form."""
    return _pointed(_ICD10, value)


def icd9(value: str) -> str | None:
    """The ICD-9-CM code with its point ("250.00", "E878.2"), or None where the text has another form."""
    return _pointed(_ICD9, value)


def revenue_code(value: str) -> str | None:
    """The revenue code in four digits, or None where the text has another form."""
    return value.zfill(4) if REVENUE_CODE.fullmatch(value) else None


def iso_day(value: str) -> int | None:
    """YYYYMMDD for a day written 2025-03-14, or None where it is no such day."""
    return _day(_ISO_DAY, value)


def bare_day(value: str) -> int | None:
    """YYYYMMDD for a day written 20250314, or None where it is no such day."""
    return _day(_BARE_DAY, value)


def day_from_date(day: dt.date) -> int | None:
    """YYYYMMDD for a calendar date, or None where it lies before the year that we read from."""
    return day.year * 10_000 + day.month * 100 + day.day if day.year >= FIRST_YEAR else None


def calendar(day: int) -> dt.date:
    """The calendar date of a day YYYYMMDD. Raises ValueError where there is none."""
    return dt.date(day // 10_000, day // 100 % 100, day % 100)


def span(first: int, last: int) -> int:
    """How many days there are from ``first`` to ``last`` (both YYYYMMDD), both counted; below 1 where turned round."""
    return (calendar(last) - calendar(first)).days + 1


def whole_years(born: int, on: int) -> int:
    """The age in whole years, on day ``on``, of someone born on day ``born`` (both YYYYMMDD)."""
    return on // 10_000 - born // 10_000 - (on % 10_000 < born % 10_000)


def printable(value: str) -> bool:
    """Whether a text can stand in an answer: something visible, no control characters, not without end."""
    return bool(value.strip()) and value.isprintable() and len(value) <= MAX_TEXT


def _pointed(form: re.Pattern[str], value: str) -> str | None:
    found = form.fullmatch(value)
    if not found:
        return None
    return f"{found[1]}.{found[2]}" if found[2] else found[1]


def _day(form: re.Pattern[str], value: str) -> int | None:
    found = form.fullmatch(value)
    if not found:
        return None
    try:
        return day_from_date(dt.date(int(found[1]), int(found[2]), int(found[3])))
    except ValueError:
        return None
