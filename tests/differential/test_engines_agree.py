"""On claims that lie on the borders clingo, joins, the compiled rules on DuckDB and pyDatalog give the same answers.

``make differential`` draws 20,000 claims; the suite draws 500. A planted fault must show.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from operator import lt
from pathlib import Path

import pytest
from sqlglot import exp
from tests.differential.drawing import Drawer
from tests.differential.engines import (
    Answer,
    Compiled,
    Datalog,
    answer_of,
    by_clingo,
    of_rules,
    results_by_clingo,
    smallest,
)

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim
from claimlogic.knowledge_base import Options
from claimlogic.results import ClaimResult
from claimlogic.screening.compiling import sql_blocks, sql_terms
from claimlogic.screening.compiling.plan import Absent, Compare, Condition
from claimlogic.solving import planning

ROOT = Path(__file__).parent.parent.parent
COUNT = int(os.environ.get("CLAIMLOGIC_DIFFERENTIAL", "500"))
SEED = int(os.environ.get("CLAIMLOGIC_DIFFERENTIAL_SEED", "1"))
# Other options are another compilation, and those only the long run tries.
OPTIONS = [Options()] if COUNT <= 500 else [Options(), Options("article", strict_dates=True), Options("contractor")]

# What the planted faults are looked for in: dates, pairs, sums, absences. Fewer rules compile faster.
WATCHED = ("ncci_column_two", "units_over_mue", "units_over_mue_reviewable", "documentation_required_silent")
FAULTY_CLAIMS = 250


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase(ROOT / "kb")


@pytest.fixture(scope="module")
def claims(kb: KnowledgeBase) -> list[Claim]:
    drawer = Drawer(kb.knowledge, SEED)
    return [drawer.claim(number) for number in range(COUNT)]


@pytest.fixture(scope="module")
def results(kb: KnowledgeBase, claims: list[Claim]) -> dict[str, ClaimResult]:
    return results_by_clingo(kb, claims)


@pytest.fixture(scope="module")
def expected(results: dict[str, ClaimResult]) -> dict[str, Answer]:
    return {claim: answer_of(result) for claim, result in results.items()}


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_check_says_what_it_would_say_by_clingo(
    kb: KnowledgeBase, claims: list[Claim], results: dict[str, ClaimResult], options: Options
) -> None:
    """Word for word, with what the answer rests on."""
    if options != Options():
        claims = claims[: COUNT // 5]
        results = results_by_clingo(kb, claims, options)
    for found in kb.check_all(claims, options):
        assert found == results[found.claim]


@pytest.mark.parametrize("fault", ["<= taken for <", "not left out"])
def test_a_fault_planted_in_the_joins_is_found(
    fault: str, claims: list[Claim], results: dict[str, ClaimResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    if fault == "not left out":
        monkeypatch.setattr(planning, "_without", lambda _literal, _layout: lambda rows, _relations: rows)
    else:
        monkeypatch.setattr(planning, "_OF_NUMBERS", {**planning._OF_NUMBERS, "<=": lt})
    some = claims[:FAULTY_CLAIMS]
    assert any(found != results[found.claim] for found in KnowledgeBase(ROOT / "kb").check_all(some))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_duckdb_gives_what_clingo_gives(
    kb: KnowledgeBase, claims: list[Claim], expected: dict[str, Answer], options: Options
) -> None:
    """Of claims on which it does not, the first is shown in its smallest form."""
    if options != Options():
        claims = claims[: COUNT // 5]
        expected = by_clingo(kb, claims, options)
    found = Compiled(kb, options).answers(claims)
    differing = [claim for claim in claims if expected[claim.id] != found[claim.id]]
    if differing:
        least = smallest(kb, differing[0], options)
        ours = Compiled(kb, options).answers([least])
        pytest.fail(
            f"{len(differing)} of {len(claims)} differ; the smallest of the first: {least}\n"
            f"clingo: {by_clingo(kb, [least], options)}\nDuckDB: {ours}"
        )


def test_pydatalog_gives_what_clingo_gives(kb: KnowledgeBase, claims: list[Claim], expected: dict[str, Answer]) -> None:
    """On some of the claims, since it is slow, and by the rules that it can run."""
    by_datalog = Datalog(kb)
    assert len(by_datalog.rules) >= 70
    for claim in claims[: COUNT // 10]:
        told = {finding for finding in expected[claim.id].findings if finding[1] in by_datalog.rules}
        assert by_datalog.findings(claim) == {(line, rule, others) for line, rule, _, others, _ in told}, claim


def test_the_claims_make_most_rules_speak_and_reach_every_verdict(expected: dict[str, Answer]) -> None:
    rules = Counter(finding[1] for answer in expected.values() for finding in answer.findings)
    assert len(rules) >= 60
    assert {verdict for answer in expected.values() for _, verdict in answer.lines} == {
        *("denied", "unknown", "packaged", "payable"),
    }


def without(kind: Callable[[Condition], bool]) -> Callable[[pytest.MonkeyPatch], None]:
    """A compiler that leaves out some conditions."""
    rightly = sql_blocks.condition_sql

    def wrongly(condition: Condition, *rest: object) -> exp.Expr:
        return exp.true() if kind(condition) else rightly(condition, *rest)  # type: ignore[arg-type]

    return lambda patch: patch.setattr(sql_blocks, "condition_sql", wrongly)


def comparing(operator: str, wrongly: type[exp.Binary]) -> Callable[[pytest.MonkeyPatch], None]:
    """A compiler that takes one comparison for another."""
    return lambda patch: patch.setitem(sql_terms.COMPARISONS, operator, wrongly)


FAULTS = {
    "<= taken for <": comparing("<=", exp.LT),
    "> taken for >=": comparing(">", exp.GTE),
    "!= left out": without(lambda c: isinstance(c, Compare) and c.operator == "!="),
    "not left out": without(lambda c: isinstance(c, Absent)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_planted_in_the_compiler_is_found(
    fault: str,
    kb: KnowledgeBase,
    claims: list[Claim],
    expected: dict[str, Answer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    some = claims[:FAULTY_CLAIMS]
    FAULTS[fault](monkeypatch)
    found = Compiled(kb, only=WATCHED).answers(some)
    assert any(of_rules(found[claim.id], WATCHED) != of_rules(expected[claim.id], WATCHED) for claim in some)


def test_without_a_fault_the_same_comparison_finds_nothing(
    kb: KnowledgeBase, claims: list[Claim], expected: dict[str, Answer]
) -> None:
    some = claims[:FAULTY_CLAIMS]
    found = Compiled(kb, only=WATCHED).answers(some)
    assert all(of_rules(found[claim.id], WATCHED) == of_rules(expected[claim.id], WATCHED) for claim in some)
