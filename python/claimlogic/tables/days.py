"""Days: YYYYMMDD numbers for people and rules, counted from 1970-01-01 where they are stored and compared."""

from __future__ import annotations

from datetime import date, timedelta

from claimlogic.errors import InputError

# A first day that no source tells. It stands before every edition, so no comparison can mistake it for a known one.
BEFORE_ALL = 19000101

# The stored number of a range without an end: the last day that a date can name.
OPEN_NUMBER = (date.max - date(1970, 1, 1)).days

_EPOCH = date(1970, 1, 1)


def day_number(day: int) -> int:
    """The number of a YYYYMMDD day, counted from 1970-01-01. Raises ValueError for a day that does not exist."""
    return (date(day // 10000, day // 100 % 100, day % 100) - _EPOCH).days


def numbered_day(number: int) -> int:
    """The YYYYMMDD day with this number, counted from 1970-01-01."""
    day = _EPOCH + timedelta(days=number)
    return day.year * 10000 + day.month * 100 + day.day


def day_before(day: int) -> int:
    """The YYYYMMDD day before ``day``."""
    return numbered_day(day_number(day) - 1)


def day_after(day: int) -> int:
    """The YYYYMMDD day after ``day``."""
    return numbered_day(day_number(day) + 1)


def read_day(text: str, place: str) -> int:
    """The day written as 2024-07-01 or 20240701. Raises InputError naming ``place`` for anything else."""
    digits = text.replace("-", "")
    try:
        if len(digits) != 8 or not digits.isascii():
            raise ValueError
        day_number(int(digits))
    except ValueError:
        raise InputError(f"{text!r} is no day; write it as 2024-07-01", place) from None
    return int(digits)


def written_day(day: int) -> str:
    """The day as a reader sees it: 2024-07-01."""
    return f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def number_sql(column: str) -> str:
    """SQL for the number of the day in a YYYYMMDD integer column; null stays null."""
    return (
        f"(make_date(({column} // 10000)::INTEGER, ({column} // 100 % 100)::INTEGER, ({column} % 100)::INTEGER)"
        " - DATE '1970-01-01')"
    )


def day_sql(column: str) -> str:
    """SQL for the YYYYMMDD integer of a day number; null stays null."""
    return f"strftime(DATE '1970-01-01' + {column}::INTEGER, '%Y%m%d')::INTEGER"
