"""X12 text to checked segments: separators, envelopes and counts, through pyx12's raw reader.

The reader ends in silence at an empty segment, at a segment longer than its buffer and at a missing terminator, so what
it yields is compared with a count of our own. No message holds anything of a segment but its number and its name.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from claimlogic.errors import InputError

_ISA_LENGTH = 106
_VERSIONS = ("00401", "00501")
_SEGMENT_ID = re.compile(r"[A-Z][A-Z0-9]{1,2}")

# Opening segment -> closing segment, the elements that hold the control number, and the one that holds the count.
_CLOSES = {"IEA": "ISA", "GE": "GS", "SE": "ST"}
_OPENS = {"ISA": "", "GS": "ISA", "ST": "GS"}
_CONTROL = {"ISA": 13, "GS": 6, "ST": 2}

# What an 837 is made of. A damaged name would otherwise hide a claim or a line.
_SEGMENT_NAMES = """
    ISA IEA TA1 GS GE ST SE BHT REF NM1 N2 N3 N4 PER HL PRV SBR PAT DMG CUR CLM CL1 DTP PWK CN1 DSB UR AMT K3 NTE
    CR1 CR2 CR3 CR4 CR5 CR6 CR7 CR8 CRC HI QTY HCP HSD OI MIA MOA CAS LX SV1 SV2 SV3 SV4 SV5 SV6 SV7 TOO MEA IMM
    PS1 LIN CTP SVD FRM LQ LE LS
"""
_SEGMENTS = frozenset(_SEGMENT_NAMES.split())

_KINDS = {
    "270": "eligibility inquiry",
    "271": "eligibility response",
    "276": "claim status request",
    "277": "claim status response",
    "278": "services review",
    "820": "premium payment",
    "834": "benefit enrolment",
    "835": "remittance",
    "997": "acknowledgement",
    "999": "acknowledgement",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. ``number`` counts from 1 through the file; ``declared`` is the component separator of ISA16."""

    number: int
    id: str
    elements: tuple[str, ...]
    declared: str

    def element(self, position: int) -> str:
        """Element ``position``, counted from 1 as X12 does; empty where the segment is shorter."""
        return self.elements[position - 1].strip() if position <= len(self.elements) else ""

    def fault(self, problem: str, position: int = 0) -> InputError:
        """The refusal of this segment, or of one element of it."""
        return InputError(problem, f"segment {self.number}, {self.id}" + (f"{position:02d}" if position else ""))


def transactions(text: str) -> Iterator[list[Segment]]:
    """The segments from ST to SE of every 837 transaction of every interchange of the text.

    Raises InputError for a transaction that is no 837, a segment that no 837 has, an envelope that does not close, and
    a count that says something is missing.
    """
    before = 0
    for part in _interchanges(text):
        segments = list(_segments(part, before))
        before += len(segments)
        for segment in segments:
            _check_kind(segment)
        _check_envelopes(segments)
        opened = 0
        for index, segment in enumerate(segments):
            if segment.id == "ST":
                opened = index
            elif segment.id == "SE":
                yield segments[opened : index + 1]


def count_of(segment_id: str, text: str) -> int:
    """How many segments of that name the text holds, counted without the reader that is to be checked by it."""
    return sum(
        row.lstrip().startswith(segment_id + part[3]) for part in _interchanges(text) for row in part.split(part[105])
    )


def refuse_bare_transaction(text: str) -> None:
    """Raises InputError where the text is X12 that begins without its interchange envelope."""
    found = re.match(r"ST([^0-9A-Za-z\s])([0-9]{3})\1", text)
    if found:
        problem = f"this is an X12 {found[2]} without its envelope: an X12 file begins with ISA"
        raise InputError(problem, "segment 1, ST")


def _interchanges(text: str) -> Iterator[str]:
    """The text of each interchange. Each ISA sets its own separators, which the reader takes from the first only."""
    start = _past_blanks(text, 0)
    number = 0
    while start < len(text):
        number += 1
        head = text[start : start + _ISA_LENGTH]
        _check_isa(head, f"interchange {number}, ISA")
        element, end = re.escape(head[3]), re.escape(head[105])
        trailer = re.compile(rf"{end}\s*IEA{element}[^{end}]*{end}?").search(text, start + _ISA_LENGTH - 1)
        after = trailer.end() if trailer else len(text)
        part = text[start:after]
        # A missing last terminator loses nothing; the envelopes tell a file that was cut off.
        yield part if part.endswith(head[105]) else part + head[105]
        start = _past_blanks(text, after)


def _past_blanks(text: str, start: int) -> int:
    # Some systems end a file with the control character 1A.
    found = re.compile(r"[\s\ufeff\x1a]*").match(text, start)
    return found.end() if found else start


def _check_isa(head: str, place: str) -> None:
    if not head.startswith("ISA"):
        raise InputError("an interchange begins with ISA, and something else stands here", place)
    if len(head) < _ISA_LENGTH or head.count(head[3]) != 16:
        problem = "ISA is not 106 characters in 16 elements: its padding was lost, or the file is cut off"
        raise InputError(problem, place)
    separators = {head[3], head[104], head[105]}
    if len(separators) != 3 or any(mark.isalnum() or mark == " " for mark in separators):
        raise InputError("the separators that ISA declares are not three different marks", place)
    if head[84:89] not in _VERSIONS:
        raise InputError(f"ISA12 is none of the versions that are read: {', '.join(_VERSIONS)}", place)


def _segments(part: str, before: int) -> Iterator[Segment]:
    import pyx12.x12file

    declared, end = part[104], part[105]
    expected = sum(bool(row.strip()) for row in part.split(end))
    read = 0
    try:
        for raw in pyx12.x12file.X12Reader(io.StringIO(part)):
            read += 1
            segment_id = raw.get_seg_id() or ""
            if not _SEGMENT_ID.fullmatch(segment_id):
                problem = "this is no X12 segment: its name is not two or three capitals"
                raise InputError(problem, f"segment {before + read}")
            yield Segment(before + read, segment_id, tuple(element.format() for element in raw.elements), declared)
    except InputError:
        raise
    except Exception:
        # The reader meets odd envelopes with errors of many kinds, whose text quotes the segment.
        raise InputError("the X12 reader cannot go on from here", f"segment {before + read + 1}") from None
    if read != expected:
        problem = f"of {expected} segments {read} could be read: an empty or over-long segment follows"
        raise InputError(problem, f"segment {before + read}")


def _check_envelopes(segments: list[Segment]) -> None:
    """ISA/IEA, GS/GE and ST/SE are nested and numbered alike, and hold no less than their trailers say.

    More than a trailer says loses nothing and is common in the field, so it passes.
    """
    opened: list[Segment] = []
    inside: list[int] = []  # what each open envelope holds: groups, transactions, segments
    for segment in segments:
        if segment.id in _OPENS:
            if (opened[-1].id if opened else "") != _OPENS[segment.id]:
                raise segment.fault("an envelope opens where the one before it has not ended")
            if inside:
                inside[-1] += 1
            opened.append(segment)
            inside.append(1 if segment.id == "ST" else 0)
        elif segment.id in _CLOSES:
            if not opened or opened[-1].id != _CLOSES[segment.id]:
                raise segment.fault(f"this ends {_CLOSES[segment.id]}, which is not open here")
            head, held = opened.pop(), inside.pop() + (segment.id == "SE")
            if segment.element(2) != head.element(_CONTROL[head.id]):
                raise segment.fault(f"its control number is not that of its {head.id}: something is missing between", 2)
            told = segment.element(1)
            if not told.isascii() or not told.isdigit() or len(told) > 10:
                raise segment.fault("this is not a count", 1)
            if held < int(told):
                raise segment.fault(f"it counts {int(told)} and only {held} are here: something is missing", 1)
        else:
            if not opened:
                raise segment.fault("this stands outside of any envelope")
            if opened[-1].id == "GS" or (opened[-1].id == "ISA" and segment.id != "TA1"):
                raise segment.fault("this stands outside of any transaction (ST to SE)")
            inside[-1] += segment.id != "TA1"
    if opened:
        last = segments[-1]
        raise last.fault(f"the file ends here, with {opened[-1].id} still open: it was cut off")


def _check_kind(segment: Segment) -> None:
    if segment.id == "ST" and segment.element(1) != "837":
        kind = segment.element(1)
        told = f"an X12 {kind} {_KINDS[kind]}" if kind in _KINDS else "no X12 837"
        raise segment.fault(f"this is {told}; check takes an 837 claim", 1)
    if segment.id not in _SEGMENTS:
        # Its name is not shown: where the file is damaged, it is anything.
        raise InputError("no 837 has a segment of this name: the file is damaged", f"segment {segment.number}")
