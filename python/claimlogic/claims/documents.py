"""A claim as YAML or JSON: its keys, checked one by one, and the way from there to ``model.Claim``.

Every fault is named by its path and what to do about it (``lines[1].code: write the code in quotes``).
"""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field, ValidationError

from claimlogic.claims import shapes
from claimlogic.claims.faults import Fault, faults_of, refusal
from claimlogic.claims.model import Claim, ElsewhereService, GlobalPeriod, Line
from claimlogic.claims.values import (
    Age,
    Allowed,
    Biller,
    BillType,
    Code,
    Day,
    Diagnosis,
    Form,
    Item,
    LineNumber,
    Modifier,
    Part,
    Payer,
    PlaceOfService,
    RevenueCode,
    Session,
    Setting,
    Text,
    Units,
)
from claimlogic.errors import InputError


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


# ---- the schema -----------------------------------------------------------------------------------------------------


class LineDocument(Part):
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


class GlobalPeriodDocument(Part):
    """An earlier operation as it is written."""

    code: Code
    date: Day
    provider: Text | None = None


class ElsewhereDocument(Part):
    """A service on another claim of the same patient as it is written."""

    code: Code
    date: Day
    units: Units = 1
    provider: Text | None = None


class ClaimDocument(Part):
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

_KEYS = {
    "": ClaimDocument.model_fields,
    "lines": LineDocument.model_fields,
    "elsewhere": ElsewhereDocument.model_fields,
    "global_period": GlobalPeriodDocument.model_fields,
}
_REMEDIES = {"too_short": "a claim has at least one line"}


def _claim(data: object, allowed: Allowed, place: str) -> Claim:
    if not isinstance(data, dict):
        raise InputError("a claim is a mapping with keys such as id, form, date and lines", place)
    if "resourceType" in data:
        raise InputError("FHIR is not read yet: give the claim as YAML, JSON or X12 837", place)
    try:
        document = ClaimDocument.model_validate(data, context=dict(allowed))
    except ValidationError as error:
        raise refusal(faults_of(error, _KEYS, _REMEDIES), place) from None
    faults = list(_cross_faults(document))
    if faults:
        raise refusal(faults, place)
    return _built(document)


def _cross_faults(document: ClaimDocument) -> Iterable[Fault]:
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
