"""X12 837 files: what is read of them, and how each fault is named.

What is expected of a sample was read from its text by eye, or from the implementation guides (005010X222, X223).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic.claims.model import Claim, Line
from claimlogic.claims.read import read_claims
from claimlogic.claims.x12 import claims_from_x12
from claimlogic.errors import InputError

from .x12_text import BODY, CLAIMS, INSTITUTIONAL, SAMPLES, changed, claim_of, x12

EXAMPLE = Path(__file__).parents[3] / "examples" / "office_visits.837"

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
