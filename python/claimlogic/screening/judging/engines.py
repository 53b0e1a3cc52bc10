"""The engines that judge a part of claims: the compiled rules on DuckDB or Spark, or clingo claim by claim."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from claimlogic.errors import InputError

if TYPE_CHECKING:
    import duckdb

    from claimlogic.knowledge_base import KnowledgeBase, Options
    from claimlogic.screening.judging.answers import Judged
    from claimlogic.screening.part import Part

ENGINES = ("duckdb", "clingo", "spark")


class Engine(Protocol):
    """Judges parts that are staged in one connection, and leaves its answers there."""

    def judge(self, part: Part) -> Judged:
        """The answers on a part, in the place of those on the part before."""


def start_engine(
    name: str,
    knowledge_base: KnowledgeBase,
    connection: duckdb.DuckDBPyConnection,
    options: Options,
    master: str | None,
) -> Engine:
    """The engine of that name. ``master`` is where Spark runs.

    Raises InputError for an engine that there is not, or whose library is not installed.
    """
    if name == "duckdb":
        from claimlogic.screening.judging.bulk import BulkJudge

        return BulkJudge(knowledge_base, connection, trust=options.trust, strict_dates=options.strict_dates)
    if name == "clingo":
        from claimlogic.screening.judging.run_clingo import ClingoJudge

        return ClingoJudge(knowledge_base, connection, options)
    if name == "spark":
        return _spark(knowledge_base, connection, options, master)
    raise InputError(f"no engine {name}; choose one of {', '.join(ENGINES)}", "--engine")


def _spark(
    knowledge_base: KnowledgeBase, connection: duckdb.DuckDBPyConnection, options: Options, master: str | None
) -> Engine:
    from claimlogic.screening.judging.run_spark import SparkJudge, spark_session

    session = spark_session(master)
    return SparkJudge(knowledge_base, connection, session, trust=options.trust, strict_dates=options.strict_dates)
