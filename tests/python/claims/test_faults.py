"""How the faults of a document are told, claim or encounter."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from claimlogic.claims.faults import faults_of, path, refusal
from claimlogic.claims.values import Code, Part

KEYS = {"": ("id", "lines"), "lines": ("code", "units")}


class LineDocument(Part):
    code: Code
    units: int = 1


class Document(Part):
    id: str
    lines: list[LineDocument] = []


def faults(data: dict[str, object]) -> list[tuple[str, str]]:
    with pytest.raises(ValidationError) as found:
        Document.model_validate(data)
    return faults_of(found.value, KEYS, {"string_type": "write it in quotes"})


def test_a_fault_is_told_by_its_path_and_what_to_do() -> None:
    assert faults({"id": "a", "lines": [{"code": 62323}]}) == [("lines[0].code", "write the code in quotes")]
    assert faults({"lines": []}) == [("id", "missing: this key is needed")]


def test_an_unknown_key_is_held_against_the_keys_of_its_part() -> None:
    assert faults({"id": "a", "lines": [{"code": "62323", "unit": 1}]}) == [
        ("lines[0].unit", "unknown key: did you mean units?")
    ]
    assert faults({"id": "a", "units": 1}) == [("units", "unknown key: the keys here are id, lines")]


def test_a_document_has_remedies_of_its_own() -> None:
    assert faults({"id": 1}) == [("id", "write it in quotes")]


def test_a_key_that_may_be_content_is_not_repeated() -> None:
    assert path(("lines", 1, "code")) == "lines[1].code"
    assert path(("lines", 1, "Jane Roe")) == "lines[1].(a key)"
    assert path(("a" * 31,)) == "(a key)"


def test_one_fault_stands_alone_and_several_are_listed_up_to_a_bound() -> None:
    assert str(refusal([("id", "missing")])) == "id: missing"
    assert str(refusal([("id", "missing")], "[2]")) == "[2].id: missing"
    listed = str(refusal([(f"lines[{n}].code", "missing") for n in range(23)])).splitlines()
    assert listed[0] == "23 faults"
    assert listed[20] == "  lines[19].code: missing"
    assert listed[21:] == ["  and 3 more"]
