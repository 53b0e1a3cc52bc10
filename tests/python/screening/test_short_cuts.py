"""What spares the bulk run work changes no answer: each short cut at its edges, beside the interactive engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations
from pathlib import Path

import pytest
from tests.python.screening.test_bulk import by_clingo, by_duckdb, judged_by, random_claims

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge_base import Options
from claimlogic.screening.compiling.fusing import LINES
from claimlogic.screening.judging.bulk import BulkJudge
from claimlogic.screening.judging.database import connect
from claimlogic.screening.part import stage_claims
from claimlogic.terms import OPEN_END, plain

ROOT = Path(__file__).parents[3]
DAY = 20240815


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase(ROOT / "kb")


@pytest.fixture(scope="module")
def judge(kb: KnowledgeBase) -> BulkJudge:
    return BulkJudge(kb, connect())


def next_day(day: int) -> int:
    after = date(day // 10000, day // 100 % 100, day % 100) + timedelta(days=1)
    return after.year * 10000 + after.month * 100 + after.day


def ended(kb: KnowledgeBase, predicate: str, last: int) -> list[tuple[str, int]]:
    """Some that a dated relation gives an end: their code, and that day (the argument at ``last``)."""
    width = len(kb.knowledge.vocabulary.predicates[predicate].arguments)
    rows = kb.store.match(predicate, (None,) * width)
    found = sorted({(plain(row[0]), row[last]) for row in rows if row[last] != OPEN_END and isinstance(row[last], int)})
    return found[:3]


def office(name: str, lines: Sequence[Line], diagnoses: tuple[str, ...] = ()) -> tuple[str, Claim]:
    return name, Claim(name, "professional", tuple(lines), setting="office", payer="medicare", diagnoses=diagnoses)


def test_a_part_of_one_shape_is_judged_as_its_claims_are(kb: KnowledgeBase, judge: BulkJudge) -> None:
    # Nothing but the lines tells these claims apart, so what is concluded of their shape is one row.
    claims = [
        office(name, [replace(line, date=DAY) for line in claim.lines])
        for name, claim in random_claims(40)
        if claim.lines
    ]
    assert judged_by(judge, kb, claims) == by_clingo(kb, claims, Options())
    assert judge.connection.execute("SELECT count(*) FROM coded_shapes").fetchone() == (1,)


def test_a_part_of_one_day_is_judged_as_its_claims_are(kb: KnowledgeBase, judge: BulkJudge) -> None:
    for day in (20240701, 20260401):
        claims = [
            (name, replace(claim, lines=tuple(replace(line, date=day) for line in claim.lines)))
            for name, claim in random_claims(12)
        ]
        assert judged_by(judge, kb, claims) == by_clingo(kb, claims, Options())


@pytest.mark.parametrize(("predicate", "last"), [("code", 3), ("icd", 2)])
def test_a_code_is_asked_for_its_last_day_whatever_the_days_of_the_part(
    kb: KnowledgeBase, judge: BulkJudge, predicate: str, last: int
) -> None:
    codes = ended(kb, predicate, last)
    assert codes
    for code, end in codes:
        service, diagnoses = (code, ()) if predicate == "code" else ("99213", (code,))
        claims = [office(f"{day}", [Line(1, service, 1, day)], diagnoses) for day in (end, next_day(end))]
        said = []
        for part in ([claims[0]], [claims[1]], claims):
            expected = by_clingo(kb, part, Options())
            assert judged_by(judge, kb, part) == expected
            said.append({(number, rule) for number, _, rule, *_ in expected[0]})
        assert {rule for _, rule in said[1]} - {rule for _, rule in said[0]}  # It is no code any more.


@pytest.mark.parametrize(
    "names",
    [
        ("1003000126", "1003000134", None),
        ("1003000126", "smith", None),
        ("123", "0123", None),
        ("99213", "62323", "1"),
        ("12345678901234567890", "9223372036854775807", "-1"),
        ("1234500000", "12345000e2", "12345000E2"),
        ("4294967295", "0xFFFFFFFF", "0XFFFFFFFF"),
    ],
)
def test_who_did_a_service_is_told_apart_by_any_name(
    kb: KnowledgeBase, judge: BulkJudge, names: tuple[str | None, ...]
) -> None:
    claims = [pair("62323", "77003", one, other) for one in names for other in names]
    expected = by_clingo(kb, claims, Options())
    part = stage_claims(judge.connection, claims, kb.knowledge.vocabulary)
    for number, (_, claim) in enumerate(sorted(claims), start=1):  # A claim that is read has no names any more.
        for line in claim.lines:
            told = [line.provider, number, line.number]
            judge.connection.execute("UPDATE part_lines SET provider = ? WHERE C = ? AND L = ?", told)
    assert by_duckdb(judge.connection, judge.judge(part)) == expected
    found = [{rule for own, _, rule, *_ in expected[0] if own == number} for number in range(1, len(claims) + 1)]
    assert any(one != found[0] for one in found)  # A pair asks whether one person did both.


def test_two_lines_that_differ_are_found_among_many_claims_whose_lines_do_not(
    kb: KnowledgeBase, judge: BulkJudge
) -> None:
    rows = kb.store.match("contains", (None,) * 4)
    whole, within = next((plain(one), plain(other)) for one, other, _, last in rows if last == OPEN_END)
    claims = [*random_claims(30), pair(within, whole, "1", "1"), pair(within, whole, "1", "2")]
    found = judged_by(judge, kb, claims)
    assert "concluded_distinct" in {name for (name,) in judge.connection.execute("SHOW TABLES").fetchall()}
    assert found == by_clingo(kb, claims, Options())


def test_parts_of_one_kind_of_claim_and_of_several_are_judged_alike(kb: KnowledgeBase, judge: BulkJudge) -> None:
    claims = random_claims(40)
    kinds = {(claim.form, claim.setting, claim.bill_type) for _, claim in claims}
    assert len(kinds) > 4
    parts = [[one for one in claims if (one[1].form, one[1].setting, one[1].bill_type) == kind] for kind in kinds]
    # What is the same for all claims of one part is another thing in the next, and differs within the last.
    for part in (*parts, claims, parts[0]):
        assert judged_by(judge, kb, part) == by_clingo(kb, part, Options())


def test_an_add_on_stands_and_falls_with_its_parent_and_that_with_its_own(kb: KnowledgeBase, judge: BulkJudge) -> None:
    parents: dict[str, list[str]] = {}
    for addon, parent, _, last in kb.store.match("addon_parent", (None,) * 4):
        if last == OPEN_END:
            parents.setdefault(plain(addon), []).append(plain(parent))
    chain = next((a, b, c) for a in parents for b in parents[a] if b in parents for c in parents[b] if c not in parents)
    subsets = [codes for size in (1, 2, 3) for codes in combinations(chain, size)]
    claims = [office(" ".join(codes), [Line(n, code, 1, DAY) for n, code in enumerate(codes, 1)]) for codes in subsets]
    expected = by_clingo(kb, claims, Options())
    assert judged_by(judge, kb, claims) == expected
    told = [codes for codes, _ in sorted((codes, claim) for codes, claim in claims)]
    orphans = {told[number - 1] for number, _, rule, *_ in expected[0] if rule == "addon_orphaned"}
    assert " ".join(chain[:2]) in orphans
    assert " ".join(chain[1:]) not in orphans


def test_what_a_rule_has_read_of_a_line_is_not_looked_up_again(kb: KnowledgeBase) -> None:
    judge = BulkJudge(kb, connect(), only=["ncci_column_two"])
    part = stage_claims(judge.connection, random_claims(5), kb.knowledge.vocabulary)
    program = judge.compiled(part).program
    assert program.widths["pair_on"] == 4
    assert len(program.carried["pair_on"]) >= 2  # Who did each of the two services.
    (finding,) = [stratum for stratum in program.parts.strata if stratum.predicates == ("finding",)]
    assert LINES not in {scan.predicate for rule in finding.rules for scan in rule.block.scans}


def test_where_no_rule_asks_for_the_days_of_a_claim_its_words_are_its_shape(kb: KnowledgeBase) -> None:
    some = ("ncci_column_two", "units_over_mue_line", "units_over_mue", "units_over_mue_reviewable")
    judge = BulkJudge(kb, connect(), only=some)
    everyone = random_claims(80)
    plain_ones = [
        office(name, [Line(line.number, line.code, line.units, line.date, line.modifiers) for line in claim.lines])
        for name, claim in everyone
    ]
    asked = set()
    for claims in (everyone, plain_ones, plain_ones[:1], everyone):
        part = stage_claims(judge.connection, claims, kb.knowledge.vocabulary)
        asked.add(judge.compiled(part).coding.days)
        findings = by_duckdb(judge.connection, judge.judge(part))[0]
        expected = by_clingo(kb, claims, Options())[0]
        assert {(*one[:3], one[4]) for one in findings} == {(*one[:3], one[4]) for one in expected if one[2] in some}
    assert {rule for _, _, rule, *_ in findings} == set(some)
    assert asked == {True, False}


def pair(one: str, other: str, provider: str | None, another: str | None) -> tuple[str, Claim]:
    lines = [Line(1, one, 1, DAY, provider=provider), Line(2, other, 1, DAY, provider=another)]
    return office(f"{one} {other} {provider} {another}", lines)
