"""Encounters as YAML and JSON: what is read, and how faults are told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from claimlogic.claims.encounter import Encounter, Procedure
from claimlogic.claims.encounter_documents import encounter_from_data, read_encounter, tellable
from claimlogic.claims.encounter_facts import encounter_facts
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge

SAMPLES = Path(__file__).parents[2] / "samples" / "encounters"
EPIDURAL = {"procedure": "interlaminar_epidural", "region": "lumbar", "imaging": "fluoroscopy"}


def read(knowledge: Knowledge, *procedures: Any, **told: Any) -> Encounter:
    data = {"id": "e", "date": "2024-08-15", "setting": "office", **told, "procedures": list(procedures)}
    return encounter_from_data(data, knowledge.vocabulary.words(), tellable(knowledge.store))


def test_an_encounter_is_read_whole(knowledge: Knowledge) -> None:
    found = read(
        knowledge,
        {
            "procedure": "facet_injection",
            "region": "cervical",
            "levels": 2,
            "side": "bilateral",
            "imaging": "ct",
            "contrast": True,
            "site": "C3-5",
            "session": 2,
            "practitioner": "a",
            "imaged_by": "b",
            "documented": ["images_saved"],
        },
        billing="both",
        setting="hospital_outpatient",
        payer="medicare",
        patient_age=54,
        opps=True,
    )
    told = (("contrast", "yes"), ("imaging", "ct"), ("region", "cervical"), ("side", "bilateral"))
    procedure = Procedure("facet_injection", told, 2, "C3-5", "2", "a", "b", ("images_saved",))
    assert found == Encounter("e", 20240815, "hospital_outpatient", "both", (procedure,), "medicare", 54, True)


def test_several_kinds_of_imaging_may_be_told(knowledge: Knowledge) -> None:
    found = read(knowledge, {"procedure": "picc", "imaging": ["ultrasound", "fluoroscopy"]})
    assert found.procedures[0].of("imaging") == ("fluoroscopy", "ultrasound")


def test_an_encounter_as_facts(knowledge: Knowledge) -> None:
    found = encounter_facts(read(knowledge, {"procedure": "facet_injection", "region": "cervical", "levels": 2}))
    assert list(map(str, found)) == [
        'performed("e",1,facet_injection)',
        'has("e",1,region,cervical)',
        'part("e",1,1)',
        'part("e",1,2)',
    ]


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_sample_is_read(knowledge: Knowledge, path: Path) -> None:
    assert read_encounter(path, knowledge.vocabulary.words(), tellable(knowledge.store)).procedures


_FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"procedure": "interlaminar_epidual"}, r"procedures\[0\]\.procedure", "did you mean interlaminar_epidural"),
    ({**EPIDURAL, "regoin": "lumbar"}, r"procedures\[0\]\.regoin", "did you mean region"),
    ({**EPIDURAL, "region": "lumber"}, r"procedures\[0\]\.region", "did you mean lumbar"),
    ({**EPIDURAL, "region": 4}, r"procedures\[0\]\.region", "give a word: caudal"),
    ({**EPIDURAL, "region": ["lumbar", "sacral"]}, r"procedures\[0\]\.region", "give one word"),
    ({**EPIDURAL, "imaging": ["none", "ct"]}, r"procedures\[0\]\.imaging", "none goes with nothing else"),
    ({**EPIDURAL, "levels": 0}, r"procedures\[0\]\.levels", "whole number from 1"),
    ({**EPIDURAL, "levels": True}, r"procedures\[0\]\.levels", "whole number from 1"),
    ({**EPIDURAL, "side": "left"}, r"procedures\[0\]\.side", "not told of interlaminar_epidural"),
    ({**EPIDURAL, "documented": ["a_picture"]}, r"procedures\[0\]\.documented\[0\]", "not a known record item"),
    (
        {**EPIDURAL, "documented": ["images_saved"], "undocumented": ["images_saved"]},
        r"procedures\[0\]\.undocumented",
        "both documented and undocumented",
    ),
    ({"region": "lumbar"}, r"procedures\[0\]\.procedure", "this key is needed"),
]


@pytest.mark.parametrize(("procedure", "place", "remedy"), _FAULTS)
def test_a_fault_of_a_procedure_is_named(
    knowledge: Knowledge, procedure: dict[str, Any], place: str, remedy: str
) -> None:
    with pytest.raises(InputError, match=f"^{place}: .*{re.escape(remedy)}"):
        read(knowledge, procedure)


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"date": "2024-13-01"}, "^date: give a day of the calendar"),
        ({"setting": "offic"}, "^setting: .*did you mean office"),
        ({"billing": "me"}, "^billing: use professional or facility or both"),
        ({"patient_age": -1}, "^patient_age: give a whole number"),
        ({"payor": "medicare"}, "^payor: unknown key: did you mean payer"),
        ({"lines": []}, "^lines: this is a claim"),
    ],
)
def test_a_fault_of_the_encounter_is_named(knowledge: Knowledge, told: dict[str, Any], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        read(knowledge, EPIDURAL, **told)


def test_an_encounter_without_procedures_is_refused(knowledge: Knowledge) -> None:
    with pytest.raises(InputError, match="at least one procedure"):
        read(knowledge)


def test_several_faults_are_told_at_once(knowledge: Knowledge) -> None:
    with pytest.raises(InputError, match="2 faults"):
        read(knowledge, {**EPIDURAL, "region": "x"}, {**EPIDURAL, "imaging": "y"})


@pytest.mark.parametrize(
    ("text", "fault"), [("", "nothing in it"), ("[1]", "an encounter is a mapping"), ("{", "not valid JSON")]
)
def test_a_file_that_holds_no_encounter_is_refused(knowledge: Knowledge, tmp_path: Path, text: str, fault: str) -> None:
    file = tmp_path / "encounter.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=fault):
        read_encounter(file, knowledge.vocabulary.words(), tellable(knowledge.store))
