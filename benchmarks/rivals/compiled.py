"""The rules of ``kb/`` as they are compiled: those that the rivals know, or all of them. This is what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from population import claims_in, stage

from claimlogic import KnowledgeBase
from claimlogic.screening.judging.bulk import BulkJudge
from claimlogic.screening.judging.database import connect
from rivals import COLUMNS, PAIR, SHARED, Taken

PART = 1_000_000


def run(tables: Path, claims: Path, output: Path, only: Sequence[str] | None = SHARED, hospital: bool = False) -> Taken:
    """Judge part after part by some rules, or by all of them. The rows behind findings are told only for all rules.

    The rivals tell none.
    """
    connection = connect()
    kb = KnowledgeBase(tables=tables)
    judge = BulkJudge(kb, connection, only=only, rows=only is None)
    connection.execute(f"CREATE TABLE told({COLUMNS})")
    taken = Taken()
    with taken.whole():
        latest = claims_in(connection, claims)
        for first in range(1, latest + 1, PART):
            numbers = range(first, min(first + PART, latest + 1))
            part = stage(connection, kb.knowledge.vocabulary, claims, numbers, hospital)
            with taken.judging(len(numbers)):
                judged = judge.judge(part)
            connection.execute(
                f"INSERT INTO told SELECT C + {first - 1}, L, rule, other FROM {judged.findings} WHERE NOT waived"
            )
    connection.execute(f"COPY told TO '{output}' (FORMAT parquet)")
    return taken


def run_all(tables: Path, claims: Path, output: Path) -> Taken:
    """Judge by every rule."""
    return run(tables, claims, output, only=None)


def run_hospital_pairs(tables: Path, claims: Path, output: Path) -> Taken:
    """Judge the pairs of the same services as a hospital's claims."""
    return run(tables, claims, output, (PAIR,), hospital=True)
