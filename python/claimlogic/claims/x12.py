"""X12 837, professional and institutional, to claims: one small mapping from segments, every claim of the file.

A file is read whole or refused: a claim that cannot be read is named by its segment, and no file is judged in part.
Loops are told by what stands before and after (HL levels, CLM, LX), not by a map of the guide, so that any edition of
the guide is read. Nothing of the patient but the age on the first day of service leaves this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from claimlogic.claims import shapes
from claimlogic.claims.model import Claim, Line
from claimlogic.claims.x12_segments import Segment, count_of, transactions
from claimlogic.errors import InputError

# SBR09, the claim filing indicator: Medicare A and B and Medicaid are the same payer under whatever name is written.
_PAYER_BY_FILING = {"MA": "medicare", "MB": "medicare", "MC": "medicaid"}

# HI qualifiers of the diagnoses that a claim reports: principal, other, external cause. The admitting diagnosis and the
# patient's reason for the visit are first impressions, often replaced by what was found, and are left out.
_ICD10_QUALIFIERS = {"ABK", "ABF", "ABN"}
_ICD9_QUALIFIERS = {"BK", "BF", "BN"}

# Codes of other sets are longer or shorter than CPT and HCPCS codes. They pass, and no table knows them: the answer is
# "unknown" for that line, not a refusal of the file.
_ANY_CODE = re.compile(r"[0-9A-Z]{1,15}")

_SERVICE = {"SV1": "professional", "SV2": "institutional"}


def claims_from_x12(text: str) -> list[Claim]:
    """Every claim of an X12 file that holds 837 transactions, in its order.

    Raises InputError, with the number of the segment, where anything of the file cannot be read.
    """
    claims = [_claim(loops) for segments in transactions(text) for loops in _claim_loops(segments)]
    expected = count_of("CLM", text)
    if len(claims) != expected:
        raise InputError(f"the file holds {expected} CLM segments and {len(claims)} claims could be read")
    if not claims:
        raise InputError("the file holds no claim (no CLM segment)")
    return claims


# ---- which segments belong to which claim ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Loops:
    """The segments of one claim, by loop. ``patient`` is None where the subscriber is the patient."""

    billing: tuple[Segment, ...]
    subscriber: tuple[Segment, ...]
    patient: tuple[Segment, ...] | None
    clm: Segment
    head: tuple[Segment, ...]  # from CLM to the first line, without the other payers' loops
    lines: tuple[tuple[Segment, ...], ...]  # each from LX on, without what other payers said of the line


def _claim_loops(segments: Iterable[Segment]) -> Iterator[_Loops]:
    """Cuts a transaction into claims. What stands above a claim is what its HL levels said last."""
    levels: dict[str, list[Segment]] = {}
    open_level: list[Segment] = []
    claim: list[Segment] = []
    for segment in segments:
        if segment.id in ("CLM", "HL", "SE") and claim:
            yield _loops(levels, claim)
            claim = []
        if segment.id == "HL":
            level = segment.element(3)
            if level not in ("20", "22", "23"):
                raise segment.fault("an 837 has the levels 20, 22 and 23 and no other", 3)
            # A new level ends those of its own kind and below it.
            levels = {key: held for key, held in levels.items() if key < level}
            open_level = levels[level] = []
        if segment.id == "CLM" or claim:
            claim.append(segment)
        else:
            open_level.append(segment)


def _loops(levels: dict[str, list[Segment]], claim: list[Segment]) -> _Loops:
    starts = [index for index, segment in enumerate(claim) if segment.id == "LX"] + [len(claim)]
    pairs = zip(starts, starts[1:], strict=False)
    return _Loops(
        billing=tuple(levels.get("20", ())),
        subscriber=tuple(levels.get("22", ())),
        patient=tuple(levels["23"]) if "23" in levels else None,
        clm=claim[0],
        head=_until("SBR", claim[: starts[0]]),
        lines=tuple(_until("SVD", claim[start:end]) for start, end in pairs),
    )


def _until(segment_id: str, segments: list[Segment]) -> tuple[Segment, ...]:
    ends = [index for index, segment in enumerate(segments) if segment.id == segment_id]
    return tuple(segments[: ends[0]] if ends else segments)


def _all(segments: Iterable[Segment], segment_id: str, qualifier: str = "") -> list[Segment]:
    return [each for each in segments if each.id == segment_id and qualifier in ("", each.element(1))]


def _first(segments: Iterable[Segment], segment_id: str, qualifier: str = "") -> Segment | None:
    return next(iter(_all(segments, segment_id, qualifier)), None)


# ---- one claim ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the lines of a claim take from the claim."""

    separator: str
    place: str | None
    statement: tuple[int, int] | None  # first and last day, of an institutional claim
    pointed: tuple[str, ...]  # the diagnoses in the order that pointers count
    provider: str | None
    specialty: str | None
    group: str | None


def _claim(loops: _Loops) -> Claim:
    clm = loops.clm
    name = clm.element(1)
    if not shapes.printable(name):
        raise clm.fault("the claim has no number that can be shown", 1)
    if not loops.lines:
        raise clm.fault("the claim has no service line (no LX segment)")
    separator = _separator(clm)
    place, bill_type = _facility(clm, separator)
    pointed, diagnoses = _diagnoses(loops.head, separator)
    statement = _days(loops.head, "434")
    group = _identifier(_first(loops.billing, "NM1", "85"))
    rendering = _identifier(_first(loops.head, "NM1", "82"))
    specialty = _taxonomy(loops.head, "PE") if rendering else _taxonomy(loops.billing, "BI")
    frame = _Frame(separator, place, statement, pointed, rendering or group, specialty, group)

    form = _form(loops)
    lines: list[Line] = []
    uncoded: list[int] = []
    for segments in loops.lines:
        number = _line_number(segments[0])
        if number in uncoded or any(line.number == number for line in lines):
            raise segments[0].fault("another line of the claim has this number", 1)
        line = _line(number, segments, form, frame)
        if line is None:
            uncoded.append(number)
        else:
            lines.append(line)
    first_day = min((line.date for line in lines), default=statement[0] if statement else None)
    return Claim(
        id=name,
        form=form,
        lines=tuple(lines),
        place_of_service=place,
        bill_type=bill_type,
        payer=_payer(loops.subscriber),
        patient_age=_age(loops, first_day),
        diagnoses=diagnoses,
        uncoded_lines=tuple(uncoded),
    )


def _separator(clm: Segment) -> str:
    """The component separator in use. Some senders declare one in ISA16 and write another; CLM05 shows which."""
    written = re.match(r"[0-9A-Z]{1,2}([^0-9A-Z\s])[AB](?:\1|$)", clm.element(5))
    return written[1] if written else clm.declared


def _facility(clm: Segment, separator: str) -> tuple[str | None, str | None]:
    """Place of service, or type of bill: CLM05-2 tells which of the two CLM05-1 is."""
    code, kind, frequency, *_ = [*clm.element(5).split(separator), "", "", ""]
    if kind == "B":
        if not shapes.PLACE_OF_SERVICE.fullmatch(code):
            raise clm.fault("CLM05-1 is not a place of service of two digits", 5)
        return code, None
    if kind == "A":
        if not shapes.BILL_TYPE.fullmatch(code + frequency):
            raise clm.fault("CLM05-1 and CLM05-3 are not a type of bill", 5)
        return None, code + frequency
    raise clm.fault("CLM05-2 is neither A (type of bill) nor B (place of service)", 5)


def _form(loops: _Loops) -> str:
    """By the lines' own segments, since GS08 of some senders names the other guide."""
    services = [segment for line in loops.lines for segment in line if segment.id in ("SV1", "SV2", "SV3")]
    if any(service.id == "SV3" for service in services):
        raise loops.clm.fault("this is a dental claim; professional and institutional ones are read")
    if len({service.id for service in services}) > 1:
        raise loops.clm.fault("professional and institutional lines (SV1 and SV2) stand in one claim")
    return _SERVICE[services[0].id] if services else ""


def _diagnoses(head: Iterable[Segment], separator: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The diagnoses that pointers count (principal and other), and all of them, each once."""
    pointed: list[str] = []
    everything: list[str] = []
    for segment in _all(head, "HI"):
        for position, qualifier, written in _qualified(segment, separator):
            code = shapes.icd10(written) if qualifier in _ICD10_QUALIFIERS else shapes.icd9(written)
            if code is None:
                raise segment.fault("this is not a diagnosis code of the set that its qualifier names", position)
            everything.append(code)
            if not qualifier.endswith("N"):
                pointed.append(code)
    return tuple(pointed), tuple(dict.fromkeys(everything))


def _qualified(segment: Segment, separator: str) -> Iterator[tuple[int, str, str]]:
    """Position, qualifier and code of each diagnosis of an HI segment; what is no diagnosis is passed over."""
    waiting = ""  # a qualifier whose code stands in the next element, as some senders write it: HI*BK*8901
    for position in range(1, len(segment.elements) + 1):
        qualifier, *rest = segment.element(position).split(separator)
        known = qualifier in _ICD10_QUALIFIERS or qualifier in _ICD9_QUALIFIERS
        if waiting and (rest or known):
            break
        if waiting:
            yield position, waiting, qualifier
            waiting = ""
        elif known and rest:
            yield position, qualifier, rest[0]
        elif known:
            waiting = qualifier
    if waiting:
        raise segment.fault("a diagnosis qualifier stands without a code")


def _payer(subscriber: Iterable[Segment]) -> str | None:
    information = _first(subscriber, "SBR")
    if information and information.element(9) in _PAYER_BY_FILING:
        return _PAYER_BY_FILING[information.element(9)]
    name = _first(subscriber, "NM1", "PR")
    word = re.sub(r"[^a-z0-9]+", "_", name.element(3).lower()).strip("_") if name else ""
    if not word:
        return None
    return word if word[0].isalpha() else f"payer_{word}"


def _age(loops: _Loops, on: int | None) -> int | None:
    """Whole years on the first day of service; None where the claim gives no birth date."""
    # Under a patient level the subscriber's birth date is somebody else's.
    segment = _first(loops.subscriber if loops.patient is None else loops.patient, "DMG")
    if segment is None or on is None or not segment.element(2):
        return None
    born = shapes.bare_day(segment.element(2)) if segment.element(1) == "D8" else None
    if born is None:
        raise segment.fault("the birth date is not a day written D8 (CCYYMMDD)", 2)
    age = shapes.whole_years(born, on)
    if not 0 <= age <= shapes.MAX_AGE:
        raise segment.fault(f"the age on the day of service is not from 0 to {shapes.MAX_AGE} years", 2)
    return age


def _identifier(name: Segment | None) -> str | None:
    return (name.element(9) or None) if name else None


def _taxonomy(segments: Iterable[Segment], qualifier: str) -> str | None:
    segment = _first(segments, "PRV", qualifier)
    return (segment.element(3) or None) if segment else None


# ---- one line -------------------------------------------------------------------------------------------------------


def _line(number: int, segments: tuple[Segment, ...], form: str, frame: _Frame) -> Line | None:
    """The line, or None where it carries no procedure code."""
    services = [segment for segment in segments if segment.id in _SERVICE]
    if len(services) != 1:
        raise segments[0].fault("the line does not have one service segment (SV1 or SV2)")
    service = services[0]
    at = 1 if service.id == "SV1" else 2  # where the composite of code and modifiers stands
    qualifier, code, *modifiers = [*service.element(at).split(frame.separator), ""][:6]
    revenue = _revenue_code(service) if service.id == "SV2" else None
    # HP is a rate code of a nursing or home health claim (HIPPS): no procedure.
    if service.id == "SV2" and (qualifier == "HP" or not service.element(at)):
        return None
    if qualifier != "HC":
        raise service.fault("the code is not marked HC (CPT or HCPCS)", at)
    if not _ANY_CODE.fullmatch(code):
        raise service.fault("this is not a procedure code of digits and capital letters", at)
    given = tuple(modifier for modifier in modifiers if modifier)
    if not all(shapes.MODIFIER.fullmatch(modifier) for modifier in given):
        raise service.fault("a modifier is not two digits or capital letters", at)
    first, last = _line_days(segments, service, form, frame)
    place = service.element(5) if service.id == "SV1" else ""
    if place and not shapes.PLACE_OF_SERVICE.fullmatch(place):
        raise service.fault("this is not a place of service of two digits", 5)
    rendering = _identifier(_first(segments, "NM1", "82"))
    return Line(
        number=number,
        code=code,
        units=_units(service),
        date=first,
        modifiers=given,
        diagnoses=_pointed(service, frame) if service.id == "SV1" else (),
        provider=rendering or frame.provider,
        group=frame.group,
        # Without a taxonomy of its own, a practitioner named on the line is not of the claim's specialty.
        specialty=_taxonomy(segments, "PE") if rendering else frame.specialty,
        revenue_code=revenue,
        place=place if place and place != frame.place else None,
        span_days=shapes.span(first, last),
    )


def _line_number(lx: Segment) -> int:
    written = lx.element(1)
    if not re.fullmatch(r"[0-9]{1,6}", written) or int(written) < 1:
        raise lx.fault(f"the line number is not a whole number from 1 to {shapes.MAX_LINE_NUMBER}", 1)
    return int(written)


def _revenue_code(service: Segment) -> str:
    code = shapes.revenue_code(service.element(1))
    if code is None:
        raise service.fault("the revenue code is not of four digits", 1)
    return code


def _units(service: Segment) -> int:
    """Units of service, from SV103/SV104 or SV204/SV205."""
    at = 4 if service.id == "SV1" else 5
    measure, written = service.element(at - 1), service.element(at)
    found = re.fullmatch(r"([0-9]{1,15})(?:\.(0*))?", written)
    count = int(found[1]) if found else 0
    if not 1 <= count <= shapes.MAX_UNITS:
        raise service.fault(f"give a whole number of units from 1 to {shapes.MAX_UNITS}", at)
    if measure == "MJ":
        # Minutes of anaesthesia. Unit limits count services, and the anaesthetic is one, however long it lasted.
        return 1
    if measure not in ("UN", "DA"):
        raise service.fault("the count is not in units (UN), days (DA) or minutes of anaesthesia (MJ)", at - 1)
    return count


def _line_days(segments: Iterable[Segment], service: Segment, form: str, frame: _Frame) -> tuple[int, int]:
    days = _days(segments, "472")
    if days is None and form == "institutional":
        days = frame.statement
    if days is None:
        raise service.fault("the line has no service date (DTP*472)")
    return days


def _days(segments: Iterable[Segment], qualifier: str) -> tuple[int, int] | None:
    """First and last day (YYYYMMDD) of the DTP with that qualifier; None where there is no such DTP."""
    found = _all(segments, "DTP", qualifier)
    if not found:
        return None
    segment = found[0]
    if len(found) > 1:
        raise found[1].fault("the date is given twice")
    written = segment.element(3)
    if segment.element(2) == "D8":
        written = f"{written}-{written}"
    elif segment.element(2) != "RD8":
        raise segment.fault("the date is neither a day (D8) nor a range of days (RD8)", 2)
    first_text, _, last_text = written.partition("-")
    first, last = shapes.bare_day(first_text), shapes.bare_day(last_text)
    if first is None or last is None or first > last:
        raise segment.fault("this is not a day, or a range from a day to a later one", 3)
    return first, last


def _pointed(service: Segment, frame: _Frame) -> tuple[str, ...]:
    """The diagnoses that SV107 points to, counted from 1 in the order of HI."""
    codes: list[str] = []
    for pointer in filter(None, service.element(7).split(frame.separator)):
        if not re.fullmatch(r"[0-9]{1,2}", pointer) or not 1 <= int(pointer) <= len(frame.pointed):
            raise service.fault(f"a pointer is not from 1 to {len(frame.pointed)}, the diagnoses of the claim", 7)
        codes.append(frame.pointed[int(pointer) - 1])
    return tuple(dict.fromkeys(codes))
