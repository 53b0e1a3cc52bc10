"""The answer on a claim as text, JSON and Markdown."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace

import pytest

from claimlogic.reports.check_json import check_json
from claimlogic.reports.check_markdown import check_markdown
from claimlogic.reports.check_notes import LAST_LINE
from claimlogic.reports.check_text import check_text, print_check
from claimlogic.results import (
    CarriedForward,
    Citation,
    ClaimResult,
    DenialCode,
    Dispute,
    Edition,
    Finding,
    LineResult,
    Side,
)
from claimlogic.terms import Atom

MANUAL = Citation("ncci_manual_2026", "VIII I.15", "cms_manual", "Medicare NCCI Policy Manual", "2026")
BUNDLED = Finding(
    "includes_guidance",
    "deny",
    "line 2: 62323 on line 1 already includes imaging guidance",
    (1,),
    DenialCode("CO", "97", ("M15",)),
    (MANUAL,),
)
REPORT = Finding("signed_report", "advise", "line 2: 77003 needs a signed report", (), None, ())
RESULT = ClaimResult(
    claim="epidural-1",
    verdict="denied",
    lines=(
        LineResult(1, "62323", "payable", ()),
        LineResult(2, "77003", "denied", (BUNDLED, REPORT)),
        LineResult(3, "99999", "unknown", ()),
    ),
    unknown=("line 3: 99999 is outside this knowledge base",),
    carried_forward=(
        CarriedForward("mue", "practitioner", "2024 Q3", 20250314),
        CarriedForward("ptp", "practitioner", "2024 Q3", 20250314),
    ),
    disputes=(
        Dispute("x1", 1, Side("cms_table", "not paid"), (Side("article_000", "paid apart"),)),
        Dispute("x1", 2, Side("cms_table", "not paid"), (Side("article_000", "paid apart"),)),
    ),
    editions=(Edition("ptp", "practitioner", "2024 Q3", 20250314),),
    uncoded_lines=(4, 5),
    version="0123456789abcdef",
    added_facts=(Atom("bundled", ('"62323"', '"77003"')),),
)
SHORTS = {"62323": "epidural injection, lumbar", "77003": "fluoroscopic guidance, spine"}


def test_the_text_gives_each_line_its_verdict_as_word_and_sign() -> None:
    lines = check_text([RESULT], SHORTS).splitlines()
    assert lines[:3] == [
        "epidural-1: ✗ denied",
        "   1  62323  ✓ payable   epidural injection, lumbar",
        "   2  77003  ✗ denied    fluoroscopic guidance, spine",
    ]
    assert "   3  99999  ? unknown" in lines


def test_the_text_puts_findings_under_their_line_with_rule_denial_and_source() -> None:
    lines = check_text([RESULT], SHORTS).splitlines()
    assert lines[3:7] == [
        "      deny      62323 on line 1 already includes imaging guidance",
        "                includes_guidance; CO-97 M15; ncci_manual_2026 VIII I.15",
        "      advise    77003 needs a signed report",
        "                signed_report",
    ]


def test_the_text_says_by_what_a_finding_is_waived() -> None:
    waived = replace(BUNDLED, waived_by="payers/plan.lp:12")
    text = check_text([replace(RESULT, lines=(LineResult(2, "77003", "payable", (waived,)),))], SHORTS)
    assert "      waived    62323 on line 1" in text
    assert "deny, waived by payers/plan.lp:12" in text


def test_the_text_tells_in_notes_what_the_answer_rests_on() -> None:
    text = " ".join(check_text([RESULT], SHORTS).split())
    for note in (
        "not decided: line 3: 99999 is outside this knowledge base",
        "2 lines without a procedure code, not judged: 4, 5",
        "judged by the practitioner MUE edition 2024 Q3, NCCI edition 2024 Q3, the newest loaded; the day of service"
        " (2025-03-14) is later",
        "X1 (lines 1, 2): this answer follows cms_table: not paid; article_000 says otherwise: paid apart",
        "editions of the practitioner tables for 2025-03-14: NCCI 2024 Q3",
        'judged with 1 added fact: bundled("62323","77003")',
        "knowledge base 0123456789ab",
    ):
        assert note in text


def test_the_text_ends_with_what_is_not_judged() -> None:
    assert check_text([RESULT, RESULT], SHORTS).splitlines()[-1] == LAST_LINE


@pytest.mark.parametrize("width", [50, 100])
def test_the_text_wraps_at_its_width(width: int) -> None:
    assert max(map(len, check_text([RESULT], SHORTS, width).splitlines())) <= width


def test_the_text_takes_nothing_of_a_claim_for_markup() -> None:
    text = check_text([replace(RESULT, claim="[red]a[/red] :smile:")], SHORTS)
    assert text.startswith("[red]a[/red] :smile:: ✗ denied")


def test_colour_changes_no_word() -> None:
    coloured = check_text([RESULT], SHORTS, colour=True)
    assert "\x1b[" in coloured
    bare = "\n".join(line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", coloured).splitlines())
    assert bare == check_text([RESULT], SHORTS)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "no_color", "coloured"), [(Terminal, "", True), (Terminal, "1", False), (io.StringIO, "", False)]
)
def test_colour_is_for_terminals_where_no_color_is_not_set(
    monkeypatch: pytest.MonkeyPatch, stream: type[io.StringIO], no_color: str, coloured: bool
) -> None:
    written = stream()
    monkeypatch.setenv("NO_COLOR", no_color)
    monkeypatch.setattr("sys.stdout", written)
    print_check([RESULT], SHORTS)
    assert ("\x1b[" in written.getvalue()) is coloured


def test_the_json_is_the_contract() -> None:
    document = json.loads(check_json(replace(RESULT, lines=RESULT.lines[1:2])))
    assert document == {
        "claim": "epidural-1",
        "verdict": "denied",
        "kb": {
            "version": "0123456789abcdef",
            "tables": [{"published": "ptp", "table": "practitioner", "edition": "2024 Q3", "date": "2025-03-14"}],
        },
        "lines": [
            {
                "line": 2,
                "code": "77003",
                "verdict": "denied",
                "findings": [
                    {
                        "rule": "includes_guidance",
                        "severity": "deny",
                        "message": "line 2: 62323 on line 1 already includes imaging guidance",
                        "with_lines": [1],
                        "denial": {"group": "CO", "carc": "97", "rarc": ["M15"]},
                        "sources": [{"id": "ncci_manual_2026", "where": "VIII I.15", "authority": "cms_manual"}],
                    },
                    {
                        "rule": "signed_report",
                        "severity": "advise",
                        "message": "line 2: 77003 needs a signed report",
                        "with_lines": [],
                        "denial": None,
                        "sources": [],
                    },
                ],
            }
        ],
        "unknown": ["line 3: 99999 is outside this knowledge base"],
        "carried_forward": [
            {"published": "mue", "table": "practitioner", "edition": "2024 Q3", "date": "2025-03-14"},
            {"published": "ptp", "table": "practitioner", "edition": "2024 Q3", "date": "2025-03-14"},
        ],
        "disputes": [
            {
                "id": "x1",
                "line": line,
                "follows": {"source": "cms_table", "says": "not paid"},
                "others": [{"source": "article_000", "says": "paid apart"}],
            }
            for line in (1, 2)
        ],
        "uncoded_lines": [4, 5],
        "added_facts": ['bundled("62323","77003")'],
    }


def test_the_json_is_one_line_with_sorted_keys_and_letters_as_they_are() -> None:
    text = check_json(replace(RESULT, claim="señal"))
    assert "\n" not in text
    assert "señal" in text
    assert json.dumps(json.loads(text), ensure_ascii=False, sort_keys=True) == text


def test_the_json_names_the_overlay_of_a_waived_finding() -> None:
    waived = replace(BUNDLED, waived_by="payers/plan.lp:12")
    document = json.loads(check_json(replace(RESULT, lines=(LineResult(2, "77003", "payable", (waived,)),))))
    assert document["lines"][0]["findings"][0]["waived_by"] == "payers/plan.lp:12"


def test_the_markdown_has_a_table_findings_and_notes() -> None:
    text = check_markdown([RESULT], SHORTS)
    assert text.startswith("## epidural-1: ✗ denied\n\n| line | code | what | verdict |\n|---|---|---|---|\n")
    assert "\n| 1 | 62323 | epidural injection, lumbar | ✓ payable |\n" in text
    assert (
        "- **deny**: 62323 on line 1 already includes imaging guidance"
        " (`includes_guidance`; CO-97 M15; Medicare NCCI Policy Manual (2026), VIII I.15)"
    ) in text
    assert "### Notes\n\n- not decided: line 3: 99999 is outside this knowledge base\n" in text
    assert text.endswith(LAST_LINE)


def test_the_markdown_escapes_and_names_overlays() -> None:
    waived = replace(BUNDLED, waived_by="payers/a_plan.lp:12", message="line 2: a|b <c>")
    result = replace(RESULT, claim="a|b", lines=(LineResult(2, "77003", "payable", (waived,)),))
    text = check_markdown([result], SHORTS)
    assert "## a\\|b: ✗ denied" in text
    assert "- **waived**: a\\|b \\<c\\> (" in text
    assert "deny, waived by `payers/a_plan.lp:12`)" in text


def test_several_messages_of_one_finding_lose_the_line_they_stand_under() -> None:
    finding = replace(REPORT, message="line 2: first; line 2: second; see line 1")
    text = check_text([replace(RESULT, lines=(LineResult(2, "77003", "payable", (finding,)),))], SHORTS)
    assert "      advise    first; second; see line 1" in text
