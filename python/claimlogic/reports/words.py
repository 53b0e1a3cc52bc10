"""Small words that all reports share: days, lists, counts, comparisons and the signs of verdicts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from claimlogic.terms import OPEN_END, Term, plain

SIGNS = {"denied": "✗", "unknown": "?", "packaged": "▪", "payable": "✓"}

_NUMBERS = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least", "=": "exactly", "!=": "other than"}
_DAYS = {"<": "before", "<=": "on or before", ">": "after", ">=": "on or after", "=": "the same day as"}


def day(term: Term) -> str:
    """A day (YYYYMMDD) as 2024-07-01; the open end of a range as "open"."""
    if term == OPEN_END:
        return "open"
    digits = str(term)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if re.fullmatch(r"\d{8}", digits) else plain(term)


def span(first: Term, last: Term) -> str:
    """A range of days, both included: "from 2024-07-01 to 2024-09-30", "from 2024-07-01 on"."""
    return f"from {day(first)} on" if last == OPEN_END else f"from {day(first)} to {day(last)}"


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 code", "2 codes"."""
    if number == 1:
        return f"1 {noun}"
    return f"{number} {noun[:-1]}ies" if re.search(r"[^aeiou]y$", noun) else f"{number} {noun}s"


def listed(items: Sequence[str], limit: int = 0) -> str:
    """The items joined by commas; past ``limit`` (0: none) the rest is counted: "a, b and 12 more"."""
    if limit and len(items) > limit:
        return f"{', '.join(items[:limit])} and {len(items) - limit} more"
    return ", ".join(items)


def bounded_words(items: Sequence[str], limit: int) -> tuple[str, ...]:
    """The first items (``limit`` 0: all) and a count of the rest."""
    if not limit or len(items) <= limit:
        return tuple(items)
    return (*items[:limit], f"and {len(items) - limit} more")


def guard(operator: str, bound: Term) -> str:
    """A guard of an aggregate in words: "more than 2"."""
    return f"{_NUMBERS[operator]} {plain(bound)}"


def comparison(left: Term, operator: str, right: Term, of_days: bool, holds: bool) -> str:
    """A comparison as a sentence: "2 > 1", "2024-07-01 is on or before 2025-03-14"; false ones say so."""
    if not of_days:
        return f"{plain(left)} {operator} {plain(right)}{'' if holds else ' does not hold'}"
    if right == OPEN_END and operator in ("<", "<="):
        return f"{day(left)} is before an open end"
    if operator == "!=":
        return f"{day(left)} is {'not ' if holds else 'the same day as '}{day(right)}"
    return f"{day(left)} is {'' if holds else 'not '}{_DAYS[operator]} {day(right)}"


def tidied(sentence: str) -> str:
    """The sentence with "1 units", "1-th", "the any day" and the like as one writes them."""
    sentence = re.sub(r"\b(?:the )?any number-th\b", "any", sentence)
    sentence = re.sub(r"\bthe any (\w+)(?: \1)?\b", r"any \1", sentence)
    sentence = re.sub(r"\bany number (units|days)\b", r"any number of \1", sentence)
    sentence = re.sub(r"\b1 (unit|day|line|year)s\b", r"1 \1", sentence)
    return re.sub(r"\b(\d+)-th\b", lambda found: _ordinal(int(found[1])), sentence)


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
