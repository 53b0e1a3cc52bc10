"""X12 837 files: what is read of them, and how each fault is named.

What is expected of a sample was read from its text by eye, or from the implementation guides (005010X222, X223).
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimlogic.claims.model import Claim, Line
from claimlogic.claims.read import read_claims
from claimlogic.claims.x12 import claims_from_x12
from claimlogic.errors import InputError

SAMPLES = Path(__file__).parents[2] / "samples" / "x12"
EXAMPLE = Path(__file__).parents[3] / "examples" / "office_visits.837"

# Counted by eye: the CLM segments of each sample that holds 837 claims.
CLAIMS = {
    "hccinfhir_sample_837_1.txt": 1,
    "hccinfhir_sample_837_2.txt": 1,
    "hccinfhir_sample_837_3.txt": 1,
    "imsweb_x12_complex.txt": 6,
    "imsweb_x12_multiple_isa.txt": 4,
    "imsweb_x12_valid_different_separators.txt": 2,
    "lfh_demo.autoaccident.837": 1,
    "lfh_demo.example1.837": 1,
    "lfh_demo.example7.837": 1,
    "lfh_institutional-claim.837i": 1,
    "lfh_two-claims-single-provider.837i": 2,
}

CANARY = "ZZPHI"

ISA = "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *250314*1147*^*00501*000000907*1*T*:~"
BODY = """
BHT*0019*00*1*20250314*1147*CH
NM1*41*2*ZZPHI SUBMITTER*****46*1
HL*1**20*1
NM1*85*2*ZZPHI GROUP*****XX*1000000001
PRV*BI*PXC*282N00000X
HL*2*1*22*1
SBR*P**ZZPHI PLAN******CI
NM1*IL*1*ZZPHI*ZZPHI****MI*ZZPHI9
DMG*D8*19600101*M
NM1*PR*2*A Payer, Inc.*****PI*1
HL*3*2*23*0
NM1*QC*1*ZZPHI*ZZPHI
N3*1 ZZPHI STREET
DMG*D8*20000315*F
CLM*ZZPHI-7*100***22:B:1*Y*A*Y*Y
REF*EA*ZZPHI8
HI*ABK:M5451*ABF:E119
NM1*82*1*DOCTOR*ONE****XX*1000000002
PRV*PE*PXC*208100000X
SBR*S*01*ZZPHI******MB
NM1*82*1*OTHER*PAYERS****XX*1000000009
LX*1
SV1*HC:62323:LT:59*100*UN*2***1:2
DTP*472*D8*20250314
LX*2
SV1*HC:77003:26*50*UN*1.0*19**2
DTP*472*RD8*20250314-20250316
NM1*82*1*DOCTOR*TWO****XX*1000000003
"""


def x12(body: str = BODY, isa: str = ISA, kind: str = "837", guide: str = "005010X222A1") -> str:
    """An interchange of one transaction with these segments, one on a line, in which all counts are right."""
    segments = [f"ST*{kind}*0001*{guide}", *body.strip().split("\n")]
    segments.append(f"SE*{len(segments) + 1}*0001")
    envelope = [f"GS*HC*S*R*20250314*1147*1*X*{guide}", *segments, "GE*1*1", "IEA*1*000000907"]
    return isa + "\n" + "".join(f"{segment}~\n" for segment in envelope)


def changed(before: str, after: str) -> str:
    assert BODY.count(before) == 1, before
    return x12(BODY.replace(before, after))


def claim_of(text: str) -> Claim:
    (claim,) = claims_from_x12(text)
    return claim


def fault_of(text: str) -> str:
    with pytest.raises(InputError) as caught:
        claims_from_x12(text)
    assert CANARY not in str(caught.value)
    return str(caught.value)


# ---- the samples ----


@pytest.mark.parametrize(
    "name", sorted(path.name for path in SAMPLES.glob("*") if "837" in path.name or "x12" in path.name)
)
def test_every_sample_yields_as_many_claims_as_it_has_clm_segments(name: str) -> None:
    if name not in CLAIMS:
        assert "_277" in name or "_999" in name
        return
    assert len(read_claims(SAMPLES / name, {})) == CLAIMS[name]


def test_the_example_is_read_whole() -> None:
    (claim,) = read_claims(EXAMPLE, {})
    shared = {"provider": "1912301953", "group": "1912301953", "specialty": "203BF0100Y"}
    assert claim == Claim(
        id="26463774",
        form="professional",
        place_of_service="11",
        payer="key_insurance_company",
        patient_age=33,  # born 1973-05-01, seen from 2006-10-03
        diagnoses=("034.0", "V73.89"),
        lines=(
            Line(number=1, code="99213", units=1, date=20061003, diagnoses=("034.0",), **shared),
            Line(number=2, code="87070", units=1, date=20061003, diagnoses=("034.0",), **shared),
            Line(number=3, code="99214", units=1, date=20061010, diagnoses=("V73.89",), **shared),
            Line(number=4, code="86663", units=1, date=20061010, diagnoses=("V73.89",), **shared),
        ),
    )


def test_an_institutional_sample_with_two_patients_is_read_whole() -> None:
    shared = {"provider": "1234567890", "group": "1234567890", "specialty": "282N00000X"}
    assert read_claims(SAMPLES / "lfh_two-claims-single-provider.837i", {}) == [
        Claim(
            id="756048Q",
            form="institutional",
            bill_type="131",
            payer="tricare",
            patient_age=36,  # born 1968-11-11, seen 2005-03-15
            diagnoses=("366.9", "401.9", "794.31"),
            lines=(
                Line(number=1, code="85025", units=1, date=20050315, revenue_code="0305", **shared),
                Line(number=2, code="93005", units=3, date=20050315, revenue_code="0730", **shared),
            ),
        ),
        Claim(
            id="756049Q",
            form="institutional",
            bill_type="131",
            payer="tricare",
            patient_age=42,  # born 1962-12-10, seen 2005-04-01
            diagnoses=("300.00",),
            lines=(Line(number=1, code="85087", units=1, date=20050401, revenue_code="0300", **shared),),
        ),
    ]


def test_the_payer_of_a_medicare_filing_is_medicare_whatever_its_name() -> None:
    (supplies,) = read_claims(SAMPLES / "lfh_demo.example7.837", {})
    (hospital,) = read_claims(SAMPLES / "lfh_institutional-claim.837i", {})
    assert (supplies.payer, hospital.payer) == ("medicare", "medicare")
    assert supplies.lines[0].modifiers == ("RR",)
    assert supplies.lines[0].diagnoses == ("496", "518.81")


def test_the_lines_tell_the_form_where_gs08_names_the_other_guide() -> None:
    (claim,) = read_claims(SAMPLES / "hccinfhir_sample_837_2.txt", {})
    assert (claim.form, claim.place_of_service, claim.bill_type) == ("professional", "11", None)
    assert claim.diagnoses == ("S43.396S", "S52.263J", "V00.09XD")
    assert claim.lines[0].diagnoses == ("V00.09XD", "S43.396S")  # pointers 3:1


def test_a_second_interchange_and_ranges_of_days_are_read() -> None:
    claims = read_claims(SAMPLES / "imsweb_x12_multiple_isa.txt", {})
    assert [claim.id for claim in claims] == ["A37YH556", "A37YH667", "A37YH5561", "A37YH6672"]
    assert [(claim.lines[0].date, claim.lines[0].span_days) for claim in claims[:2]] == [(20050314, 12), (20050322, 4)]


def test_other_separators_give_the_same_claims() -> None:
    tilde = read_claims(SAMPLES / "imsweb_x12_valid_different_separators.txt", {})
    star = read_claims(SAMPLES / "imsweb_x12_multiple_isa.txt", {})[:2]
    assert [(claim.id, claim.diagnoses, claim.lines[0].code) for claim in tilde] == [
        (claim.id, claim.diagnoses, claim.lines[0].code) for claim in star
    ]


def test_a_diagnosis_written_as_two_elements_is_read() -> None:
    first = read_claims(SAMPLES / "imsweb_x12_complex.txt", {})[0]
    assert first.diagnoses == ("890.1", "872.00", "555.9")  # HI*BK*8901*BF*87200*BF:5559


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("lfh_managed-care.835", "this is an X12 835 remittance; check takes an 837 claim"),
        ("imsweb_x12_277CA_accepted.txt", "this is an X12 277 claim status response; check takes an 837 claim"),
        ("imsweb_x12_999_accepted.txt", "this is an X12 999 acknowledgement; check takes an 837 claim"),
    ],
)
def test_x12_of_another_kind_is_named_and_refused(name: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read_claims(SAMPLES / name, {})
    assert str(caught.value) == f"{SAMPLES / name}: segment 3, ST01: {told}"


# ---- what is read of a professional claim ----


def test_a_professional_claim_is_read_from_its_loops() -> None:
    assert claim_of(x12()) == Claim(
        id="ZZPHI-7",
        form="professional",
        place_of_service="22",
        payer="a_payer_inc",
        patient_age=24,  # the patient's, the day before the birthday; not the subscriber's
        diagnoses=("M54.51", "E11.9"),
        lines=(
            Line(
                number=1,
                code="62323",
                units=2,
                date=20250314,
                modifiers=("LT", "59"),
                diagnoses=("M54.51", "E11.9"),
                provider="1000000002",
                group="1000000001",
                specialty="208100000X",
            ),
            Line(
                number=2,
                code="77003",
                units=1,
                date=20250314,
                modifiers=("26",),
                diagnoses=("E11.9",),
                provider="1000000003",  # of the line itself, whose specialty is not told
                group="1000000001",
                place="19",
                span_days=3,
            ),
        ),
    )


def test_without_a_rendering_practitioner_the_billing_provider_performed_the_line() -> None:
    text = x12(BODY.replace("NM1*82*1*DOCTOR*ONE****XX*1000000002\nPRV*PE*PXC*208100000X\n", ""))
    line = claim_of(text).lines[0]
    assert (line.provider, line.group, line.specialty) == ("1000000001", "1000000001", "282N00000X")


def test_the_subscriber_who_is_the_patient_gives_the_age() -> None:
    patient = BODY[BODY.index("HL*3") : BODY.index("CLM*")]
    assert claim_of(x12(BODY.replace(patient, ""))).patient_age == 65


def test_a_patient_without_a_birth_date_has_no_age_though_the_subscriber_has() -> None:
    assert claim_of(changed("DMG*D8*20000315*F\n", "")).patient_age is None


def test_anaesthesia_minutes_are_one_service() -> None:
    assert claim_of(changed("*UN*2*", "*MJ*75*")).lines[0].units == 1


def test_a_payer_whose_name_begins_with_a_digit_is_still_a_word() -> None:
    assert claim_of(changed("A Payer, Inc.", "1st Health")).payer == "payer_1st_health"


def test_an_external_cause_is_a_diagnosis_that_no_pointer_counts_and_a_reason_for_the_visit_is_none() -> None:
    claim = claim_of(changed("HI*ABK:M5451*", "HI*APR:R51\nHI*ABN:W010XXA\nHI*ABK:M5451*"))
    assert claim.diagnoses == ("W01.0XXA", "M54.51", "E11.9")
    assert claim.lines[1].diagnoses == ("E11.9",)  # pointer 2


def test_codes_of_icd9_get_the_point_of_icd9() -> None:
    assert claim_of(changed("ABK:M5451*ABF:E119", "BK:25000*BN:E8782*BF:V7389")).diagnoses == (
        "250.00",
        "E878.2",
        "V73.89",
    )


def test_a_component_separator_other_than_isa16_declares_is_seen_in_clm05() -> None:
    assert claim_of(x12(BODY.replace(":", ">"))) == claim_of(x12())


def test_line_ends_of_any_kind_and_none_give_the_same_claim() -> None:
    expected = claim_of(x12())
    for end in ("", "\r\n", "\r"):
        assert claim_of(x12().replace("\n", end)) == expected
    newline_terminated = x12().replace("~\n", "\n")
    assert claim_of(newline_terminated) == expected
    assert claim_of(x12().rstrip("~\n")) == expected


def test_latin_1_in_a_name_does_not_keep_a_file_from_being_read(tmp_path: Path) -> None:
    path = tmp_path / "claim.837"
    path.write_bytes(x12().replace("DOCTOR*ONE", "DOCTOR*RENÉ").encode("latin-1"))
    assert read_claims(path, {}) == claims_from_x12(x12())


def test_two_interchanges_with_different_separators_are_both_read() -> None:
    other = x12().replace("*", "|").replace("~", "'").replace(":", ">")
    assert claims_from_x12(x12() + other) == [claim_of(x12())] * 2


# ---- what is read of an institutional claim ----

INSTITUTIONAL = """
HL*1**20*1
NM1*85*2*HOSPITAL*****XX*1000000001
HL*2*1*22*0
SBR*P*18*******MA
CLM*H-1*100***13:A:1*Y*A*Y*Y
DTP*434*RD8*20250310-20250312
HI*ABK:M5451
LX*1
SV2*0250**10*UN*1
LX*2
SV2*360*HC:62323:LT*90*UN*1
DTP*472*D8*20250311
LX*3
SV2*0420*HC:97110*90*UN*4
LX*4
SV2*0022*HP:1AFKS*90*DA*1
"""


def test_an_institutional_claim_keeps_its_bill_type_and_names_the_lines_without_a_code() -> None:
    claim = claim_of(x12(INSTITUTIONAL, guide="005010X223A3"))
    assert (claim.form, claim.bill_type, claim.place_of_service) == ("institutional", "131", None)
    assert claim.payer == "medicare"
    assert claim.uncoded_lines == (1, 4)
    assert [(line.number, line.code, line.revenue_code) for line in claim.lines] == [
        (2, "62323", "0360"),
        (3, "97110", "0420"),
    ]


def test_an_institutional_line_without_a_date_takes_the_days_of_the_statement() -> None:
    line = claim_of(x12(INSTITUTIONAL)).lines[1]
    assert (line.date, line.span_days, line.units) == (20250310, 3, 4)


def test_a_claim_of_revenue_codes_alone_is_read() -> None:
    body = INSTITUTIONAL[: INSTITUTIONAL.index("LX*2")]
    claim = claim_of(x12(body))
    assert (claim.lines, claim.uncoded_lines) == ((), (1,))


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
