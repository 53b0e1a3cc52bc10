"""The compiled rules run by Spark SQL: the same plans as DuckDB's, where one machine is too small for the joins.

DuckDB stages a part, encodes it and holds the answers; Spark concludes what follows, stratum by stratum. Between the
two stand Parquet files in one folder, which every worker must see: on a cluster, a shared one.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from claimlogic.errors import InputError
from claimlogic.screening.bulk import GOALS, BulkJudge
from claimlogic.screening.plan import Program, Stratum
from claimlogic.screening.sql import Names, round_of, rows_of

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import DataFrame, SparkSession

    from claimlogic.knowledge_base import KnowledgeBase

DIALECT = "spark"

# The folder of what is concluded of one part.
_OF_PART = "part"


def spark_session(master: str | None = None) -> SparkSession:
    """A session at ``master``, such as ``local[2]`` or ``spark://host:7077``; without it, as Spark is configured.

    Raises InputError where pyspark is not installed, or cannot start.
    """
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise InputError("pyspark is not installed; install claimlogic[spark]", "--engine spark") from None
    builder = SparkSession.builder.appName("claimlogic").config("spark.ui.enabled", "false")
    if master is not None:
        builder = builder.master(master)
        if master.startswith("local"):  # The default is made for clusters: 200 tasks for each join.
            builder = builder.config("spark.sql.shuffle.partitions", "8")
    try:
        return builder.getOrCreate()
    except (PySparkException, Py4JError, RuntimeError, OSError) as fault:
        cause = getattr(fault, "java_exception", None)
        words = str(cause.getMessage() if cause is not None else fault).splitlines()
        raise InputError(f"Spark does not start: {words[0]}; it needs Java 17", "--master") from None


class SparkJudge(BulkJudge):
    """Judges parts as ``BulkJudge`` does, with the joins in a Spark session."""

    nested = False

    def __init__(
        self,
        knowledge_base: KnowledgeBase,
        connection: duckdb.DuckDBPyConnection,
        session: SparkSession,
        *,
        trust: str | None = None,
        strict_dates: bool = False,
        only: Collection[str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """``folder`` is one that the session's workers see, and by default a temporary one of this machine.

        Raises what ``BulkJudge`` raises.
        """
        super().__init__(knowledge_base, connection, trust=trust, strict_dates=strict_dates, only=only)
        self._session = session
        self._own = tempfile.TemporaryDirectory() if folder is None else None
        self._folder = Path(self._own.name) if self._own is not None else folder or Path()
        self._kept = frozenset(self._dictionary.names.values())
        self._carried: set[str] = set()
        self._files = 0

    def _conclude(self, program: Program, names: Names) -> None:
        """Make the tables of a part's program in Spark, and those of the goals in DuckDB."""
        for view in self._carried - self._kept:
            self._session.catalog.dropTempView(_view(view))
        self._carried &= self._kept
        shutil.rmtree(self._folder / _OF_PART, ignore_errors=True)
        for stratum in program.strata:
            for predicate in stratum.predicates:
                rows = self._read(rows_of(stratum, predicate, program, names))
                self._hold(names.name(predicate), rows if stratum.inlined else self._written(rows))
            if stratum.rounds:
                self._repeat(stratum, names)
        for goal in sorted(program.concluded & set(GOALS)):
            self._bring_back(names.name(goal))

    def _repeat(self, stratum: Stratum, names: Names) -> None:
        """Add what each round gives, until one gives nothing new."""
        tables = {predicate: names.name(predicate) for predicate in stratum.predicates}
        for table in tables.values():
            self._hold(table + "_fresh", self._table(table))
        found = True
        while found:
            fresh: dict[str, DataFrame] = {}
            for predicate, table in tables.items():
                rows, known = round_of(stratum, predicate, names), self._table(table)
                new = known.limit(0) if rows is None else self._read(rows).subtract(known)
                fresh[table] = self._written(new)
            found = not all(new.isEmpty() for new in fresh.values())
            for table, new in fresh.items():
                self._hold(table, self._written(self._table(table).unionAll(new)))
                self._hold(table + "_fresh", new)

    def _written(self, rows: DataFrame) -> DataFrame:
        """The same rows from a file of their own: a plan that grows from stratum to stratum is planned for ever."""
        self._files += 1
        path = str(self._folder / _OF_PART / f"{self._files:06}.parquet")
        rows.write.parquet(path)
        return self._session.read.schema(rows.schema).parquet(path)

    def _read(self, query: exp.Query) -> DataFrame:
        """The rows of a query, with the tables that it reads carried over from DuckDB where Spark has none of them."""
        inner = {name.alias for name in query.find_all(exp.CTE)}
        told = query.copy()
        for table in list(told.find_all(exp.Table)):
            if table.name not in inner:
                if table.name not in self._carried:
                    self._carry_over(table.name)
                table.set("this", exp.to_identifier(_view(table.name), quoted=True))
        return self._session.sql(told.sql(dialect=DIALECT))

    def _table(self, name: str) -> DataFrame:
        return self._session.table(_view(name))

    def _hold(self, name: str, rows: DataFrame) -> None:
        rows.createOrReplaceTempView(_view(name))
        self._carried.add(name)

    def _carry_over(self, name: str) -> None:
        path = self._folder / f"{_view(name)}.parquet"
        self._connection.execute(f"COPY \"{name}\" TO '{path}' (FORMAT parquet)")
        self._hold(name, self._session.read.parquet(str(path)))

    def _bring_back(self, name: str) -> None:
        path = self._folder / _OF_PART / f"{_view(name)}.back"
        self._table(name).write.parquet(str(path))
        self._connection.execute(f"CREATE OR REPLACE TABLE \"{name}\" AS FROM read_parquet('{path}/*.parquet')")


def _view(name: str) -> str:
    """A relation's name in Spark, which knows letters, digits and underscores in the names of views."""
    return re.sub(r"\W", "_", name)
