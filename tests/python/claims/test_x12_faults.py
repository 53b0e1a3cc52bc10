"""X12 837 files that are wrong or damaged: each fault is named, and nothing of a patient is."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimlogic.claims.model import Claim
from claimlogic.claims.read import read_claims
from claimlogic.claims.x12 import claims_from_x12
from claimlogic.errors import InputError

from .x12_text import BODY, CANARY, CLAIMS, INSTITUTIONAL, ISA, SAMPLES, changed, claim_of, fault_of, x12

# ---- faults, named by segment: ISA is 1, GS 2, ST 3, and BODY begins with 4 ----


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("CLM*ZZPHI-7", "CLM*", "segment 18, CLM01: "),
        ("22:B:1", "22:C:1", "segment 18, CLM05: "),
        ("22:B:1", "2:B:1", "segment 18, CLM05: "),
        ("22:B:1", "22", "segment 18, CLM05: "),
        ("HC:62323:LT:59", "ER:62323", "segment 26, SV101: the code is not marked HC"),
        ("HC:62323:LT:59", "HC", "segment 26, SV101: this is not a procedure code"),
        ("HC:62323:LT:59", "HC:62323:LTX", "segment 26, SV101: a modifier"),
        ("*UN*2*", "*UN**", "segment 26, SV104: give a whole number of units"),
        ("*UN*2*", "*UN*0*", "segment 26, SV104: give a whole number of units"),
        ("*UN*2*", "*UN*-1*", "segment 26, SV104: give a whole number of units"),
        ("*UN*2*", "*UN*1.5*", "segment 26, SV104: give a whole number of units"),
        ("*UN*2*", "*UN*99999999*", "segment 26, SV104: give a whole number of units"),
        ("*UN*2*", "*ZZ*2*", "segment 26, SV103: the count is not in units"),
        ("***1:2\n", "***1:3\n", "segment 26, SV107: a pointer is not from 1 to 2"),
        ("*19**2", "*OFFICE**2", "segment 29, SV105: "),
        ("DTP*472*D8*20250314\n", "", "segment 26, SV1: the line has no service date"),
        ("DTP*472*D8*20250314", "DTP*472*D8*20250230", "segment 27, DTP03: "),
        ("DTP*472*D8*20250314", "DTP*472*TM*1200", "segment 27, DTP02: "),
        ("DTP*472*D8*20250314", "DTP*472*D8*20250314~DTP*472*D8*20250315", "segment 28, DTP: the date is given twice"),
        ("20250314-20250316", "20250316-20250314", "segment 30, DTP03: "),
        ("DMG*D8*20000315", "DMG*D8*20250315", "segment 17, DMG02: the age"),
        ("DMG*D8*20000315", "DMG*D8*ZZPHI", "segment 17, DMG02: the birth date"),
        ("ABF:E119", "ABF:ZZPHI", "segment 20, HI02: "),
        ("ABF:E119", "ABF", "segment 20, HI: a diagnosis qualifier stands without a code"),
        ("LX*2", "LX*1", "segment 28, LX01: another line of the claim has this number"),
        ("LX*2", "LX*two", "segment 28, LX01: "),
        ("LX*2\n", "", "segment 25, LX: the line does not have one service segment"),
        ("SV1*HC:62323:LT:59*100*UN*2***1:2\n", "", "segment 25, LX: the line does not have one service segment"),
        ("SV1*HC:77003:26*50*UN*1.0*19**2", "SV2*0360*HC:77003*50*UN*1", "segment 18, CLM: professional and institut"),
        ("SV1*HC:77003:26*50*UN*1.0*19**2", "SV3*AD:D0120*50", "segment 18, CLM: this is a dental claim"),
        ("HL*2*1*22*1", "HL*2*1*2*1", "segment 9, HL03: "),
        ("REF*EA", "CXM*EA", "segment 19: no 837 has a segment of this name"),
        ("REF*EA", "ref*EA", "segment 19: this is no X12 segment"),
        ("REF*EA*ZZPHI8", "", "segment 18: of 33 segments 18 could be read"),
    ],
)
def test_a_fault_is_named_by_its_segment_and_element(before: str, after: str, fault: str) -> None:
    assert fault_of(changed(before, after)).startswith(fault)


def test_a_claim_without_lines_is_refused() -> None:
    assert fault_of(x12(BODY[: BODY.index("LX*1")])) == "segment 18, CLM: the claim has no service line (no LX segment)"


def test_a_file_without_claims_is_refused() -> None:
    assert fault_of(x12("BHT*0019*00*1*20250314*1147*CH")) == "the file holds no claim (no CLM segment)"


def test_a_transaction_without_its_envelope_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bare.837"
    path.write_text(x12()[x12().index("ST*837") :])
    with pytest.raises(InputError, match="this is an X12 837 without its envelope"):
        read_claims(path, {})


@pytest.mark.parametrize(
    ("before", "after", "fault"),
    [
        ("SE*30*", "SE*31*", "segment 32, SE01: it counts 31 and only 30 are here"),
        ("SE*30*", "SE*many*", "segment 32, SE01: this is not a count"),
        ("SE*30*0001", "SE*30*0002", "segment 32, SE02: its control number is not that of its ST"),
        ("GE*1*1~", "GE*2*1~", "segment 33, GE01: it counts 2 and only 1 are here"),
        ("IEA*1*000000907", "IEA*1*000000908", "segment 34, IEA02: its control number is not that of its ISA"),
        ("GE*1*1~\n", "", "segment 33, IEA: this ends ISA, which is not open here"),
        ("SENDER         ", "SENDER", "interchange 1, ISA: ISA is not 106 characters"),
        ("*00501*", "*00901*", "interchange 1, ISA: ISA12 is none of the versions"),
    ],
)
def test_an_envelope_that_does_not_hold_together_is_refused(before: str, after: str, fault: str) -> None:
    assert x12().count(before) == 1
    assert fault_of(x12().replace(before, after)).startswith(fault)


def test_more_segments_than_the_trailer_counts_lose_nothing_and_pass() -> None:
    assert claim_of(x12().replace("SE*30*", "SE*25*")) == claim_of(x12())


def test_something_after_the_interchange_is_refused() -> None:
    assert (
        fault_of(x12() + "CLM*2*1***11:B:1~")
        == "interchange 2, ISA: an interchange begins with ISA, and something else stands here"
    )


@pytest.mark.parametrize("kept", range(1, 34))
def test_a_file_cut_off_after_any_segment_is_refused(kept: int) -> None:
    assert fault_of("".join(f"{segment}~" for segment in x12().split("~")[:kept]))


@pytest.mark.parametrize(
    "text", ["ISA*" + "x" * 200, "ISA" + "*" * 120, ISA, ISA[:90], ISA * 3, ISA + "IEA*0*000000907~"]
)
def test_garbage_that_begins_like_x12_is_refused(text: str) -> None:
    assert fault_of(text)


# ---- damage ----


@settings(max_examples=300, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_damaged_file_is_read_whole_or_refused_and_never_quoted(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([x12(), x12(INSTITUTIONAL), (SAMPLES / "imsweb_x12_complex.txt").read_text()]))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(len(ISA), len(text) - 1))  # separators stay, so that claims can be counted here
        end = data.draw(st.integers(start, min(start + 30, len(text))))
        inserted = data.draw(st.text(alphabet="~*:^\n ABZ0129-.\x00\x1aé\u2028", max_size=6))
        text = text[:start] + inserted + text[end:]
    claims, told = outcome(text)
    assert CANARY not in told
    assert told or len(claims) == sum(segment.strip().startswith("CLM*") for segment in text.split("~"))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_damaged_header_is_read_or_refused_and_never_quoted(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(ISA) - 1))
    inserted = data.draw(st.text(max_size=3))
    _, told = outcome(x12(isa=ISA[:start] + inserted + ISA[start + data.draw(st.integers(0, 3)) :]))
    assert CANARY not in told


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_no_sample_that_is_cut_off_yields_claims(name: str) -> None:
    text = (SAMPLES / name).read_text().rstrip()
    assert fault_of(text[: len(text) * 3 // 4])


def outcome(text: str) -> tuple[list[Claim], str]:
    """The claims, or what is told of the fault."""
    try:
        return claims_from_x12(text), ""
    except InputError as error:
        return [], str(error)
