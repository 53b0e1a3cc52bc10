"""The compiled rules on Spark give what they give on DuckDB, row for row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession
from tests.differential.drawing import Drawer

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim
from claimlogic.errors import InputError
from claimlogic.screening.judging.bulk import BulkJudge
from claimlogic.screening.judging.run_spark import SparkJudge, settings, spark_session
from claimlogic.screening.part import stage_claims

ROOT = Path(__file__).parent.parent.parent
COUNT = 120


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase(ROOT / "kb")


@pytest.fixture(scope="module")
def session() -> Iterator[SparkSession]:
    session = spark_session("local[2]")
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def judged(
    kb: KnowledgeBase, start: Callable[[duckdb.DuckDBPyConnection], BulkJudge], parts: Sequence[Sequence[Claim]]
) -> list[dict[str, list[Any]]]:
    """Every table of the answers on each part."""
    connection = duckdb.connect()
    judge = start(connection)
    found = []
    for claims in parts:
        part = stage_claims(connection, [(claim.id, claim) for claim in claims], kb.knowledge.vocabulary)
        tables = asdict(judge.judge(part))
        # A published row is compared by what it says: its number is a matter of the connection.
        rows = tables.pop("rows")
        queries = {name: f"FROM {table}" for name, table in tables.items()}
        queries["findings"] = (
            f"SELECT f.* EXCLUDE (row), r.* EXCLUDE (row) FROM {tables['findings']} f LEFT JOIN {rows} r USING (row)"
            " ORDER BY ALL"
        )
        found.append({name: connection.execute(query).fetchall() for name, query in queries.items()})
    return found


def test_spark_gives_what_duckdb_gives_part_after_part(kb: KnowledgeBase, session: SparkSession) -> None:
    drawer = Drawer(kb.knowledge, seed=2)
    claims = [drawer.claim(number) for number in range(COUNT)]
    parts = [claims[: COUNT // 2], claims[COUNT // 2 :]]
    by_duckdb = judged(kb, lambda connection: BulkJudge(kb, connection), parts)
    by_spark = judged(kb, lambda connection: SparkJudge(kb, connection, session), parts)
    assert by_spark == by_duckdb
    assert all(part["findings"] and part["verdicts"] for part in by_duckdb)


@pytest.mark.parametrize("master", ["local", "local[2]", "local[*]"])
def test_one_machine_joins_in_few_tasks(master: str) -> None:
    assert settings(master)["spark.sql.shuffle.partitions"] == "2"


@pytest.mark.parametrize("master", [None, "yarn", "spark://host:7077", "local-cluster[2,1,1024]"])
def test_a_cluster_is_left_as_it_is_configured(master: str | None) -> None:
    assert not [name for name in settings(master) if name.startswith(("spark.sql.", "spark.buffer.", "spark.driver."))]


def test_a_master_that_there_is_not_is_told(session: SparkSession) -> None:
    session.stop()
    with pytest.raises(InputError, match="Spark does not start"):
        spark_session("nowhere")
