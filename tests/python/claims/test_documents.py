"""Claims written as YAML and JSON: what is read, and how each fault is named."""

from __future__ import annotations

import datetime as dt
import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimlogic.claims.documents import claims_from_data
from claimlogic.claims.model import Claim, ElsewhereService, GlobalPeriod, Line
from claimlogic.claims.read import claims_from_text, read_claims
from claimlogic.errors import InputError

EXAMPLE = Path(__file__).parents[3] / "examples" / "epidural_77003.yaml"

ALLOWED = {
    "form": frozenset({"professional", "institutional"}),
    "setting": frozenset({"office", "hospital_outpatient", "inpatient"}),
    "biller": frozenset({"practitioner", "facility"}),
    "item": frozenset({"signed_report", "contrast_volume"}),
}


def a_claim(**changes: object) -> dict[str, object]:
    claim: dict[str, object] = {"id": "a", "form": "professional", "date": "2025-03-14", "lines": [{"code": "62323"}]}
    return claim | changes


def with_line(**keys: object) -> dict[str, object]:
    return a_claim(lines=[{"code": "62323"} | keys])


def fault_of(data: object) -> str:
    with pytest.raises(InputError) as caught:
        claims_from_data(data, ALLOWED)
    return str(caught.value)


def fault_of_text(text: str) -> str:
    with pytest.raises(InputError) as caught:
        claims_from_text(text, ALLOWED)
    return str(caught.value)


# ---- what is read ----


def test_the_example_of_the_command_line_contract_is_read_whole() -> None:
    (claim,) = read_claims(EXAMPLE, ALLOWED)
    assert claim == Claim(
        id="epidural-1",
        form="professional",
        setting="hospital_outpatient",
        payer="medicare",
        patient_age=54,
        diagnoses=("M54.51",),
        lines=(
            Line(number=1, code="62323", units=1, date=20250314),
            Line(
                number=2,
                code="77003",
                units=1,
                date=20250314,
                modifiers=("26",),
                documented=("signed_report",),
                undocumented=("contrast_volume",),
            ),
        ),
    )


def test_every_key_of_a_claim_and_of_a_line_is_read() -> None:
    text = """
        id: full
        form: institutional
        billed_by: facility
        bill_type: "0131"
        place_of_service: "22"
        opps: false
        date: 2025-03-14
        diagnoses: [M5451]
        global_period: {code: "22612", date: 2025-01-02, provider: dr-a}
        elsewhere: [{code: "77003", date: 2025-03-13, units: 2, provider: dr-b}, {code: "62323", date: 2025-03-14}]
        lines:
          - line: 7
            code: "62323"
            units: 3
            modifiers: [LT, "59"]
            date: 2025-03-10
            through: 2025-03-12
            session: 2
            site: right knee
            provider: dr-a
            group: clinic
            specialty: "09"
            revenue_code: "360"
            diagnoses: ["M54.51"]
            place_of_service: "19"
    """
    (claim,) = claims_from_text(text, ALLOWED)
    assert claim == Claim(
        id="full",
        form="institutional",
        billed_by="facility",
        bill_type="0131",
        place_of_service="22",
        opps=False,
        diagnoses=("M54.51",),
        global_period=GlobalPeriod("22612", 20250102, "dr-a"),
        elsewhere=(ElsewhereService("77003", 20250313, 2, "dr-b"), ElsewhereService("62323", 20250314, 1, None)),
        lines=(
            Line(
                number=7,
                code="62323",
                units=3,
                date=20250310,
                modifiers=("LT", "59"),
                diagnoses=("M54.51",),
                provider="dr-a",
                group="clinic",
                specialty="09",
                session="2",
                site="right knee",
                revenue_code="0360",
                place="19",
                span_days=3,
            ),
        ),
    )


def test_a_line_takes_its_number_date_and_units_from_position_claim_and_one() -> None:
    (claim,) = claims_from_data(a_claim(lines=[{"code": "62323"}, {"code": "00100"}]), ALLOWED)
    assert [(line.number, line.date, line.units) for line in claim.lines] == [(1, 20250314, 1), (2, 20250314, 1)]


def test_a_place_of_service_that_repeats_the_claims_is_not_said_again() -> None:
    (claim,) = claims_from_data(
        a_claim(place_of_service="11", lines=[{"code": "62323", "place_of_service": "11"}]), ALLOWED
    )
    assert claim.lines[0].place is None


def test_the_same_claim_reads_alike_from_yaml_json_and_json_lines() -> None:
    one = json.dumps(a_claim())
    expected = claims_from_text('id: a\nform: professional\ndate: 2025-03-14\nlines: [{code: "62323"}]', ALLOWED)
    assert claims_from_text(one, ALLOWED) == expected
    assert claims_from_text(f"[{one}, {one}]", ALLOWED) == expected * 2
    assert claims_from_text(f"{one}\n\n{one}\n", ALLOWED) == expected * 2
    assert claims_from_text(f"- {one}\n- {one}\n", ALLOWED) == expected * 2


def test_calendar_dates_of_a_caller_are_taken() -> None:
    (claim,) = claims_from_data(a_claim(date=dt.date(2025, 3, 14)), ALLOWED)
    assert claim.lines[0].date == 20250314


def test_standard_input_is_read_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(json.dumps(a_claim()).encode())))
    assert [claim.id for claim in read_claims("-", ALLOWED)] == ["a"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(InputError, match="standard input: there is nothing in it"):
        read_claims("-", ALLOWED)


# ---- faults of a line ----


def test_a_code_without_quotes_is_told_to_be_quoted() -> None:
    text = 'id: a\nform: professional\ndate: 2025-03-14\nlines:\n  - code: "62323"\n  - code: 00100\n'
    assert fault_of_text(text) == "lines[1].code: write the code in quotes"


@pytest.mark.parametrize(
    ("keys", "fault"),
    [
        ({"modifiers": [26]}, "lines[0].modifiers[0]: write the modifier in quotes"),
        ({"revenue_code": 360}, "lines[0].revenue_code: write the revenue code in quotes"),
        ({"place_of_service": 11}, "lines[0].place_of_service: write the place of service in quotes"),
        ({"diagnoses": [250.0]}, "lines[0].diagnoses[0]: write the diagnosis in quotes"),
        ({"provider": 1234567893}, "lines[0].provider: write the text in quotes"),
    ],
)
def test_a_number_where_text_belongs_is_told_to_be_quoted(keys: dict[str, object], fault: str) -> None:
    assert fault_of(with_line(**keys)) == fault


@pytest.mark.parametrize("code", ["6232", "623233", "62o23", " 62323", "62323\n", "62 23", "", "６２３２３"])
def test_a_code_of_another_form_is_refused(code: str) -> None:
    assert fault_of(with_line(code=code)).startswith("lines[0].code: a code is five characters")


@pytest.mark.parametrize("units", [None, 0, -1, 1.0, 1.5, "1", True, 10_000_000, 2**31])
def test_units_that_are_no_count_are_refused(units: object) -> None:
    assert fault_of(with_line(units=units)) == "lines[0].units: give a whole number from 1 to 9999999"


@pytest.mark.parametrize("modifier", ["L", "LTX", "lt", "5 ", None])
def test_a_modifier_of_another_form_is_refused(modifier: object) -> None:
    assert fault_of(with_line(modifiers=[modifier])).startswith("lines[0].modifiers[0]: ")


@pytest.mark.parametrize("diagnosis", ["M54.51.1", "m54.51", "54.51", "M5", "250.00", "M54.12345"])
def test_a_diagnosis_of_another_form_is_refused(diagnosis: str) -> None:
    assert fault_of(a_claim(diagnoses=[diagnosis])).startswith("diagnoses[0]: a diagnosis is an ICD-10-CM code")


def test_a_claim_without_a_date_is_refused() -> None:
    claim = a_claim()
    del claim["date"]
    assert fault_of(claim) == "lines[0].date: missing: give the line or the claim a date"
    assert fault_of(claim | {"date": None}) == "lines[0].date: missing: give the line or the claim a date"


@pytest.mark.parametrize(
    "date", ["2025-02-30", "2025-3-14", "14.03.2025", "20250314", 20250314, "1776-07-04", "2025-03-14T10:00:00"]
)
def test_a_date_that_is_no_day_of_the_calendar_is_refused(date: object) -> None:
    assert fault_of(a_claim(date=date)) == "date: give a day of the calendar as YYYY-MM-DD"


def test_a_bad_date_without_quotes_in_yaml_is_named_by_its_path() -> None:
    text = 'id: a\nform: professional\ndate: 2025-13-45\nlines: [{code: "62323"}]'
    assert fault_of_text(text) == "date: give a day of the calendar as YYYY-MM-DD"


def test_a_moment_is_no_date() -> None:
    assert "YYYY-MM-DD" in fault_of(a_claim(date=dt.datetime(2025, 3, 14, 10, 0)))


def test_a_last_day_before_the_first_is_refused() -> None:
    assert fault_of(with_line(through="2025-03-13")) == "lines[0].through: the last day is before the first"


def test_an_item_both_documented_and_undocumented_is_refused() -> None:
    fault = fault_of(with_line(documented=["signed_report"], undocumented=["signed_report"]))
    assert fault == "lines[0].undocumented: an item is both documented and undocumented: keep one of them"


def test_a_line_number_given_twice_is_refused() -> None:
    lines = [{"code": "62323", "line": 2}, {"code": "77003"}]  # the second is line 2 by its position
    assert fault_of(a_claim(lines=lines)) == "lines[1].line: another line has this number: give each line its own"


# ---- faults of a claim ----


def test_an_unknown_word_is_refused_with_the_nearest_known_ones() -> None:
    assert fault_of(a_claim(setting="ofice")) == "setting: not a known setting: did you mean office?"
    assert fault_of(a_claim(form="zzz")) == "form: not a known form: use institutional or professional"
    fault = fault_of(with_line(documented=["signed_raport"]))
    assert fault == "lines[0].documented[0]: not a known record item: did you mean signed_report?"


def test_an_unknown_key_is_refused_with_the_nearest_known_one() -> None:
    assert fault_of(with_line(unit=1)) == "lines[0].unit: unknown key: did you mean units?"
    assert fault_of(a_claim(elsewhere=[{"code": "62323", "date": "2025-03-14", "unit": 1}])) == (
        "elsewhere[0].unit: unknown key: did you mean units?"
    )


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"lines": []}, "lines: a claim has at least one line"),
        ({"lines": None}, "lines: give a list, in square brackets"),
        ({"lines": ["62323"]}, "lines[0]: give a mapping of keys to values"),
        ({"patient_age": -1}, "patient_age: give a whole number from 0 to 130"),
        ({"patient_age": 131}, "patient_age: give a whole number from 0 to 130"),
        ({"opps": "yes"}, "opps: write true or false"),
        ({"payer": "Blue Cross"}, "payer: a payer is a word of small letters, digits and underscores, as medicare"),
        ({"place_of_service": "1"}, "place_of_service: a place of service is two digits"),
        ({"bill_type": 131}, "bill_type: write the bill type in quotes"),
        ({"bill_type": "013"}, "bill_type: a bill type is three digits, or four with a leading zero"),
        ({"id": "a\x1b[31m"}, "id: give a text of 1 to 200 printable characters"),
        ({"global_period": {"code": "22612"}}, "global_period.date: missing: this key is needed"),
        ({"elsewhere": [{"code": "77003"}]}, "elsewhere[0].date: missing: this key is needed"),
    ],
)
def test_a_fault_is_named_by_path_and_remedy(changes: dict[str, object], fault: str) -> None:
    assert fault_of(a_claim(**changes)) == fault


def test_all_faults_of_a_claim_are_told_at_once() -> None:
    assert fault_of(a_claim(patient_age=200, lines=[{"code": 62323}])) == (
        "2 faults\n  patient_age: give a whole number from 0 to 130\n  lines[0].code: write the code in quotes"
    )


def test_a_fault_in_a_list_names_the_claim() -> None:
    assert fault_of([a_claim(), with_line(units=0)]).startswith("[1].lines[0].units: ")


def test_what_is_no_claim_is_refused() -> None:
    assert fault_of([]) == "the list holds no claim"
    assert fault_of("a") == "a claim is a mapping with keys such as id, form, date and lines"


def test_fhir_is_named_and_refused() -> None:
    assert fault_of_text('{"resourceType": "Claim"}').startswith("FHIR is not read yet")


# ---- faults of the text and of the file ----


def test_a_key_given_twice_is_refused() -> None:
    assert fault_of_text("id: a\nid: b\n") == "line 2: a key is given twice: keep one of them"
    assert fault_of_text('{"id": "a", "id": "b"}') == "a key is given twice in one object: keep one of them"
    assert fault_of_text('{"id": "a"}\n{"id": "a", "id": "b"}').startswith("line 2: a key is given twice")


@pytest.mark.parametrize("text", ["id: [", "a: b: c", "id: *nowhere", "\tid: a", "id: \x00", "--- a\n--- b"])
def test_text_that_is_no_yaml_is_refused(text: str) -> None:
    assert "YAML" in fault_of_text(text)


@pytest.mark.parametrize(
    "text", ["{", '{"id": }', "[1, 2", '{"id": NaN}', "[" * 100_000, '{"id": 1' + "1" * 5000 + "}"]
)
def test_text_that_is_no_json_is_refused(text: str) -> None:
    assert "JSON" in fault_of_text(text)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="none.yaml: there is no such file"):
        read_claims(tmp_path / "none.yaml", ALLOWED)
    with pytest.raises(InputError, match="this is a folder"):
        read_claims(tmp_path, ALLOWED)


def test_a_file_that_is_not_utf8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "claim.yaml"
    path.write_bytes("id: a\nform: é\n".encode("latin-1"))
    with pytest.raises(InputError, match=r"claim.yaml: line 2: not written in UTF-8"):
        read_claims(path, ALLOWED)
    path.write_bytes("id: a".encode("utf-16"))
    with pytest.raises(InputError, match="UTF-16"):
        read_claims(path, ALLOWED)


def test_a_fault_names_the_file_before_the_path(tmp_path: Path) -> None:
    path = tmp_path / "claim.json"
    path.write_text(json.dumps(with_line(units=0)))
    with pytest.raises(InputError) as caught:
        read_claims(path, ALLOWED)
    assert str(caught.value) == f"{path}: lines[0].units: give a whole number from 1 to 9999999"


# ---- nothing of a patient in a message ----

CANARY = "ZZPHI-1"


@pytest.mark.parametrize("key", ["id", "form", "setting", "date", "payer", "patient_age", "diagnoses", "lines", CANARY])
@pytest.mark.parametrize("value", [CANARY, f"{CANARY}\n", [CANARY], {CANARY: CANARY}, [{"code": CANARY, CANARY: 1}]])
def test_no_value_stands_in_a_message(key: str, value: object) -> None:
    assert CANARY not in told_of(json.dumps(a_claim(**{key: value})))


@pytest.mark.parametrize(
    "text",
    [
        f"id: {CANARY}\n  x: [",
        f"{CANARY}: a\n{CANARY}: b",
        f"id: *{CANARY}",
        f'{{"{CANARY}": 1, "{CANARY}": 2}}',
        f'{{"id": "{CANARY}',
        f"id: !{CANARY} a",
    ],
)
def test_no_text_stands_in_the_message_of_a_parser(text: str) -> None:
    assert CANARY not in fault_of_text(text)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(data=st.data())
def test_damaged_text_is_read_or_refused_and_never_quoted(data: st.DataObject) -> None:
    whole = EXAMPLE.read_text().replace("epidural-1", CANARY)
    start = data.draw(st.integers(0, len(whole) - 1))
    end = data.draw(st.integers(start, min(start + 20, len(whole))))
    inserted = data.draw(st.text(alphabet="\n -:[]{}\"'#&*!|>%@`?,0123abc\t\x00é", max_size=4))
    assert CANARY not in told_of(whole[:start] + inserted + whole[end:])


def told_of(text: str) -> str:
    """What is told of the fault; nothing where the text is read."""
    try:
        claims_from_text(text, ALLOWED)
    except InputError as error:
        return str(error)
    return ""
