"""``claimlogic fix`` as a command: what it prints, how it ends, and facts that are added for a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from claimlogic import KnowledgeBase
from claimlogic.claims.changed import OPERATIONS, Change, changed
from claimlogic.claims.model import Claim, Line
from claimlogic.cli.fixing import fix_command
from claimlogic.errors import InputError
from claimlogic.reports.fix_json import fix_json
from claimlogic.reports.fix_text import fix_text
from claimlogic.search.repair import fixes

HEAD = "form: professional\nsetting: office\ndate: 2024-08-15\npayer: medicare\npatient_age: 54\nlines:\n"


def written(folder: Path, name: str, *lines: str) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(f"id: {name}\n{HEAD}" + "".join(f"  - {{{line}}}\n" for line in lines), encoding="utf-8")
    return str(path)


@pytest.fixture
def epidural(tmp_path: Path) -> str:
    return written(tmp_path, "epidural", 'line: 1, code: "62323"', 'line: 2, code: "77003"')


@pytest.fixture
def knee(tmp_path: Path) -> str:
    return written(tmp_path, "knee", 'line: 1, code: "62323"', 'line: 2, code: "20610"', 'line: 3, code: "77002"')


def test_the_text_names_the_change_and_its_reason(epidural: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert fix_command([epidural]) == 1
    text = capsys.readouterr().out
    assert "epidural: ✗ denied as submitted, line 2" in text
    assert "fix, asserting nothing new" in text
    assert "- drop line 2 (77003)" in text
    assert "imaging guidance is part of the procedure" in text
    assert "then ✓ payable" in text
    assert "\x1b" not in text


def test_the_sentence_that_the_record_must_support_stands_below_its_change(
    knee: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fix_command([knee])
    supported = capsys.readouterr().out.split("fix, only if the record supports it")[1]
    assert "- on line 2 (20610), add modifier XS" in supported
    assert "+ on line 3 (77002), add modifier XS" in supported
    assert supported.count("the record must show another site") == 2


def test_json_keeps_the_contract(knee: str, capsys: pytest.CaptureFixture[str]) -> None:
    fix_command([knee], "json")
    (row,) = capsys.readouterr().out.splitlines()
    answer: dict[str, Any] = json.loads(row)
    assert row == json.dumps(answer, ensure_ascii=False, sort_keys=True)
    assert {"claim", "fixes", "groups", "more", "verdict"} <= answer.keys()
    assert answer["claim"] == "knee"
    for fix in answer["fixes"]:
        assert {"kind", "changes", "cost", "verdict_after", "remaining", "record_must_show"} <= fix.keys()
        assert fix["kind"] in ("honest", "if_record_supports")
        assert fix["cost"] == len(fix["changes"])
        assert all(change["op"] in OPERATIONS for change in fix["changes"])
    assert [fix["kind"] for fix in answer["fixes"]] == ["honest", "if_record_supports"]
    assert answer["fixes"][1]["record_must_show"][0] == "line 2: the record must show another site"


def test_json_is_the_same_bytes_again(knee: str, capsys: pytest.CaptureFixture[str]) -> None:
    fix_command([knee], "json")
    once = capsys.readouterr().out
    fix_command([knee], "json")
    assert capsys.readouterr().out == once


def test_markdown_tells_the_same(knee: str, capsys: pytest.CaptureFixture[str]) -> None:
    fix_command([knee], "markdown")
    text = capsys.readouterr().out
    assert "## knee: denied as submitted" in text
    assert "### Fix, asserting nothing new" in text
    assert "### Fix, only if the record supports it" in text
    assert "  - Line 2: the record must show another site." in text


def test_several_claims_are_answered_in_turn(epidural: str, knee: str, capsys: pytest.CaptureFixture[str]) -> None:
    fix_command([epidural, knee], "json")
    assert [json.loads(row)["claim"] for row in capsys.readouterr().out.splitlines()] == ["epidural", "knee"]


@pytest.mark.parametrize(
    ("codes", "status"), [(["62323"], 0), (["62323", "77003"], 1), (["62323", "A9999"], 4), (["77002", "A9999"], 1)]
)
def test_the_status_tells_the_claim_as_submitted(tmp_path: Path, codes: list[str], status: int) -> None:
    path = written(tmp_path, "claim", *(f'code: "{code}"' for code in codes))
    assert fix_command([path], "json") == status


def test_a_search_out_of_time_ends_with_3_and_loses_nothing(knee: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert fix_command([knee], "json", time_limit=0) == 3
    answer = json.loads(capsys.readouterr().out)
    assert answer["proven"] is False
    assert answer["fixes"]
    assert fix_command([knee], "text", time_limit=0) == 3
    assert "best found so far" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "place"),
    [({"format": "html"}, "--format"), ({"max_fixes": 0}, "--max-fixes"), ({"time_limit": -1}, "--time-limit")],
)
def test_a_bad_option_is_named(epidural: str, options: dict[str, Any], place: str) -> None:
    with pytest.raises(InputError) as fault:
        fix_command([epidural], **options)
    assert fault.value.place == place


def test_an_unknown_authority_is_refused_whatever_the_claim(tmp_path: Path) -> None:
    for number, codes in enumerate((["62323"], ["77002"], ["62323", "77003"])):
        path = written(tmp_path, f"claim{number}", *(f'code: "{code}"' for code in codes))
        with pytest.raises(InputError):
            fix_command([path], trust="nobody")


def test_added_facts_count_and_are_named(knee: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = tmp_path / "facts.lp"
    facts.write_text('ptp(practitioner, "20610", "77002", never, 20240701, #sup).\n', encoding="utf-8")
    assert fix_command([knee], "json", facts=facts) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["added_facts"] == ['ptp(practitioner,"20610","77002",never,20240701,#sup)']
    assert all("77002" not in after for after in _codes_after(answer))
    fix_command([knee], "text", facts=facts)
    assert "judged with 1 added fact" in capsys.readouterr().out


def _codes_after(answer: dict[str, Any]) -> list[set[str]]:
    """The codes that remain of 62323, 20610 and 77002 where 20610 remains."""
    codes = {1: "62323", 2: "20610", 3: "77002"}
    remaining = (
        {codes[n] for n in codes.keys() - {c["line"] for c in fix["changes"] if c["op"] == "drop_line"}}
        for fix in answer["fixes"]
    )
    return [found for found in remaining if "20610" in found]


@pytest.mark.parametrize(
    ("fact", "remedy"),
    [
        ('stands("c", 1).', "no fact about codes"),
        ('line("c", 1, "62323").', "no fact about codes"),
        ('ptp(practitioner, 20610, "77002", never, 20240701, #sup).', "write it in quotes"),
        ('ptp(practitioner, "20610", "77002", sometimes, 20240701, #sup).', "must be one of"),
        ("stands(C, L) :- line(C, L, _).", "no rules"),
    ],
)
def test_facts_that_may_not_be_added_are_refused(epidural: str, tmp_path: Path, fact: str, remedy: str) -> None:
    facts = tmp_path / "facts.lp"
    facts.write_text(fact + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=remedy) as fault:
        fix_command([epidural], facts=facts)
    assert fault.value.place == f"{facts}:1"


def test_parts_that_are_mended_apart_are_told_apart() -> None:
    kb = KnowledgeBase()
    codes = ["77002", "77012", "20206"]
    lines = [
        Line(3 * day + number, code, 1, 20240815 + day) for day in (0, 1) for number, code in enumerate(codes, start=1)
    ]
    result = fixes(kb, Claim(id="two days", form="professional", lines=tuple(lines), setting="office"))
    text = fix_text([result], {})
    assert "2 parts, each mended apart" in text
    assert "lines 1, 2: any one of" in text
    assert "lines 4, 5: any one of" in text
    assert len(json.loads(fix_json(result))["groups"]) >= 2


def test_changes_lead_to_the_claim_that_they_say() -> None:
    claim = Claim(
        id="c",
        form="professional",
        lines=(
            Line(1, "62322", 3, 20240815, ("TC",)),
            Line(2, "77003", 1, 20240815),
            Line(7, "64490", 2, 20240815, ("GC",), site="neck"),
        ),
    )
    changes = [
        Change("drop_line", 2, "77003"),
        Change("change_code", 1, "62322", new_code="62323"),
        Change("set_units", 1, "62322", units=1),
        Change("remove_modifier", 1, "62322", modifier="TC"),
        Change("add_modifier", 1, "62322", modifier="26", leads=True, items=("interpretation",)),
        Change("add_line", 8, "64490", units=1, modifier="RT", like_line=7),
        Change("set_units", 7, "64490", units=1),
        Change("add_modifier", 7, "64490", modifier="LT"),
    ]
    assert changed(claim, changes).lines == (
        Line(1, "62323", 1, 20240815, ("26",), documented=("interpretation",)),
        Line(7, "64490", 1, 20240815, ("GC", "LT"), site="neck"),
        Line(8, "64490", 1, 20240815, ("GC", "RT"), site="neck"),
    )
