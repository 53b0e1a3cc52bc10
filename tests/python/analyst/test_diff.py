"""kb diff: what an edit changes in the text, on which lines it changes the answer, and which clause decides."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import clingo
import duckdb
import pytest

from claimlogic.analyst.impact.changes import Changes, meaning, rule_changes
from claimlogic.analyst.impact.diff import compare
from claimlogic.analyst.impact.facts import FactChange
from claimlogic.analyst.impact.judging import GOALS, SideJudge, Subject, line_changes
from claimlogic.analyst.impact.model import Difference
from claimlogic.analyst.impact.reach import EVERY, NONE, Reach, reach_of, shows
from claimlogic.analyst.impact.sql import PartTables
from claimlogic.analyst.impact.versions import opened_version
from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim, Line
from claimlogic.claims.read import read_claims
from claimlogic.cli.difference import diff_command
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge, load_knowledge
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.store import FactStore
from claimlogic.reports.diff_html import diff_html
from claimlogic.reports.diff_json import diff_json
from claimlogic.reports.diff_text import diff_text
from claimlogic.screening.part import stage_claims
from claimlogic.terms import Atom, Term, plain

from .conftest import OVERLAY, ROOT, edited

INCLUDES = "rules/includes_guidance.lp"


@pytest.fixture(autouse=True)
def _own_cache(request: pytest.FixtureRequest, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if "small" in request.fixturenames:
        monkeypatch.setenv("XDG_CACHE_HOME", str(cache))


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


# ---- which claims are looked at -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shipped() -> Knowledge:
    return load_knowledge(ROOT / "kb")


@pytest.fixture(scope="module")
def subjects(shipped: Knowledge) -> list[Subject]:
    from claimlogic.analyst.cases import read_cases

    cases = read_cases(ROOT / "kb", shipped)
    return [Subject("", case.name, case.facts, case.is_scenario) for case in cases if case.is_scenario][:30] + [
        Subject("", case.name, case.facts, False) for case in cases if case.name.startswith("rules/")
    ][::4]


def test_no_claim_out_of_reach_is_answered_otherwise(shipped: Knowledge, subjects: list[Subject]) -> None:
    base = SideJudge(shipped)
    looked_at = 0
    for gone in base.rules[::29]:
        changes = Changes(tuple(rule_changes([gone], [])), (), (), ("x.lp",))
        without = replace(shipped, rules=tuple(rule for rule in shipped.rules if rule is not gone))
        reach = reach_of(changes, shipped, without, GOALS)
        if reach == EVERY:
            continue
        draft = SideJudge(without)
        for subject in [s for s in subjects if not shows(reach, s.facts, shipped.vocabulary)][:4]:
            assert line_changes(subject, base, draft) == [], (gone.place, subject.name)
            looked_at += 1
    assert looked_at > 10


class Without(FactStore):
    """A store of facts that has lost one."""

    def __init__(self, store: FactStore, gone: Atom) -> None:
        super().__init__(store.shelves, store.vocabulary)
        self.gone = gone

    def slice(self, predicate: str, touched: Mapping[str, Collection[str]]) -> list[Atom]:
        return [atom for atom in super().slice(predicate, touched) if atom != self.gone]

    def match(self, predicate: str, arguments: Sequence[Term | None]) -> list[tuple[Term, ...]]:
        return [held for held in super().match(predicate, arguments) if Atom(predicate, held) != self.gone]


def test_no_claim_out_of_reach_of_a_fact_is_answered_otherwise(shipped: Knowledge, subjects: list[Subject]) -> None:
    base = SideJudge(shipped)
    scenarios = [subject for subject in subjects if subject.with_tables]
    looked_at = 0
    for predicate in (
        "contains",
        "includes_guidance",
        "guidance",
        "place",
        "source",
        "ptp_modifier",
        "twin",
        "position",
    ):
        width = len(shipped.vocabulary.predicates[predicate].arguments)
        gone = Atom(predicate, min(shipped.store.match(predicate, (None,) * width), key=str))
        without = replace(shipped, store=Without(shipped.store, gone))
        changes = Changes((), (FactChange("removed", gone, None, "x.lp", 1, False, ()),), (), ("x.lp",))
        reach = reach_of(changes, shipped, without, GOALS)
        draft = SideJudge(without)
        for subject in [s for s in scenarios if not shows(reach, s.facts, shipped.vocabulary)][:3]:
            assert line_changes(subject, base, draft) == [], (gone, subject.name)
            looked_at += 1
    assert looked_at > 10


def test_a_fact_reaches_the_claims_that_touch_it_and_a_wording_none(shipped: Knowledge) -> None:
    def reach_of_fact(predicate: str) -> tuple[Reach, Atom]:
        width = len(shipped.vocabulary.predicates[predicate].arguments)
        atom = Atom(predicate, min(shipped.store.match(predicate, (None,) * width), key=str))
        changes = Changes((), (FactChange("removed", atom, None, "x.lp", 1, False, ()),), (), ())
        return reach_of(changes, shipped, shipped, GOALS), atom

    contains, atom = reach_of_fact("contains")
    whole, part = map(plain, atom.arguments[:2])
    claims = [
        Claim("c", "professional", (Line(1, whole, 1, 20240815), Line(2, other, 1, 20240815)))
        for other in (part, "99213")
    ]
    assert [shows(contains, claim_facts(claim), shipped.vocabulary) for claim in claims] == [True, False]
    assert reach_of_fact("short")[0] == NONE
    edition, _ = reach_of_fact("edition")
    assert all(shows(edition, claim_facts(claim), shipped.vocabulary) for claim in claims)


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


# ---- a corpus of claims ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def claims(shipped: Knowledge) -> list[tuple[str, Claim]]:
    """The claims of the scenarios, each under a name of its own."""
    words = shipped.vocabulary.words()
    files = [path for path in sorted((ROOT / "scenarios").glob("*/*.yaml")) if path.name != "expected.yaml"]
    return [(f"{path.parent.name}/{path.name}", claim) for path in files for claim in read_claims(path, words)]


def test_a_staged_claim_has_the_facts_that_it_has_alone(shipped: Knowledge, claims: list[tuple[str, Claim]]) -> None:
    with duckdb.connect() as connection:
        stage_claims(connection, claims, shipped.vocabulary)
        found = PartTables(shipped.vocabulary).facts(connection, "SELECT C FROM part_claims")
    ordered = sorted(claims, key=lambda named: named[0].encode())
    assert [set(facts) for facts in found.values()] == [set(claim_facts(claim)) for _, claim in ordered]


def test_the_database_reaches_the_claims_that_are_reached_one_by_one(
    shipped: Knowledge, claims: list[tuple[str, Claim]]
) -> None:
    ordered = sorted(claims, key=lambda named: named[0].encode())
    tables = PartTables(shipped.vocabulary)
    sizes = set()
    with duckdb.connect() as connection:
        stage_claims(connection, claims, shipped.vocabulary)
        for rule in shipped.rules[::23]:
            changes = Changes(tuple(rule_changes([rule], [])), (), (), ("x.lp",))
            reach = reach_of(changes, shipped, shipped, GOALS)
            found = {number for (number,) in connection.execute(tables.reached(reach)).fetchall()}
            wanted = {
                number
                for number, (_, claim) in enumerate(ordered, start=1)
                if shows(reach, claim_facts(claim), shipped.vocabulary)
            }
            assert found == wanted, rule.place
            sizes.add(len(found))
    assert len(sizes) > 3


def write_parquet(path: Path, rows: list[tuple[str, int, str, str, str]]) -> None:
    """A file of professional claims in the office on 2026-02-14: claim, line, code, payer, modifier."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE claims(claim_id VARCHAR, claim_line_number INTEGER, hcpcs_code VARCHAR, payer VARCHAR,"
            " hcpcs_modifier_1 VARCHAR)"
        )
        connection.executemany("INSERT INTO claims VALUES (?, ?, ?, ?, nullif(?, ''))", rows)
        connection.execute(
            "COPY (SELECT *, 'professional' AS claim_type, DATE '2026-02-14' AS claim_start_date,"
            " DATE '2026-02-14' AS claim_line_start_date, '11' AS place_of_service_code, 1 AS service_unit_quantity"
            f" FROM claims) TO '{path}' (FORMAT parquet)"
        )


ROWS = [
    (claim, line, code, payer, "")
    for claim, payer in (("a", "example_health_plan"), ("b", "medicare"), ("c", "example_health_plan"))
    for line, code in ((1, "62323"), (2, "77003"))
    if claim != "c" or line == 1
]


@pytest.mark.parametrize("few", [400, 0])
def test_a_file_of_claims_is_told_line_by_line_whichever_engine_judges_it(
    small: Path, draft: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Claim a is the plan's, and of its lines only the guidance was paid by the policy; b is Medicare's; c has none."""
    monkeypatch.setattr("claimlogic.analyst.impact.claims._FEW", few)
    write_parquet(tmp_path / "claims.parquet", [*ROWS, ("d", 1, "no code", "medicare", "")])
    edited(draft / OVERLAY, "20260101, #sup", "20270101, #sup")
    with opened_version(str(small)) as before, opened_version(str(draft)) as after:
        found = compare(before, after, tmp_path / "claims.parquet")
    corpus = found.corpora[-1]
    assert (corpus.name, corpus.claims, corpus.lines, corpus.reached, corpus.unread) == ("claims", 3, 5, 1, 1)
    changed = [group for group in found.groups if group.corpus == "claims"]
    assert [(g.code, g.pair, g.setting, g.lines) for g in changed] == [("77003", ("62323",), "office", 1)]
    (example,) = [e for e in found.examples if e.change.corpus == "claims"]
    assert (example.change.claim, example.change.line) == ("a", 2)
    assert example.causes[0].kind == "fact_changed"
