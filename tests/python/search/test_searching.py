"""``allowed`` and ``whynot`` on the command line: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from claimlogic.cli.searching import allowed_command, whynot_command
from claimlogic.errors import InputError

SAMPLES = Path(__file__).parents[2] / "samples" / "encounters"


def sample(name: str) -> str:
    return str(SAMPLES / f"{name}.yaml")


def printed(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_allowed_prints_the_best_sets_with_their_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert allowed_command([sample("epidural_lumbar")]) == 0
    out = capsys.readouterr().out
    assert out.startswith("epidural-lumbar: 1 best code set\n")
    assert "professional claim: 62323\n" in out
    assert "62322 is out: 62323 fits as well and asks imaging besides" in out
    assert "nothing that was done is left out" in out
    assert all(len(line) <= 100 for line in out.splitlines())


def test_allowed_as_json_keeps_the_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert allowed_command([sample("knee_and_epidural")], format="json") == 0
    out = capsys.readouterr().out
    assert allowed_command([sample("knee_and_epidural")], format="json") == 0
    assert capsys.readouterr().out == out
    document = json.loads(out)
    assert list(document) == sorted(document)
    assert [one["billing"] for one in document["sets"]] == ["professional", "facility"]
    first = document["sets"][0]
    assert [(line["code"], line["modifiers"], line["units"]) for line in first["lines"]] == [
        ("62323", [], 1),
        ("20610", ["XS"], 1),
        ("77002", ["26", "XS"], 1),
    ]
    assert first["reasons"]
    assert first["verdict"] == first["check"]["verdict"] == "payable"
    assert [one["criterion"] for one in document["ranking"][0]["best"]][0] == "parts left out"


def test_allowed_ends_with_4_where_something_decides_that_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert allowed_command([sample("imaging_not_told")]) == 4
    out = capsys.readouterr().out
    assert "not told: imaging of procedure 1; tell one of ct, fluoroscopy, mr, none, ultrasound" in out
    assert "if imaging of procedure 1 is ct or fluoroscopy:\n    professional: 62323" in out


def test_allowed_ends_with_3_when_the_time_runs_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert allowed_command([sample("five_procedures")], time_limit=0.0) == 3
    assert "not proven" in capsys.readouterr().out


def test_allowed_says_what_is_left_out_and_what_the_record_could_add(capsys: pytest.CaptureFixture[str]) -> None:
    assert allowed_command([sample("five_procedures")]) == 0
    out = capsys.readouterr().out
    assert "procedure 3: the procedure" in out
    assert "no modifier can" in out
    assert "if the record shows more" in out
    assert "session of procedure 1 is 1" in out


def test_allowed_of_several_encounters_is_a_line_of_json_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert allowed_command([sample("picc_adult"), sample("facet_two_levels")], format="json") == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [row["encounter"] for row in rows] == ["picc-adult", "facet-two-levels"]


def test_allowed_with_codes(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"date": "2024-08-15", "setting": "hospital_outpatient"}
    assert allowed_command(codes=["62323", "77003", "20610-RT"], format="json", **told) == 0
    document = printed(capsys)
    assert [[line["code"] for line in one["lines"]] for one in document["sets"]] == [["62323", "20610"]]
    assert [dropped["code"] for dropped in document["sets"][0]["dropped"]] == ["77003"]


def test_allowed_with_codes_says_as_what_they_were_judged(capsys: pytest.CaptureFixture[str]) -> None:
    assert allowed_command(codes=["62323", "77003", "20610"], date="2024-08-15") == 0
    out = capsys.readouterr().out
    assert out.startswith("2 largest sets of 1 code out of 3 (professional claim, office, 2024-08-15)")
    assert "more could stand: 62323, 20610" in out


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"encounters": [sample("picc_adult")], "codes": ["62323"]}, "not both"),
        ({"encounters": [sample("picc_adult")], "setting": "office"}, "--setting: this goes with --codes"),
        ({}, "give the file of an encounter"),
        ({"encounters": ["nowhere.yaml"]}, "there is no such file"),
        ({"encounters": [sample("picc_adult")], "format": "html"}, "no format html"),
        ({"encounters": [sample("picc_adult")], "time_limit": -1.0}, "--time-limit"),
        ({"encounters": [sample("picc_adult")], "trust": "nobody"}, "no authority nobody"),
        ({"codes": ["62323", "6232"]}, "^code 2: a code is five characters"),
        ({"codes": ["62323"], "setting": "offic"}, "^--setting: .*did you mean"),
        ({"codes": ["62323"], "age": -3}, "^--age: give a whole number"),
    ],
)
def test_bad_input_is_refused(given: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        allowed_command(**given)


def test_whynot_prints_the_reasons_the_proof_and_the_nearest_encounter(capsys: pytest.CaptureFixture[str]) -> None:
    assert whynot_command("77003", sample("epidural_lumbar"), depth=2) == 0
    out = capsys.readouterr().out
    assert out.startswith("epidural-lumbar, professional claim: 77003 is in no best set\n")
    assert "[includes_guidance]" in out
    assert "the nearest encounter in which it is allowed" in out
    assert "line 2 is denied, because" in out


def test_whynot_says_that_it_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    assert whynot_command("62323", sample("epidural_lumbar")) == 0
    assert "62323 is allowed" in capsys.readouterr().out


def test_whynot_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert whynot_command("62322", sample("epidural_lumbar"), format="json") == 0
    document = printed(capsys)
    assert document["allowed"] is False
    (answer,) = document["answers"]
    assert answer["reasons"] == [
        [{"kind": "narrower", "name": "62323", "words": "62322 is out: 62323 fits as well and asks imaging besides"}]
    ]
    assert answer["nearest"]["changes"] == [
        {"procedure": 1, "what": "imaging", "before": "fluoroscopy", "after": "none"}
    ]


def test_whynot_depends_on_what_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert whynot_command("62323", sample("imaging_not_told")) == 4
    assert "62323 is allowed if imaging of procedure 1 is ct or fluoroscopy" in capsys.readouterr().out
