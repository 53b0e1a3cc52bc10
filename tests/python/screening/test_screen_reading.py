"""What stands in files of claims is read as the other readers read a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from screen_files import lines, one_line, read, row, write_csv, write_parquet

from claimlogic.claims.documents import claims_from_data
from claimlogic.knowledge.load import Knowledge
from claimlogic.screening.part import part_layout, stage_claims
from claimlogic.screening.reading import quarantine
from claimlogic.screening.reading.assembling import assemble
from claimlogic.screening.reading.columns import NAMINGS
from claimlogic.screening.reading.sources import find_sources
from claimlogic.screening.reading.staging import stage

SAMPLES = Path(__file__).parent / "samples"


def relations(connection: duckdb.DuckDBPyConnection, knowledge: Knowledge) -> dict[str, list[tuple[Any, ...]]]:
    """Every relation of the part, its rows in order."""
    return {
        name: connection.execute(f'SELECT * FROM "{name}" ORDER BY ALL').fetchall()
        for name in part_layout(knowledge.vocabulary).tables
    }


def apart(path: Path, knowledge: Knowledge, scratch: Path) -> list[tuple[Any, ...]]:
    connection, _ = read(path, knowledge, scratch)
    return connection.execute("SELECT claim_id, row, reasons FROM set_apart ORDER BY ALL").fetchall()


def test_a_claim_is_read_as_it_is_from_yaml(tmp_path: Path, knowledge: Knowledge) -> None:
    document = {
        "id": "c1",
        "form": "professional",
        "place_of_service": "22",
        "setting": "hospital_outpatient",
        "billed_by": "practitioner",
        "payer": "medicare",
        "patient_age": 54,
        "diagnoses": ["M54.16", "G89.29"],
        "lines": [
            {
                "line": 1, "code": "62323", "date": "2024-08-15", "units": 2, "modifiers": ["59", "LT", "59"],
                "provider": "111", "group": "222", "specialty": "207L", "diagnoses": ["G89.29"], "session": "1",
                "documented": ["signed_report", "images_saved"], "undocumented": ["contrast_volume"],
            },
            {
                "line": 4, "code": "J1100", "date": "2024-08-15", "through": "2024-08-17", "units": 1,
                "provider": "222", "group": "222", "place_of_service": "11", "site": "left knee",
            },
        ],
    }  # fmt: skip
    claims = claims_from_data(document, knowledge.vocabulary.words())
    expected = duckdb.connect()
    stage_claims(expected, [("c1", claims[0])], knowledge.vocabulary)
    both = {
        "payer": "Medicare", "place_of_service_code": "22", "rendering_npi": "111", "billing_npi": "222",
        "diagnosis_code_2": "G89.29", "x_setting": "hospital_outpatient", "x_billed_by": "practitioner",
        "x_patient_age": "54", "x_rendering_specialty": "", "x_diagnosis_pointer": "", "x_session": "",
        "x_anatomic_site": "", "x_documented": "", "x_undocumented": "",
    }  # fmt: skip
    rows = [
        row(
            **both | {
                "service_unit_quantity": "2", "hcpcs_modifier_1": "59", "hcpcs_modifier_2": "LT",
                "hcpcs_modifier_4": "59", "x_rendering_specialty": "207L", "x_diagnosis_pointer": "2",
                "x_session": "1", "x_documented": "signed_report, images_saved", "x_undocumented": "contrast_volume",
            }
        ),
        row(
            **both | {
                "claim_line_number": "4", "hcpcs_code": "J1100", "claim_line_end_date": "2024-08-17",
                "rendering_npi": "", "place_of_service_code": "11", "x_anatomic_site": "left knee",
            }
        ),
    ]  # fmt: skip
    found, _ = read(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path)
    # Practitioners bear opaque names in one and their numbers in the other; rules only compare them.
    opaque = "CASE provider WHEN '111' THEN 'p1' WHEN '222' THEN 'p2' END"
    found.execute(f"UPDATE part_lines SET provider = {opaque}, \"group\" = 'g1'")
    assert relations(found, knowledge) == relations(expected, knowledge)


def test_an_institutional_claim_tells_its_facility_by_two_digits(tmp_path: Path, knowledge: Knowledge) -> None:
    rows = lines("c1", "62323", claim_type="institutional", bill_type_code="0131", revenue_center_code="360",
                 place_of_service_code="")  # fmt: skip
    connection, _ = read(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path)
    assert connection.execute("SELECT form, bill_type, place_of_service FROM part_claims").fetchall() == [
        ("institutional", "13", None)
    ]
    assert connection.execute("SELECT revenue_code FROM part_lines").fetchall() == [("0360",)]


@pytest.mark.parametrize(
    ("values", "day", "span"),
    [
        ({"claim_line_start_date": "20240816", "claim_line_end_date": ""}, 20240816, None),
        ({"claim_line_start_date": "16-AUG-2024", "claim_line_end_date": "18-Aug-2024"}, 20240816, 3),
        ({"claim_line_start_date": "2024-08-16 00:00:00", "claim_line_end_date": ""}, 20240816, None),
        ({"claim_line_start_date": "", "claim_line_end_date": ""}, 20240815, None),
        ({"claim_line_start_date": "", "claim_line_end_date": "", "claim_end_date": "2024-08-20"}, 20240815, 6),
    ],
)
def test_a_line_is_of_its_own_day_or_else_of_its_claims(
    values: Mapping[str, str], day: int, span: int | None, tmp_path: Path, knowledge: Knowledge
) -> None:
    found = one_line(write_csv(tmp_path / "claims.csv", [row(**values)]), knowledge, tmp_path)
    assert (found["service_date"], found["span_days"]) == (day, span)


@pytest.mark.parametrize(
    "expressions",
    [
        {"claim_line_start_date": "DATE '2024-08-16'", "claim_line_end_date": "DATE '2024-08-16'"},
        {"claim_line_start_date": "TIMESTAMP '2024-08-16 10:00:00'", "claim_line_end_date": "DATE '2024-08-16'"},
        {"claim_line_start_date": "20240816", "claim_line_end_date": "20240816"},
    ],
)
def test_a_day_may_be_a_date_a_time_or_a_number(
    expressions: dict[str, str], tmp_path: Path, knowledge: Knowledge
) -> None:
    found = one_line(write_parquet(tmp_path / "claims.parquet", [row()], **expressions), knowledge, tmp_path)
    assert found["service_date"] == 20240816


def test_units_may_be_a_number_with_a_point_or_left_out(tmp_path: Path, knowledge: Knowledge) -> None:
    rows = [row(service_unit_quantity="12.0"), row(claim_line_number="2", service_unit_quantity="")]
    connection, assembled = read(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path)
    assert connection.execute("SELECT units FROM part_lines ORDER BY L").fetchall() == [(12,), (1,)]
    assert assembled.no_units == 1


def test_of_a_birth_date_only_the_age_on_the_first_day_is_kept(tmp_path: Path, knowledge: Knowledge) -> None:
    rows = [row(x_birth_date="1970-08-16"),
            row(claim_line_number="2", x_birth_date="1970-08-16", claim_line_start_date="2024-08-16",
                claim_line_end_date="2024-08-16")]  # fmt: skip
    connection, _ = read(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path)
    assert connection.execute("SELECT patient_age FROM part_claims").fetchall() == [(53,)]
    assert b"SECRET-PERSON" not in b"".join(p.read_bytes() for p in tmp_path.glob("work/*"))


def test_a_line_without_a_code_is_counted_and_no_fault(tmp_path: Path, knowledge: Knowledge) -> None:
    rows = [row(), row(claim_line_number="2", hcpcs_code="", service_unit_quantity="0", claim_line_start_date="")]
    connection, assembled = read(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path)
    assert connection.execute("SELECT C, L FROM uncoded").fetchall() == [(1, 2)]
    assert connection.execute("SELECT L FROM part_lines").fetchall() == [(1,)]
    assert (assembled.claims_judged, assembled.rows_judged) == (1, 2)


def test_one_claim_id_of_two_data_sources_is_two_claims(tmp_path: Path, knowledge: Knowledge) -> None:
    rows = [row(data_source="a"), row(data_source="b")]
    connection, assembled = read(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path)
    assert assembled.claims_judged == 2
    assert connection.execute("SELECT C, claim_id FROM part_claims ORDER BY C").fetchall() == [(1, "c1"), (2, "c1")]


REASONS: dict[str, Sequence[Mapping[str, str]]] = {
    "no_claim_id": [row(claim_id=" ")],
    "bad_line_number": [row(claim_line_number="0"), row(claim_line_number="x"), row(claim_line_number="")],
    "bad_form": [row(claim_type="undetermined"), row(claim_type="")],
    "no_date": [row(claim_line_start_date="", claim_start_date="")],
    "bad_date": [
        row(claim_line_start_date="2024-02-30"),
        row(claim_line_start_date="08/15/2024"),
        row(claim_line_start_date="1724-08-15"),
        row(claim_line_end_date="soon"),
    ],
    "date_turned": [row(claim_line_end_date="2024-08-14")],
    "bad_units": [row(service_unit_quantity=each) for each in ("0", "-1", "1.5", "one", "10000000", "nan")],
    "bad_code": [row(hcpcs_code="6232;"), row(hcpcs_code="j1100")],
    "short_code": [row(hcpcs_code="100")],
    "bad_modifier": [row(hcpcs_modifier_2="5"), row(hcpcs_modifier_1="lt")],
    "bad_place": [row(place_of_service_code="1")],
    "bad_bill_type": [row(bill_type_code="99"), row(bill_type_code="13")],
    "bad_revenue_code": [row(revenue_center_code="36")],
    "bad_diagnosis": [row(diagnosis_code_1="M5"), row(diagnosis_code_2="4011")],
    "bad_pointer": [row(x_diagnosis_pointer="2"), row(x_diagnosis_pointer="?")],
    "bad_age": [row(x_patient_age="131"), row(x_patient_age="old")],
    "bad_word": [row(x_setting="kitchen"), row(x_opps="maybe"), row(x_documented="a_song")],
    "bad_text": [row(claim_id="c" * 201)],
}


def test_a_row_that_cannot_be_read_is_set_apart_with_its_reason(tmp_path: Path, knowledge: Knowledge) -> None:
    extensions = dict.fromkeys(("x_diagnosis_pointer", "x_patient_age", "x_setting", "x_opps", "x_documented"), "")
    cases = [(reason, values) for reason, each in REASONS.items() for values in each]
    rows = [
        {**extensions, **values, "claim_id": f"c{n}" if values["claim_id"] == "c1" else values["claim_id"]}
        for n, (_, values) in enumerate(cases)
    ]
    path = write_csv(tmp_path / "claims.csv", [*rows, {**extensions, **row(claim_id="good")}])
    connection, assembled = read(path, knowledge, tmp_path)
    found = connection.execute("SELECT row, reasons FROM set_apart ORDER BY row").fetchall()
    assert found == [(n, reason) for n, (reason, _) in enumerate(cases, start=1)]
    assert connection.execute("SELECT claim_id FROM part_claims").fetchall() == [("good",)]
    assert (assembled.rows, assembled.rows_judged, assembled.rows_quarantined) == (len(cases) + 1, 1, len(cases))


def test_someone_born_after_the_service_is_set_apart(tmp_path: Path, knowledge: Knowledge) -> None:
    rows = [row(x_birth_date="2024-08-16"), row(claim_id="c2", x_birth_date="2024-08-15")]
    assert apart(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path) == [("c1", 1, "bad_age")]


def test_every_reason_has_a_case() -> None:
    others = {"broken_row", "line_number_twice", "claim_disagrees"}  # told by tests of their own
    assert set(quarantine.REASONS) == set(REASONS) | others


def test_a_claim_with_a_row_that_cannot_be_read_is_set_apart_whole(tmp_path: Path, knowledge: Knowledge) -> None:
    rows = [*lines("c1", "62323", "77003"), row(claim_id="c2"), row(claim_line_number="3", service_unit_quantity="x")]
    found = apart(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path)
    assert found == [("c1", 1, "another_row"), ("c1", 2, "another_row"), ("c1", 4, "bad_units")]


@pytest.mark.parametrize("number", ["2", "90"])
def test_a_line_number_that_is_given_twice_sets_its_claim_apart(
    number: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    rows = [row(), row(claim_line_number=number), row(claim_line_number=number), row(claim_id="c2")]
    found = apart(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path)
    assert found == [("c1", place, "line_number_twice") for place in (1, 2, 3)]


def test_lines_that_disagree_on_their_claim_set_it_apart(tmp_path: Path, knowledge: Knowledge) -> None:
    rows = [
        *(row(), row(claim_line_number="2", payer="Medicaid")),
        *(row(claim_id="c2"), row(claim_id="c2", payer="", claim_line_number="2")),
    ]
    found = apart(write_csv(tmp_path / "claims.csv", rows), knowledge, tmp_path)
    assert {(claim, reason) for claim, _, reason in found} == {("c1", "claim_disagrees")}


def test_lines_of_a_claim_that_do_not_stand_together_are_one_claim(tmp_path: Path, knowledge: Knowledge) -> None:
    a, b = lines("a", "62323", "77003"), lines("b", "20610", "77002")
    rows = [a[0], b[0], a[1], b[1]]
    connection = duckdb.connect()
    sources = find_sources(str(write_csv(tmp_path / "claims.csv", rows)), connection)
    staged = stage(connection, sources, tmp_path / "work", 1, lambda _: None)
    assert staged.cuts is None
    assert (staged.parts, staged.claims) == (2, 2)
    found = []
    for part in range(staged.parts):
        fields = {field for source in staged.sources for field in source.columns.taken}
        assemble(connection, staged.rows_sql(part, knowledge.vocabulary.words()), fields, knowledge.vocabulary, ())
        found += connection.execute(
            "SELECT claim_id, list(line ORDER BY L) FROM part_lines JOIN part_claims USING (C) GROUP BY 1"
        ).fetchall()
    assert sorted(found) == [("a", ["62323", "77003"]), ("b", ["20610", "77002"])]


def test_parts_are_cut_between_claims_and_across_files(tmp_path: Path, knowledge: Knowledge) -> None:
    (tmp_path / "in").mkdir()
    write_parquet(tmp_path / "in" / "a.parquet", [*lines("a", "1A111", "2A222"), *lines("b", "3A333")])
    write_parquet(tmp_path / "in" / "b.parquet", [row(claim_id="b", claim_line_number="2", hcpcs_code="4A444")])
    write_parquet(tmp_path / "in" / "c.parquet", [*lines("c", "5A555", "6A666"), *lines("d", "7A777")])
    connection = duckdb.connect()
    sources = find_sources(str(tmp_path / "in"), connection)
    for size, expected in ((1, ["a", "b", "c", "d"]), (2, ["ab", "cd"]), (4, ["abcd"])):
        staged = stage(connection, sources, tmp_path / f"work{size}", size, lambda _: None)
        assert staged.cuts is not None
        parts = [staged.rows_sql(part, knowledge.vocabulary.words()) for part in range(staged.parts)]
        ids = "SELECT string_agg(DISTINCT claim_id, '' ORDER BY claim_id) FROM"
        assert [connection.execute(f"{ids} ({part})").fetchall() for part in parts] == [[(each,)] for each in expected]


@pytest.mark.parametrize(
    ("file", "naming", "claims"),
    [
        ("carrier.csv", "CMS RIF carrier", [("9000000001", "professional", "11", None, "medicare")]),
        ("outpatient.txt", "CMS RIF outpatient", [("9000000002", "institutional", None, "13", "medicare")]),
        ("lds_carrier.csv", "CMS LDS carrier", [("77-2024-71", "professional", "11", None, "medicare")]),
        ("synpuf.csv", "DE-SynPUF", [("5001", "professional", None, None, "medicare")]),
    ],
)
def test_files_of_cms_are_read_by_their_own_names(
    file: str, naming: str, claims: list[tuple[Any, ...]], tmp_path: Path, knowledge: Knowledge
) -> None:
    connection, assembled = read(SAMPLES / file, knowledge, tmp_path)
    source = find_sources(str(SAMPLES / file), connection)[0]
    assert NAMINGS[source.columns.naming] == naming
    assert assembled.claims_quarantined == 0
    found = connection.execute(
        "SELECT claim_id, form, place_of_service, bill_type, payer FROM part_claims ORDER BY C"
    ).fetchall()
    assert found == claims


def test_rows_of_cms_hold_what_they_should(tmp_path: Path, knowledge: Knowledge) -> None:
    connection, _ = read(SAMPLES / "carrier.csv", knowledge, tmp_path)
    columns = "L, line, units, service_date, provider, specialty"
    assert connection.execute(f"SELECT {columns} FROM part_lines ORDER BY L").fetchall() == [
        (1, "62323", 1, 20240815, "1234567890", "05"),
        (2, "77003", 1, 20240815, "1234567890", "05"),
        (3, "01992", 1, 20240815, "1234567890", "05"),  # anaesthesia, counted in time
    ]
    assert connection.execute("SELECT L, M, N FROM part_modifier").fetchall() == [(2, "26", 1)]
    assert connection.execute("SELECT L, Dx FROM part_line_diagnosis ORDER BY L").fetchall() == [
        (1, "M54.16"), (2, "M54.16"), (3, "M54.16")
    ]  # fmt: skip
    connection, _ = read(SAMPLES / "synpuf.csv", knowledge, tmp_path / "synpuf")
    assert connection.execute("SELECT L, line, provider FROM part_lines ORDER BY L").fetchall() == [
        (1, "66984", "11"), (3, "99213", "33")
    ]  # fmt: skip
    found = connection.execute("SELECT Dx FROM part_diagnosis ORDER BY ALL").fetchall()
    assert found == [("366.16",), ("401.1",), ("V58.69",)]
