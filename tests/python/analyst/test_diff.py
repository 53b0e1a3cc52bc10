"""kb diff: what an edit changes in the text, on which lines it changes the answer, and which clause decides."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import clingo
import pytest

from claimlogic.analyst.impact.changes import meaning, rule_changes
from claimlogic.analyst.impact.diff import compare
from claimlogic.analyst.impact.judging import SideJudge, Subject, line_changes
from claimlogic.analyst.impact.model import Difference
from claimlogic.analyst.impact.versions import opened_version
from claimlogic.cli.difference import diff_command
from claimlogic.errors import InputError
from claimlogic.knowledge.load import load_knowledge
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rules import Rule
from claimlogic.reports.diff_html import diff_html
from claimlogic.reports.diff_json import diff_json
from claimlogic.reports.diff_text import diff_text
from claimlogic.terms import plain

from .conftest import OVERLAY, ROOT, edited

INCLUDES = "rules/includes_guidance.lp"


def difference(base: Path, draft: Path) -> Difference:
    with opened_version(str(base)) as before, opened_version(str(draft)) as after:
        return compare(before, after)


def expected_lines(test: str, rule: str) -> set[tuple[str, int]]:
    """The lines (claim, number) of which a rule test expects a finding of a rule."""
    control = clingo.Control(["--warn=none"])
    control.load(str(ROOT / "tests" / test))
    control.ground([("base", [])])
    found = (atom.symbol.arguments for atom in control.symbolic_atoms.by_signature("expect", 4))
    return {(claim.name, line.number) for name, claim, line, _ in found if name.name == rule}


# ---- what the text changes ------------------------------------------------------------------------------------------


def rules(text: str) -> tuple[Rule, ...]:
    return parse_rules(text, "x.lp").rules


def test_names_of_variables_and_the_order_of_conditions_make_no_other_rule() -> None:
    one, other = (
        rules("over(C, L) :- line(C, L, Code), units(C, L, N), not addon_on(C, L, _), 3 < N.")[0],
        rules("over(A, B) :- units(A, B, M), line(A, B, X), 3 < M, not addon_on(A, B, _).")[0],
    )
    assert meaning(one) == meaning(other)
    assert rule_changes([one], [other]) == []


@pytest.mark.parametrize(
    "text",
    [
        "over(C, L) :- line(C, L, Code), units(C, L, N), not addon_on(C, L, _), 4 < N.",
        "over(C, L) :- line(C, L, Code), units(C, L', N), line(C, L', _), not addon_on(C, L, _), 3 < N.",
        'over(C, L) :- line(C, L, "62323"), units(C, L, N), not addon_on(C, L, _), 3 < N.',
        "over(C, L) :- line(C, L, Code), units(C, L, N), not addon_on(C, _, L), 3 < N.",
    ],
)
def test_another_number_variable_text_or_place_makes_another_rule(text: str) -> None:
    one = rules("over(C, L) :- line(C, L, Code), units(C, L, N), not addon_on(C, L, _), 3 < N.")[0]
    assert meaning(one) != meaning(rules(text)[0])


def test_a_changed_rule_is_told_by_the_conditions_that_came_and_went() -> None:
    before = rules("over(C, L) :- line(C, L, _), units(C, L, N), 3 < N.\nheavy(C) :- over(C, _).")
    after = rules("over(C, L) :- line(C, L, _), units(C, L, N), 4 < N.\nlight(C) :- not over(C, _), claim(C).")
    changed, gone, come = sorted(
        rule_changes(before, after), key=lambda c: ("changed", "removed", "added").index(c.kind)
    )
    assert changed.words == ("asks `4 < N` in the place of `3 < N`",)
    assert (gone.name, gone.after, come.name, come.before) == ("heavy", None, "light", None)


# ---- what that does to claims ---------------------------------------------------------------------------------------


def test_a_comment_changes_no_answer_and_ends_with_0(
    small: Path, draft: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited(draft / OVERLAY, "% Several rules", "% For the record: several rules")
    assert diff_command(str(small), str(draft), None, "text", None, None, None, None) == 0
    told = capsys.readouterr().out
    assert f"only comments, layout or sources differ, in {OVERLAY}" in told
    assert "nothing changes" in told
    found = difference(small, draft)
    assert found.base_version != found.draft_version
    assert found.changes.nothing
    assert not found.groups


def test_a_policy_that_begins_earlier_pays_the_line_of_the_day_before(small: Path, draft: Path) -> None:
    # The test's claim `before` is of 2025-12-31, in the office, for this plan: only the first day stands in its way.
    edited(draft / OVERLAY, "20260101, #sup", "20251231, #sup")
    found = difference(small, draft)
    (change,) = found.changes.facts
    assert (change.kind, change.file, change.words) == ("changed", OVERLAY, ("From is 20251231, was 20260101",))
    assert found.counts["newly_payable"] == found.verdicts_changed == 1
    (example,) = found.examples
    assert (example.change.claim, example.change.line) == (f"{OVERLAY}: before", 2)
    assert (example.change.code, example.change.pair, example.change.setting) == ("77003", ("62323",), "office")
    (cause,) = example.causes
    assert (cause.kind, cause.place) == ("fact_changed", f"{OVERLAY}:{change.line}")
    assert "From is 20251231, was 20260101" in cause.words


def test_an_overlay_that_goes_denies_what_only_it_paid(small: Path, draft: Path) -> None:
    (draft / OVERLAY).unlink()
    found = difference(small, draft)
    denied = {(e.change.claim, e.change.line) for e in found.examples if e.change.kind == "newly_denied"}
    # Of the plan's claims in its test these are paid, by `expect_verdict`; no other claim there is.
    assert {(f"{OVERLAY}: plan", 2)} <= denied
    assert found.counts["newly_payable"] == 0
    assert all(group.before == "payable" for group in found.groups if group.kind == "newly_denied")
    causes = [cause for e in found.examples if e.change.claim == f"{OVERLAY}: plan" for cause in e.causes]
    assert {cause.kind for cause in causes} <= {"rule_removed", "fact_removed"}
    assert any(cause.place.startswith(OVERLAY) for cause in causes)


def test_a_rule_that_goes_changes_the_lines_against_which_it_spoke_and_no_other(small: Path, draft: Path) -> None:
    (draft / INCLUDES).unlink()
    subject = read_subject(small, INCLUDES)
    with opened_version(str(small)) as before, opened_version(str(draft)) as after:
        changes = line_changes(subject, SideJudge(before.knowledge), SideJudge(after.knowledge))
    spoken_against = {
        (plain(change.term), change.line)
        for change in changes
        if any(reason.rule == "includes_guidance" for reason in change.before.reasons)
    }
    assert spoken_against == expected_lines(INCLUDES, "includes_guidance")
    # Where another line of the claim differs, it is because its parent is paid now.
    others = [change for change in changes if (plain(change.term), change.line) not in spoken_against]
    assert {change.rules for change in others} <= {("addon_orphaned",)}


def read_subject(kb: Path, test: str) -> Subject:
    from claimlogic.analyst.cases import read_cases

    (case,) = (case for case in read_cases(kb, load_knowledge(kb)) if case.name == test)
    return Subject("tests", test, case.facts, False)


def test_an_added_rule_is_the_deciding_clause_of_what_it_denies(small: Path, draft: Path) -> None:
    (draft / "rules" / "no_knee.lp").write_text(
        'rule(no_knee, deny, "no knee").\n'
        '% @label("line {}: no knee", (L,))\n'
        'finding(no_knee, C, L, L) :- line(C, L, "20610"), guided(C).\n'
        'guided(C) :- line(C, _, "77002").\n',
        encoding="utf-8",
    )
    found = difference(small, draft)
    assert found.counts["newly_denied"]
    # The needle guidance is an add-on, and goes with the knee where that was its parent.
    assert {g.code for g in found.groups if "no_knee" in g.rules} == {"20610"}
    assert {g.rules for g in found.groups if "no_knee" not in g.rules} <= {("addon_orphaned",)}
    for example in found.examples:
        assert {(cause.kind, cause.place) for cause in example.causes} == {("rule_added", "rules/no_knee.lp:3")}
        assert example.causes[0].path[-1].endswith(": no knee")


# ---- versions by name -----------------------------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=analyst", "-c", "user.email=analyst@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(("git", *who, *arguments), cwd=folder, check=True, capture_output=True)


def test_a_git_revision_is_compared_with_the_working_rules(
    draft: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    git(draft.parent, "init", "-q")
    # Attributes would change what an archive or a checkout holds.
    (draft.parent / ".gitattributes").write_text("*.lp export-ignore text eol=crlf\n")
    git(draft.parent, "add", "kb", "tests")
    git(draft.parent, "commit", "-q", "-m", "rules")
    assert diff_command("HEAD", None, None, "json", None, None, draft, None) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["base"]["version"] == found["draft"]["version"]
    edited(draft / OVERLAY, "20260101, #sup", "20251231, #sup")
    assert diff_command("HEAD", None, None, "json", None, None, draft, None) == 1
    assert json.loads(capsys.readouterr().out)["lines"]["newly_payable"] == 1

    with pytest.raises(InputError, match="no such revision"):
        diff_command("no-such-branch", None, None, "text", None, None, draft, None)
    with pytest.raises(InputError, match="no such revision"):
        diff_command("--output=stolen", None, None, "text", None, None, draft, None)
    git(draft.parent, "rm", "-q", "-r", "--cached", "kb")
    git(draft.parent, "commit", "-q", "-m", "no rules")
    with pytest.raises(InputError, match="this revision has no knowledge base at kb"):
        diff_command("HEAD", None, None, "text", None, None, draft, None)


def test_outside_a_repository_a_name_that_is_no_folder_is_told(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(small.parent.parent))
    with pytest.raises(InputError, match="is in no git repository"):
        diff_command("last-year", None, None, "text", None, None, small, None)
    with pytest.raises(InputError, match="no knowledge base"):
        diff_command(str(small / "rules"), None, None, "text", None, None, small, None)


# ---- reports --------------------------------------------------------------------------------------------------------


def test_every_format_tells_the_same_twice_and_the_page_needs_nothing_else(small: Path, draft: Path) -> None:
    edited(draft / OVERLAY, "20260101, #sup", "20251231, #sup")
    edited(draft / INCLUDES, 'drop it"', 'drop <it> & rest"')
    one, other = difference(small, draft), difference(small, draft)
    for render in (diff_text, diff_json, diff_html):
        assert render(one) == render(other)
    page = diff_html(one)
    assert "default-src &#x27;none&#x27;" in page
    assert "<script" not in page
    assert "http://" not in page
    assert "&lt;it&gt; &amp; rest" in page
    assert "Newly payable" in page
    assert max(map(len, diff_text(replace(one, base="a", draft="b")).splitlines())) <= 100
    document = json.loads(diff_json(one))
    assert document["lines"]["newly_payable"] == 1
    assert document["examples"][0]["causes"][0]["kind"] == "fact_changed"
    assert [change["change"] for change in document["changes"]["rules"]] == ["worded"]


def test_the_page_goes_where_it_is_asked_for(small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "impact.html"
    assert diff_command(str(small), None, None, "text", page, None, small, None) == 0
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(InputError, match="no folder for this file"):
        diff_command(str(small), None, None, "text", tmp_path / "none" / "impact.html", None, small, None)
