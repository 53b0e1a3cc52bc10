"""Lines that meet are joined once for pairs of codes and for units of one code: no answer changes by that."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from tests.python.screening.test_bulk import by_clingo, judged_by, random_claims

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge_base import Options
from claimlogic.screening.judging import bulk
from claimlogic.screening.judging.bulk import BulkJudge

ROOT = Path(__file__).parents[3]
DAY = 20240815

# Two of a pair, one with a unit limit of 1, and one that no table knows.
CODES = ("62323", "77003", "99213", "0000X")


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase(ROOT / "kb")


@pytest.fixture(autouse=True)
def large_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """Takes the tables that are committed for large ones: only by these are lines joined before they are told apart."""
    monkeypatch.setattr(bulk, "_SMALL", 10)


def office_claims(count: int) -> list[tuple[str, Claim]]:
    """Claims of one kind, so that all are judged by one table; codes stand on several of their lines."""
    draw = random.Random(count)
    claims = []
    for name, claim in random_claims(count):
        some = [replace(line, code=draw.choice((*CODES, line.code))) for line in claim.lines]
        more = [replace(line, number=len(some) + at) for at, line in enumerate(draw.sample(some, len(some) // 2), 1)]
        claims.append((name, Claim(name, "professional", (*some, *more), setting="office", payer="medicare")))
    return claims


def rows_met(judge: BulkJudge) -> dict[int, int]:
    """How many lines met by a row of the table (0) and by their code (1); empty where they were not joined once."""
    made = {name for (name,) in judge.connection.execute("SHOW TABLES").fetchall()}
    if "concluded_@met" not in made:
        return {}
    return dict(judge.connection.execute('SELECT a0, count(*) FROM "concluded_@met" GROUP BY a0').fetchall())


def test_pairs_and_units_of_lines_that_are_joined_once_are_what_they_are(kb: KnowledgeBase) -> None:
    claims = office_claims(120)
    judge = BulkJudge(kb, duckdb.connect())
    expected = by_clingo(kb, claims, Options())
    assert judged_by(judge, kb, claims) == expected
    assert set(rows_met(judge)) == {0, 1}
    assert {"ncci_column_two", "units_over_mue"} <= {rule for _, _, rule, *_ in expected[0]}


def test_the_next_part_may_be_of_another_kind_or_of_several(kb: KnowledgeBase) -> None:
    judge = BulkJudge(kb, duckdb.connect())
    office = office_claims(20)
    hospital = [(name, replace(claim, form="institutional", setting=None, bill_type="131")) for name, claim in office]
    mixed = [*office[:10], *((f"hospital {name}", claim) for name, claim in hospital[10:])]
    for claims in (office, hospital, mixed, office):
        assert judged_by(judge, kb, claims) == by_clingo(kb, claims, Options())


def test_a_code_that_no_table_knows_meets_itself(kb: KnowledgeBase) -> None:
    lines = [Line(number, "0000X", 1, DAY) for number in (1, 2, 3)]
    claims = [("unknown", Claim("unknown", "professional", tuple(lines), setting="office", payer="medicare"))]
    # One that is in a pair, so that the rule of pairs lives.
    pair = (Line(1, "62323", 1, DAY), Line(2, "77003", 1, DAY))
    claims.append(("z", Claim("z", "professional", pair, setting="office", payer="medicare")))
    judge = BulkJudge(kb, duckdb.connect())
    assert judged_by(judge, kb, claims) == by_clingo(kb, claims, Options())
    assert rows_met(judge).get(1) == 6, "each of three lines meets the two others"


def test_a_rule_that_asks_more_of_two_lines_joins_them_itself(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "kb", folder)
    path = folder / "on_the_day.lp"
    old = path.read_text(encoding="utf-8")
    # Two lines with one code and several units would never meet so.
    new = old.replace(
        "judged_by(C, Table), ptp(Table, A, B, Indicator",
        "units(C, L, 1), judged_by(C, Table), ptp(Table, A, B, Indicator",
        1,
    )
    assert new != old
    path.write_text(new, encoding="utf-8")
    kb = KnowledgeBase(folder)
    claims = office_claims(40)
    judge = BulkJudge(kb, duckdb.connect())
    assert judged_by(judge, kb, claims) == by_clingo(kb, claims, Options())
    assert rows_met(judge) == {}
