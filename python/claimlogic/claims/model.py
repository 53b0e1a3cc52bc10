"""A claim as the rules see it: codes, modifiers, units, days, and who and where. Nothing else of a patient."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One service line. ``date`` is YYYYMMDD; ``place`` only where it differs from the claim's.

    ``span_days`` counts the days of a line that lasts several, from ``date`` on. ``provider`` and ``group`` are any
    names that tell practitioners apart; they are made opaque before a rule sees them.
    """

    number: int
    code: str
    units: int
    date: int
    modifiers: tuple[str, ...] = ()
    diagnoses: tuple[str, ...] = ()
    provider: str | None = None
    group: str | None = None
    specialty: str | None = None
    session: str | None = None
    site: str | None = None
    revenue_code: str | None = None
    place: str | None = None
    span_days: int = 1
    documented: tuple[str, ...] = ()
    undocumented: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GlobalPeriod:
    """An earlier operation in whose global period the claim may fall. ``date`` is YYYYMMDD."""

    code: str
    date: int
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class ElsewhereService:
    """A service of the same patient on another claim. ``date`` is YYYYMMDD."""

    code: str
    date: int
    units: int = 1
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim. ``bill_type`` is as billed ("131"); ``opps`` is None where the claim does not say.

    ``uncoded_lines`` are the numbers of the lines that carry no procedure code (a revenue code alone, or a rate code):
    no rule can judge them, and no answer may pass over them in silence.
    """

    id: str
    form: str
    lines: tuple[Line, ...]
    billed_by: str | None = None
    setting: str | None = None
    place_of_service: str | None = None
    bill_type: str | None = None
    opps: bool | None = None
    payer: str | None = None
    patient_age: int | None = None
    diagnoses: tuple[str, ...] = ()
    global_period: GlobalPeriod | None = None
    elsewhere: tuple[ElsewhereService, ...] = ()
    uncoded_lines: tuple[int, ...] = ()
