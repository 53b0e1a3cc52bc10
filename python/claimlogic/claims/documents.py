"""A claim as YAML or JSON: its keys, checked one by one, and the way from there to ``model.Claim``.

Every fault is named by its path and what to do about it (``lines[1].code: write the code in quotes``), never by its
value. The words that a key may take (settings, record items ...) are the knowledge base's and come in as ``allowed``.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, ValidationInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from claimlogic.claims import shapes
from claimlogic.claims.model import Claim, ElsewhereService, GlobalPeriod, Line
from claimlogic.errors import InputError

Allowed: TypeAlias = Mapping[str, frozenset[str]]

_MAX_FAULTS = 20


def claims_from_data(data: object, allowed: Allowed) -> list[Claim]:
    """The claims of a document that holds one claim (a mapping) or a list of them.

    ``allowed`` holds, by kind (``form``, ``setting``, ``biller``, ``item``), the words that the vocabulary knows.
    Raises InputError, which names every fault of the claim up to a bound.
    """
    if not isinstance(data, list):
        return [_claim(data, allowed, "")]
    if not data:
        raise InputError("the list holds no claim")
    return [_claim(item, allowed, f"[{index}]") for index, item in enumerate(data)]


# ---- the forms of single values -------------------------------------------------------------------------------------


def _fault(remedy: str) -> PydanticCustomError:
    return PydanticCustomError("claim", remedy)


def _quoted(value: object, noun: str) -> str:
    # 00100 without quotes is the number 100 to YAML, so no number is ever taken for a text.
    if isinstance(value, int | float):
        raise _fault(f"write the {noun} in quotes")
    if not isinstance(value, str):
        raise _fault(f"give the {noun} as text in quotes")
    return value


def _shaped(form: re.Pattern[str], noun: str, shape: str) -> BeforeValidator:
    def check(value: object) -> str:
        written = _quoted(value, noun)
        if not form.fullmatch(written):
            raise _fault(f"a {noun} is {shape}")
        return written

    return BeforeValidator(check)


def _rewritten(rewrite: Callable[[str], str | None], noun: str, shape: str) -> BeforeValidator:
    def check(value: object) -> str:
        rewritten = rewrite(_quoted(value, noun))
        if rewritten is None:
            raise _fault(f"a {noun} is {shape}")
        return rewritten

    return BeforeValidator(check)


def _word_of(kind: str, noun: str) -> BeforeValidator:
    def check(value: object, info: ValidationInfo) -> str:
        words = info.context[kind] if info.context else frozenset[str]()
        if isinstance(value, str) and value in words:
            return value
        near = difflib.get_close_matches(value, words, n=3, cutoff=0.5) if isinstance(value, str) else []
        raise _fault(f"not a known {noun}: " + (f"did you mean {_or(near)}?" if near else f"use {_or(sorted(words))}"))

    return BeforeValidator(check)


def _check_day(value: object) -> int:
    day = None
    if isinstance(value, str):
        day = shapes.iso_day(value)
    elif isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        day = shapes.day_from_date(value)
    if day is None:
        raise _fault("give a day of the calendar as YYYY-MM-DD")
    return day


def _whole(low: int, high: int) -> BeforeValidator:
    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise _fault(f"give a whole number from {low} to {high}")
        return value

    return BeforeValidator(check)


def _check_text(value: object) -> str:
    written = _quoted(value, "text")
    if not shapes.printable(written):
        raise _fault(f"give a text of 1 to {shapes.MAX_TEXT} printable characters")
    return written


def _check_session(value: object) -> str:
    # Sessions are counted (session: 2) as often as they are named.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _check_text(value)


def _or(words: Iterable[str]) -> str:
    return " or ".join(words)


Code = Annotated[str, _shaped(shapes.CODE, "code", "five characters, digits and capital letters")]
Modifier = Annotated[str, _shaped(shapes.MODIFIER, "modifier", "two characters, digits and capital letters")]
PlaceOfService = Annotated[str, _shaped(shapes.PLACE_OF_SERVICE, "place of service", "two digits")]
BillType = Annotated[str, _shaped(shapes.BILL_TYPE, "bill type", "three digits, or four with a leading zero")]
RevenueCode = Annotated[str, _rewritten(shapes.revenue_code, "revenue code", "four digits")]
Diagnosis = Annotated[str, _rewritten(shapes.icd10, "diagnosis", 'an ICD-10-CM code in capitals, as "M54.51"')]
Payer = Annotated[str, _shaped(shapes.WORD, "payer", "a word of small letters, digits and underscores, as medicare")]
Form = Annotated[str, _word_of("form", "form")]
Biller = Annotated[str, _word_of("biller", "biller")]
Setting = Annotated[str, _word_of("setting", "setting")]
Item = Annotated[str, _word_of("item", "record item")]
Day = Annotated[int, BeforeValidator(_check_day)]
Units = Annotated[int, _whole(1, shapes.MAX_UNITS)]
LineNumber = Annotated[int, _whole(1, shapes.MAX_LINE_NUMBER)]
Age = Annotated[int, _whole(0, shapes.MAX_AGE)]
Text = Annotated[str, BeforeValidator(_check_text)]
Session = Annotated[str, BeforeValidator(_check_session)]


# ---- the schema -----------------------------------------------------------------------------------------------------


class _Part(BaseModel):
    """What all parts share: no conversion, no unknown key, no value in a message."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class LineDocument(_Part):
    """One service line as it is written. ``through`` is the last day of a line that spans several."""

    line: LineNumber | None = None
    code: Code
    units: Units = 1
    modifiers: list[Modifier] = []
    date: Day | None = None
    through: Day | None = None
    session: Session | None = None
    site: Text | None = None
    provider: Text | None = None
    group: Text | None = None
    specialty: Text | None = None
    revenue_code: RevenueCode | None = None
    place_of_service: PlaceOfService | None = None
    diagnoses: list[Diagnosis] = []
    documented: list[Item] = []
    undocumented: list[Item] = []


class GlobalPeriodDocument(_Part):
    """An earlier operation as it is written."""

    code: Code
    date: Day
    provider: Text | None = None


class ElsewhereDocument(_Part):
    """A service on another claim of the same patient as it is written."""

    code: Code
    date: Day
    units: Units = 1
    provider: Text | None = None


class ClaimDocument(_Part):
    """A claim as it is written."""

    id: Text
    form: Form
    billed_by: Biller | None = None
    setting: Setting | None = None
    place_of_service: PlaceOfService | None = None
    bill_type: BillType | None = None
    opps: bool | None = None
    date: Day | None = None
    payer: Payer | None = None
    patient_age: Age | None = None
    diagnoses: list[Diagnosis] = []
    global_period: GlobalPeriodDocument | None = None
    elsewhere: list[ElsewhereDocument] = []
    lines: list[LineDocument] = Field(min_length=1)


# ---- from the schema to a claim -------------------------------------------------------------------------------------

_Fault: TypeAlias = tuple[str, str]  # path, remedy


def _claim(data: object, allowed: Allowed, place: str) -> Claim:
    if not isinstance(data, dict):
        raise InputError("a claim is a mapping with keys such as id, form, date and lines", place)
    if "resourceType" in data:
        raise InputError("FHIR is not read yet: give the claim as YAML, JSON or X12 837", place)
    try:
        document = ClaimDocument.model_validate(data, context=dict(allowed))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise _refusal([(_path(detail["loc"]), _remedy(detail)) for detail in details], place) from None
    faults = list(_cross_faults(document))
    if faults:
        raise _refusal(faults, place)
    return _built(document)


def _cross_faults(document: ClaimDocument) -> Iterable[_Fault]:
    """What single keys cannot show: days left out, days turned round, line numbers twice, contradictions."""
    numbers: set[int] = set()
    for index, line in enumerate(document.lines):
        path = f"lines[{index}]"
        number = line.line or index + 1
        if number in numbers:
            yield f"{path}.line", "another line has this number: give each line its own"
        numbers.add(number)
        first = line.date or document.date
        if first is None:
            yield f"{path}.date", "missing: give the line or the claim a date"
        elif line.through is not None and shapes.span(first, line.through) < 1:
            yield f"{path}.through", "the last day is before the first"
        if set(line.documented) & set(line.undocumented):
            yield f"{path}.undocumented", "an item is both documented and undocumented: keep one of them"


def _built(document: ClaimDocument) -> Claim:
    period = document.global_period
    return Claim(
        id=document.id,
        form=document.form,
        lines=tuple(_line(line, position, document) for position, line in enumerate(document.lines, start=1)),
        billed_by=document.billed_by,
        setting=document.setting,
        place_of_service=document.place_of_service,
        bill_type=document.bill_type,
        opps=document.opps,
        payer=document.payer,
        patient_age=document.patient_age,
        diagnoses=tuple(document.diagnoses),
        global_period=GlobalPeriod(period.code, period.date, period.provider) if period else None,
        elsewhere=tuple(
            ElsewhereService(other.code, other.date, other.units, other.provider) for other in document.elsewhere
        ),
    )


def _line(line: LineDocument, position: int, document: ClaimDocument) -> Line:
    date = line.date or document.date
    assert date is not None, "checked in _cross_faults"
    return Line(
        number=line.line or position,
        code=line.code,
        units=line.units,
        date=date,
        modifiers=tuple(line.modifiers),
        diagnoses=tuple(line.diagnoses),
        provider=line.provider,
        group=line.group,
        specialty=line.specialty,
        session=line.session,
        site=line.site,
        revenue_code=line.revenue_code,
        place=line.place_of_service if line.place_of_service != document.place_of_service else None,
        span_days=shapes.span(date, line.through) if line.through else 1,
        documented=tuple(line.documented),
        undocumented=tuple(line.undocumented),
    )


# ---- how faults are told --------------------------------------------------------------------------------------------

_REMEDIES = {
    "missing": "missing: this key is needed",
    "list_type": "give a list, in square brackets",
    "model_type": "give a mapping of keys to values",
    "bool_type": "write true or false",
    "too_short": "a claim has at least one line",
}
_KEYS: Mapping[str, Iterable[str]] = {
    "": ClaimDocument.model_fields,
    "lines": LineDocument.model_fields,
    "elsewhere": ElsewhereDocument.model_fields,
    "global_period": GlobalPeriodDocument.model_fields,
}


def _refusal(faults: list[_Fault], place: str) -> InputError:
    # A claim of a list is named by its index: [2].lines[0].code
    told = [(f"{place}.{path}" if place and path else place or path, remedy) for path, remedy in faults]
    if len(told) == 1:
        return InputError(told[0][1], told[0][0])
    rows = [f"  {path}: {remedy}" for path, remedy in told[:_MAX_FAULTS]]
    if len(told) > _MAX_FAULTS:
        rows.append(f"  and {len(told) - _MAX_FAULTS} more")
    return InputError("\n".join([f"{len(told)} faults", *rows]))


def _remedy(error: ErrorDetails) -> str:
    if error["type"] == "claim":
        return error["msg"]
    if error["type"] == "extra_forbidden":
        known = list(_KEYS.get(str(error["loc"][0]) if len(error["loc"]) > 1 else "", ()))
        near = difflib.get_close_matches(str(error["loc"][-1]), known, n=1)
        return "unknown key: " + (f"did you mean {near[0]}?" if near else f"the keys here are {', '.join(known)}")
    return _REMEDIES.get(error["type"], "this is not the kind of value that belongs here")


def _path(steps: tuple[int | str, ...]) -> str:
    """``("lines", 1, "code")`` as ``lines[1].code``. A key that is no plain word might be content, and is not shown."""
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        else:
            path += ("." if path else "") + (step if shapes.WORD.fullmatch(step) and len(step) <= 30 else "(a key)")
    return path
