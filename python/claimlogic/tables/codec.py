"""How an index keeps the arguments of facts: short numbers for codes and words, texts as they are.

A procedure code is five letters or digits, so it is a number in base 36; no list of codes is needed to read it back.
"""

from __future__ import annotations

import re

from claimlogic.tables.days import OPEN_NUMBER, day_number, numbered_day
from claimlogic.terms import OPEN_END, Term

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CODE = re.compile(r'"[0-9A-Z]{5}"')
_LENGTH = 5


def code_number(term: object) -> int | None:
    """The number of a procedure code given as a term (with its quotes); None for anything else."""
    return int(str(term)[1:-1], 36) if _CODE.fullmatch(str(term)) else None


def code_term(number: int) -> Term:
    """The term of a procedure code by its number."""
    digits = []
    for _ in range(_LENGTH):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return '"' + "".join(reversed(digits)) + '"'


def code_sql(column: str) -> str:
    """SQL for the number of the procedure code in a column."""
    powers = (36 ** (_LENGTH - i) for i in range(1, _LENGTH + 1))
    digits = (f"(strpos('{_DIGITS}', {column}[{i}]) - 1) * {p}" for i, p in enumerate(powers, start=1))
    return f"({' + '.join(digits)})::INTEGER"


def first_day_number(term: Term) -> int | None:
    """The stored number of a range's first day; None for a term that is no day."""
    try:
        return day_number(term) if isinstance(term, int) else None
    except ValueError:
        return None


def last_day_number(term: Term) -> int | None:
    """The stored number of a range's last day, the open end included; None for a term that is neither."""
    return OPEN_NUMBER if term == OPEN_END else first_day_number(term)


def day_term(number: int) -> Term:
    """The term of a stored day: YYYYMMDD, or the open end."""
    return OPEN_END if number == OPEN_NUMBER else numbered_day(number)


def code_text_sql(column: str) -> str:
    """SQL for the procedure code whose number is in a column."""
    powers = (36 ** (_LENGTH - i) for i in range(1, _LENGTH + 1))
    return " || ".join(f"substr('{_DIGITS}', ({column} // {power}) % 36 + 1, 1)" for power in powers)
