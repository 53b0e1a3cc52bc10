"""``claimlogic ask``: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from claimlogic.cli.asking import ask_question
from claimlogic.errors import InputError

KB = Path(__file__).parent.parent.parent.parent / "kb"


def ask(*arguments: str, on: str | None = "2026-08-01", **options: object) -> int:
    told: dict[str, object] = {
        "goal": None, "listed": False, "format": "text", "places": False, "trust": None, "directory": KB, "facts": None,
    }  # fmt: skip
    name = arguments[0] if arguments else None
    return ask_question(name, arguments[1:], on=on, **{**told, **options})  # type: ignore[arg-type]


def test_an_answer_is_a_table_with_its_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("parents", "77003") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Which procedures does this add-on go with?  77003, on 2026-08-01"
    assert lines[2].split("  ")[0] == "parent"
    assert "epidural blood or clot patch" in next(line for line in lines if line.startswith("62273"))
    assert "14 answers" in lines
    assert any(line.startswith("edition: addon (practitioner)") for line in lines)
    assert any(line.startswith("source: cms_addon_edits") for line in lines)


def test_places_tell_where_each_row_stands(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("parents", "77003", places=True) == 0
    assert "tables/addon_parent.tsv:" in capsys.readouterr().out


def test_no_is_an_answer_and_names_what_was_searched(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("includes_guidance_of", "62322") == 0
    out = capsys.readouterr().out
    assert "no: nothing found" in out
    assert "searched: includes_guidance(Code, Modality, From, To): " in out


def test_an_unknown_code_ends_with_status_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("includes_guidance_of", "99999") == 4
    out = capsys.readouterr().out
    assert "unknown: 99999 is not among the codes" in out
    assert "no: nothing found" not in out


@pytest.mark.parametrize("given", ["7700", "770033", "77-03"])
def test_what_is_no_code_is_refused(given: str) -> None:
    with pytest.raises(InputError, match="code is a procedure code, five letters and digits") as refused:
        ask("parents", given)
    assert given in refused.value.problem


def test_json_is_one_line_with_sorted_keys(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("parents", "77003", format="json") == 0
    first = capsys.readouterr().out
    found = json.loads(first)
    assert first.count("\n") == 1
    assert list(found) == sorted(found)
    assert found["day"] == "2026-08-01"
    assert found["answers"][0]["values"] == {"parent": "61050", "since": "2017-01-01", "until": None}
    assert found["answers"][0]["facts"][0]["source"] == "cms_addon_edits"
    assert found["codes"]["62273"] == "epidural blood or clot patch"
    assert ask("parents", "77003", format="json") == 0
    assert capsys.readouterr().out == first


def test_the_list_shows_every_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(listed=True) == 0
    assert "bundled_into CODE [TABLE=practitioner]" in capsys.readouterr().out
    assert ask(listed=True, format="json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert {"name", "sentence", "arguments", "example"} <= set(listed[0])


def test_a_goal_without_variables_is_answered_yes_or_no(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(on=None, goal='includes_guidance("62323", fluoroscopy, 20170101, #sup)') == 0
    assert "\nyes\n" in capsys.readouterr().out
    assert ask(on=None, goal='includes_guidance("62322", fluoroscopy, _, _)') == 0
    assert "\nno: nothing found\n" in capsys.readouterr().out


def test_too_many_rows_end_with_status_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(on=None, goal="ptp(T, A, B, I, F, U)") == 3
    assert "name a code" in capsys.readouterr().err


def test_added_facts_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "more.lp"
    file.write_text('addon_parent("77003", "62323", 20170101, #sup).\n', encoding="utf-8")
    assert ask("parents", "77003", facts=file) == 0
    out = capsys.readouterr().out
    assert "15 answers" in out
    assert 'added for this run: addon_parent("77003","62323",20170101,#sup)' in out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "name a question"),
        ({"goal": "short(C, T)"}, "a goal has no day"),
        ({"listed": True, "format": "xml"}, "no format xml"),
    ],
)
def test_what_cannot_be_asked_is_bad_input(options: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        ask(**options)


def test_another_authority_may_be_trusted(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask("disagreements", "36569", trust="article") == 0
    lines = capsys.readouterr().out.splitlines()
    assert any(line.split()[:3] == ["x1", "yes", "article_000"] for line in lines)
    with pytest.raises(InputError, match="no authority blog"):
        ask("disagreements", "36569", trust="blog")
