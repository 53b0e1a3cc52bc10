"""The compiled rules run by Spark SQL: the same plans as DuckDB's, where one machine is too small for the joins.

DuckDB stages a part, encodes it, concludes what is said of shapes of claims, and holds the answers; Spark concludes
what is said of claims and lines, stratum by stratum. Between the two stand Parquet files in one folder, which every
worker must see: on a cluster, a shared one.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

from claimlogic.errors import InputError
from claimlogic.screening.compiling.bulk_program import scans_read
from claimlogic.screening.compiling.names import Names
from claimlogic.screening.compiling.plan import Program, Stratum
from claimlogic.screening.compiling.shaping import SHAPE_DAYS, SHAPES
from claimlogic.screening.compiling.sql import round_of, rows_of
from claimlogic.screening.judging.bulk import GOALS, BulkJudge
from claimlogic.screening.judging.run_duckdb import step_of

if TYPE_CHECKING:
    import duckdb
    from pyspark.sql import DataFrame, SparkSession

    from claimlogic.knowledge_base import KnowledgeBase

DIALECT = "spark"

# What Spark takes by default is made for clusters and many rows. On one machine a join of a few rows would be cut into
# 200 tasks, planned again while it runs, and compiled to Java, which takes longer than the join; and each of hundreds
# of hash tables would begin with a sixteenth of a core's memory.
_LOCAL = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.buffer.pageSize": "1m",
}
_LOCAL_MEMORY = "2g"

# Relations of claims that are no larger than the shapes of claims and the days that occur.
_SMALL = frozenset({SHAPES, SHAPE_DAYS, "day", "strict_dates"})

# Spark plans and holds everything of a query at once, and all findings are one union: at most so many relations of it
# are read together, as far as the parts of the union allow.
_TOGETHER = 20

# A relation of no more rows stands in the plan itself: Spark starts a job for each reading of a file.
_FEW = 100
_SUFFIXES = {"INTEGER": "", "BIGINT": "L"}

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
    if _is_local(master):
        # What the variable says, Spark takes where nothing else says it.
        os.environ.setdefault("SPARK_DRIVER_MEMORY", _LOCAL_MEMORY)
    builder = SparkSession.builder.appName("claimlogic").config(map=settings(master))
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError, RuntimeError, OSError) as fault:
        cause = getattr(fault, "java_exception", None)
        words = str(cause.getMessage() if cause is not None else fault).splitlines()
        raise InputError(f"Spark does not start: {words[0]}; it needs Java 17", "--master") from None
    if master is None and _is_local(session.sparkContext.master):  # As it is where nothing is configured.
        for name, value in _LOCAL.items():
            if session.conf.isModifiable(name):
                session.conf.set(name, value)
    return session


def settings(master: str | None) -> dict[str, str]:
    """What a session at ``master`` is told; a cluster is left as it is configured."""
    told = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    if master is not None:
        told["spark.master"] = master
    return told | _LOCAL if _is_local(master) else told


def _is_local(master: str | None) -> bool:
    return re.fullmatch(r"local(\[.*\])?", master or "") is not None


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
        self._folder = Path(self._own.name if self._own is not None else folder or "").absolute()
        # Every part of a union brings its own tasks, and each writes a file. On one machine, no more than it has cores;
        # on a cluster, many tasks in one could need more memory than an executor has.
        self._cores = session.sparkContext.defaultParallelism if _is_local(session.sparkContext.master) else None
        self._kept = frozenset(self._dictionary.names.values())
        # What Spark has a view of, and the folders of what it concluded.
        self._held: set[str] = set()
        self._files: dict[str, Path] = {}
        self._written = 0

    def _conclude(self, program: Program, names: Names) -> None:
        """Make the tables of a part's program, and those of the goals in DuckDB."""
        for table in self._held - self._kept:
            self._session.catalog.dropTempView(_view(table))
        self._held &= self._kept
        shutil.rmtree(self._folder / _OF_PART, ignore_errors=True)
        by_duckdb = _of_shapes(program, names, self._kept)
        for stratum in program.strata:
            if by_duckdb.issuperset(stratum.predicates):
                step_of(stratum, program, names).run(self._connection)
                continue
            for predicate in stratum.predicates:
                rows = [self._read(query) for query in _parts(rows_of(stratum, predicate, program, names))]
                self._write(names.name(predicate), rows)
            if stratum.rounds:
                self._repeat(stratum, names)
        for goal in sorted(program.concluded & set(GOALS) - by_duckdb):
            self._bring_back(names.name(goal))

    def _repeat(self, stratum: Stratum, names: Names) -> None:
        """Add what each round gives, until one gives nothing new."""
        tables = {predicate: names.name(predicate) for predicate in stratum.predicates}
        for table in tables.values():
            self._hold(table + "_fresh", self._table(table))
        found = True
        while found:
            for predicate, table in tables.items():
                rows, known = round_of(stratum, predicate, names), self._table(table)
                self._write(table + "_next", [known.limit(0) if rows is None else self._read(rows).subtract(known)])
            found = not all(self._table(table + "_next").isEmpty() for table in tables.values())
            for table in tables.values():
                new = self._table(table + "_next")
                self._hold(table + "_fresh", new)
                if found:
                    self._write(table, [self._table(table), new])

    def _write(self, name: str, rows: Sequence[DataFrame]) -> None:
        """Make a table of all these rows, from files: a plan that grows from stratum to stratum is planned for ever."""
        self._written += 1
        path = self._folder / _OF_PART / f"{self._written:06}.parquet"
        for some in rows:
            if self._cores:
                some = some.coalesce(self._cores)
            some.write.mode("append").parquet(path.as_uri())
        self._files[name] = path
        self._hold_files(name, path, f"{path}/*.parquet")

    def _read(self, query: exp.Query) -> DataFrame:
        """The rows of a query, with the tables that it reads carried over from DuckDB where Spark has none of them."""
        inner = {name.alias for name in query.find_all(exp.CTE)}
        told = query.copy()
        for table in list(told.find_all(exp.Table)):
            if table.name not in inner:
                if table.name not in self._held:
                    self._carry_over(table.name)
                table.set("this", exp.to_identifier(_view(table.name), quoted=True))
        return self._session.sql(told.sql(dialect=DIALECT))

    def _table(self, name: str) -> DataFrame:
        return self._session.table(_view(name))

    def _hold(self, name: str, rows: DataFrame) -> None:
        rows.createOrReplaceTempView(_view(name))
        self._held.add(name)

    def _carry_over(self, name: str) -> None:
        path = self._folder / f"{_view(name)}.parquet"
        self._connection.execute(f"COPY \"{name}\" TO '{path}' (FORMAT parquet)")
        self._hold_files(name, path, str(path))

    def _hold_files(self, name: str, path: Path, files: str) -> None:
        # What Spark is not told of its files, it starts a job to find out.
        columns = self._connection.execute(f"DESCRIBE FROM read_parquet('{files}')").fetchall()
        kinds = {column: kind for column, kind, *_ in columns}
        few = self._connection.execute(f"FROM read_parquet('{files}') LIMIT {_FEW + 1}").fetchall()
        if len(few) <= _FEW and set(kinds.values()) <= set(_SUFFIXES):
            self._hold(name, self._session.sql(_values(few, kinds)))
            return
        schema = ", ".join(f"{column} {kind}" for column, kind in kinds.items())
        self._hold(name, self._session.read.schema(schema).parquet(path.as_uri()))

    def _bring_back(self, name: str) -> None:
        files = f"{self._files[name]}/*.parquet"
        self._connection.execute(f"CREATE OR REPLACE TABLE \"{name}\" AS FROM read_parquet('{files}')")


def _values(rows: Sequence[tuple[int, ...]], kinds: Mapping[str, str]) -> str:
    """A query of these very rows, whose columns are of these kinds."""
    names = ", ".join(kinds)
    if not rows:
        return f"SELECT {', '.join(f'CAST(0 AS {kind}) AS {name}' for name, kind in kinds.items())} WHERE false"
    suffixes = [_SUFFIXES[kind] for kind in kinds.values()]
    told = ", ".join(
        f"({', '.join(f'{cell}{suffix}' for cell, suffix in zip(row, suffixes, strict=True))})" for row in rows
    )
    return f"SELECT * FROM VALUES {told} AS held({names})"


def _of_shapes(program: Program, names: Names, published: Collection[str]) -> frozenset[str]:
    """The predicates that rest on nothing larger than the shapes of claims: few rows, whatever a part holds."""
    small = {predicate for predicate in names.concluded if predicate not in program.concluded}
    small |= {predicate for predicate, table in names.given.items() if predicate in _SMALL or table in published}
    found: set[str] = set()
    for stratum in program.strata:
        own = set(stratum.predicates)
        if {scan.predicate for scan in scans_read(stratum)} | own & program.given <= small | own - program.given:
            small |= own
            found |= own
    return frozenset(found)


def _parts(query: exp.Query) -> list[exp.Query]:
    """Queries that together give the rows of a union, each of at most ``_TOGETHER`` relations where that can be."""
    parts: list[exp.Query] = []
    while isinstance(query, exp.Union) and not query.args.get("distinct"):
        parts.append(query.expression)
        query = query.this
    made: list[exp.Query] = []
    room = 0
    for part in (query, *reversed(parts)):
        size = sum(1 for _ in part.find_all(exp.Table))
        if made and size <= room:
            made[-1] = exp.union(made[-1], part, distinct=False, copy=False)
            room -= size
        else:
            made.append(part)
            room = _TOGETHER - size
    return made


def _view(name: str) -> str:
    """A relation's name in Spark, which knows letters, digits and underscores in the names of views."""
    return re.sub(r"\W", "_", name)
