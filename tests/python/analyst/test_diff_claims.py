"""kb diff: which claims it looks at, and what it tells of a file of claims."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from tests.missing_facts import Without

from claimlogic.analyst.impact.changes import Changes, rule_changes
from claimlogic.analyst.impact.diff import compare
from claimlogic.analyst.impact.facts import FactChange
from claimlogic.analyst.impact.judging import GOALS, SideJudge, Subject, line_changes
from claimlogic.analyst.impact.reach import EVERY, NONE, Reach, reach_of, shows
from claimlogic.analyst.impact.sql import PartTables
from claimlogic.analyst.impact.versions import opened_version
from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim, Line
from claimlogic.claims.read import read_claims
from claimlogic.knowledge.load import Knowledge, load_knowledge
from claimlogic.screening.part import stage_claims
from claimlogic.terms import Atom, plain

from .conftest import OVERLAY, ROOT, edited


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
