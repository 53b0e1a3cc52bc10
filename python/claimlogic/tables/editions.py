"""Editions: which days a published table holds for, and what a file's name tells of that.

CMS publishes by quarter: a release named by a quarter, by the month or the day on which it begins, or by the NCCI
version, holds for that quarter. Anything else must be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from claimlogic.tables.days import day_before

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"({'|'.join(_MONTHS)})[a-z]*"

# NCCI versions count years: version 30.2 is the third quarter of 2024.
_NCCI_VERSION_YEAR_0 = 1994


@dataclass(frozen=True, slots=True, order=True)
class Edition:
    """An edition of a table: its first and last day (YYYYMMDD, both included) and the id by which people name it."""

    first: int
    last: int
    id: str


def quarter(year: int, number: int) -> Edition:
    """The edition of a quarter, 1 to 4."""
    first = year * 10000 + (3 * number - 2) * 100 + 1
    following = (year + 1) * 10000 + 101 if number == 4 else year * 10000 + (3 * number + 1) * 100 + 1
    return Edition(first, day_before(following), f"{year} Q{number}")


def beginning(year: int, month: int, day: int = 1) -> Edition | None:
    """The quarter that begins on this day; None where none does."""
    return quarter(year, (month + 2) // 3) if day == 1 and month in (1, 4, 7, 10) else None


def month_number(name: str) -> int:
    """The number of a month by its English name or the beginning of it."""
    return _MONTHS.index(name[:3].lower()) + 1


def fiscal_year(year: int) -> Edition:
    """The edition of a federal fiscal year, from October of the year before to September."""
    return Edition((year - 1) * 10000 + 1001, year * 10000 + 930, f"FY{year}")


def edition_in_name(name: str) -> Edition | None:
    """The edition that a file name tells, None where it tells none or a day on which no quarter begins."""
    words = re.sub(r"[^a-z0-9]+", " ", name.lower())
    for pattern, read in _NAME_PATTERNS:
        if found := re.search(pattern, words):
            return read(found)
    return None


def table_in_name(name: str) -> str:
    """Whose claims a file's table judges, as its name tells: practitioner, hospital, dme, or blank."""
    words = re.sub(r"[^a-z]+", " ", name.lower())
    for pattern, table in _TABLE_PATTERNS:
        if re.search(pattern, words):
            return table
    return ""


def part_in_name(name: str) -> str:
    """The part of an edition that a file holds, as its name tells (`f1` is part 1), or blank."""
    found = re.search(r"\bf([1-9])\b", re.sub(r"[^a-z0-9]+", " ", name.lower()))
    return found[1] if found else ""


def _span(found: re.Match[str]) -> Edition:
    begin, end = quarter(int(found[1]), int(found[2])), quarter(int(found[3]), int(found[4]))
    return Edition(begin.first, end.last, f"{begin.id} to {end.id}")


def _version(found: re.Match[str]) -> Edition | None:
    number = int(found[2]) + 1
    return quarter(_NCCI_VERSION_YEAR_0 + int(found[1]), number) if number <= 4 else None


_NAME_PATTERNS: tuple[tuple[str, Callable[[re.Match[str]], Edition | None]], ...] = (
    (r"(20\d\d) ?q([1-4]) (?:to )?(20\d\d) ?q([1-4])\b", _span),
    (r"(20\d\d) ?q([1-4])\b", lambda m: quarter(int(m[1]), int(m[2]))),
    (r"\bcci[a-z]* ?v(\d\d)(\d)r\d", _version),
    (r"\beff(?:ective)? (\d\d) (\d\d) (20\d\d)\b", lambda m: beginning(int(m[3]), int(m[1]), int(m[2]))),
    (r"\beff(?:ective)? (\d\d)(\d\d)(20\d\d)\b", lambda m: beginning(int(m[3]), int(m[1]), int(m[2]))),
    (rf"\b{_MONTH} (?:\d\d? )?(20\d\d)\b", lambda m: beginning(int(m[2]), month_number(m[1]))),
    (rf"(20\d\d) ?{_MONTH}\b", lambda m: beginning(int(m[1]), month_number(m[2]))),
    (r"\b(20\d\d) (\d\d) (\d\d)\b", lambda m: beginning(int(m[1]), int(m[2]), int(m[3]))),
    (r"\b(20\d\d)(\d\d)(\d\d)\b", lambda m: beginning(int(m[1]), int(m[2]), int(m[3]))),
    (r"\b(20\d\d) (\d\d)\b", lambda m: beginning(int(m[1]), int(m[2]))),
)

_TABLE_PATTERNS = (
    (r"practitioner|physician|\bccipra", "practitioner"),
    (r"hospital|\bccioph", "hospital"),
    (r"\bdme\b|supplier", "dme"),
)
