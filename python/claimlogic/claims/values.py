"""The forms of single values in a document: each says how it is written, and a fault says what to do about it.

A value is never repeated in a fault: it may be content. The words that a key may take (settings, record items ...) are
the knowledge base's and come in with the validation's context, as ``Allowed``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo

from claimlogic.claims import shapes
from claimlogic.claims.faults import fault
from claimlogic.errors import did_you_mean

Allowed: TypeAlias = Mapping[str, frozenset[str]]
"""The words that the vocabulary knows, by kind (``form``, ``setting``, ``biller``, ``item`` ...)."""


class Part(BaseModel):
    """What all parts share: no conversion, no unknown key, no value in a message."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def _quoted(value: object, noun: str) -> str:
    # 00100 without quotes is the number 100 to YAML, so no number is ever taken for a text.
    if isinstance(value, int | float):
        raise fault(f"write the {noun} in quotes")
    if not isinstance(value, str):
        raise fault(f"give the {noun} as text in quotes")
    return value


def _shaped(form: re.Pattern[str], noun: str, shape: str) -> BeforeValidator:
    def check(value: object) -> str:
        written = _quoted(value, noun)
        if not form.fullmatch(written):
            raise fault(f"a {noun} is {shape}")
        return written

    return BeforeValidator(check)


def _rewritten(rewrite: Callable[[str], str | None], noun: str, shape: str) -> BeforeValidator:
    def check(value: object) -> str:
        rewritten = rewrite(_quoted(value, noun))
        if rewritten is None:
            raise fault(f"a {noun} is {shape}")
        return rewritten

    return BeforeValidator(check)


def word_of(kind: str, noun: str) -> BeforeValidator:
    """A word of this kind among those allowed; ``noun`` is what a fault calls it."""

    def check(value: object, info: ValidationInfo) -> str:
        words = info.context[kind] if info.context else frozenset[str]()
        if isinstance(value, str) and value in words:
            return value
        remedy = did_you_mean(value if isinstance(value, str) else "", words, f"use {' or '.join(sorted(words))}", 3)
        raise fault(f"not a known {noun}: {remedy}")

    return BeforeValidator(check)


def _check_day(value: object) -> int:
    day = None
    if isinstance(value, str):
        day = shapes.iso_day(value)
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        day = shapes.day_from_date(value)
    if day is None:
        raise fault("give a day of the calendar as YYYY-MM-DD")
    return day


def _whole(low: int, high: int) -> BeforeValidator:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise fault(f"give a whole number from {low} to {high}")
        return value

    return BeforeValidator(check)


def _check_text(value: object) -> str:
    written = _quoted(value, "text")
    if not shapes.printable(written):
        raise fault(f"give a text of 1 to {shapes.MAX_TEXT} printable characters")
    return written


def _check_session(value: object) -> str:
    # Sessions are counted (session: 2) as often as they are named.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _check_text(value)


Code = Annotated[str, _shaped(shapes.CODE, "code", "five characters, digits and capital letters")]
Modifier = Annotated[str, _shaped(shapes.MODIFIER, "modifier", "two characters, digits and capital letters")]
PlaceOfService = Annotated[str, _shaped(shapes.PLACE_OF_SERVICE, "place of service", "two digits")]
BillType = Annotated[str, _shaped(shapes.BILL_TYPE, "bill type", "three digits, or four with a leading zero")]
RevenueCode = Annotated[str, _rewritten(shapes.revenue_code, "revenue code", "four digits")]
Diagnosis = Annotated[str, _rewritten(shapes.icd10, "diagnosis", 'an ICD-10-CM code in capitals, as "M54.51"')]
Payer = Annotated[str, _shaped(shapes.WORD, "payer", "a word of small letters, digits and underscores, as medicare")]
Form = Annotated[str, word_of("form", "form")]
Biller = Annotated[str, word_of("biller", "biller")]
Setting = Annotated[str, word_of("setting", "setting")]
Item = Annotated[str, word_of("item", "record item")]
Day = Annotated[int, BeforeValidator(_check_day)]
Units = Annotated[int, _whole(1, shapes.MAX_UNITS)]
LineNumber = Annotated[int, _whole(1, shapes.MAX_LINE_NUMBER)]
Age = Annotated[int, _whole(0, shapes.MAX_AGE)]
Text = Annotated[str, BeforeValidator(_check_text)]
Session = Annotated[str, BeforeValidator(_check_session)]
