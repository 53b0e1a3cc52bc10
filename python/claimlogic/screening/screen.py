"""Claims in, findings out: the files are read, divided, judged part by part, counted, and the counts checked."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from claimlogic.disk import put
from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.screening import findings
from claimlogic.screening.judging.database import connect
from claimlogic.screening.judging.engines import start_engine
from claimlogic.screening.reading import quarantine
from claimlogic.screening.reading.assembling import Assembled, assemble
from claimlogic.screening.reading.columns import BY_CLAIM, NAMINGS
from claimlogic.screening.reading.limits import limits_of
from claimlogic.screening.reading.sources import Source, find_sources
from claimlogic.screening.reading.staging import Staged, damaged_file, stage
from claimlogic.screening.run import FORMAT, Run, open_run
from claimlogic.screening.summary import Summary, claims_by_verdict, sum_up
from claimlogic.sql_text import quoted

if TYPE_CHECKING:
    import duckdb

PART_SIZE = 500_000
_SHARE_OF_MEMORY = 0.6


@dataclass(frozen=True, slots=True)
class Plan:
    """What to screen and how. ``memory`` is as DuckDB writes it ("8GB"), by default a share of the machine's.

    ``part_size`` is about how many claims are judged at a time; ``master`` is where Spark runs.
    """

    claims: str
    output: Path
    engine: str = "duckdb"
    tables: Path | None = None
    part_size: int = PART_SIZE
    memory: str | None = None
    threads: int | None = None
    master: str | None = None


class Progress(Protocol):
    """Is told how far a run is."""

    def tell(self, step: str) -> None:
        """A step has begun."""

    def advance(self, done: int, claims: int) -> None:
        """So many claims are done, of so many."""


def screen(kb: KnowledgeBase, plan: Plan, options: Options, progress: Progress) -> Summary:
    """Judge all claims and write what is found into the folder of the run; one that was killed goes on.

    Raises InputError for input that cannot be read, and where a claim is not accounted for at the end.
    """
    import duckdb

    with connect() as connection:
        _set_up(connection, plan)
        progress.tell("looking at the files")
        sources = find_sources(plan.claims, connection)
        with open_run(plan.output, _asked(kb, plan, options, sources)) as run:
            if run.finished:
                return Summary(**run.summary())
            spill = run.work / "spill"
            shutil.rmtree(spill, ignore_errors=True)  # A run that was killed leaves it behind.
            connection.execute(f"SET temp_directory = {quoted(spill)}")
            try:
                return _screen(kb, plan, options, progress, connection, sources, run)
            except duckdb.OutOfMemoryException:
                raise InputError(
                    "the memory does not suffice; give more with --memory, or smaller parts with --part-size in a new "
                    "folder",
                    str(plan.output),
                ) from None
            except duckdb.Error as fault:
                if damage := damaged_file([s for s in sources if s.kind == "parquet"], connection):
                    raise damage from None
                if isinstance(fault, duckdb.IOException):
                    problem = "a file of the run cannot be read or written; is the disk full?"
                    raise InputError(problem, str(plan.output)) from None
                raise


def _screen(
    kb: KnowledgeBase,
    plan: Plan,
    options: Options,
    progress: Progress,
    connection: duckdb.DuckDBPyConnection,
    sources: Sequence[Source],
    run: Run,
) -> Summary:
    engine = start_engine(plan.engine, kb, connection, options, plan.master)
    staged = stage(connection, sources, run.work / "staged", plan.part_size, progress.tell)
    findings.prepare(connection, kb.cards.values(), [source.path.name for source in sources])
    vocabulary = kb.knowledge.vocabulary
    words = vocabulary.words()
    fields = frozenset(field for source in staged.sources for field in source.columns.taken)
    done = 0
    totals: dict[str, int] = {}
    for part in range(staged.parts):
        if not run.is_done(part):
            progress.tell(f"judging part {part + 1} of {staged.parts}")
            assembled = assemble(connection, staged.rows_sql(part, words), fields, vocabulary, staged.broken)
            if part == 0:  # Rows that are no CSV belong to no part; the first tells them.
                _tell_broken(connection, staged)
            made = run.begin_part(part)
            findings.write_answers(connection, assembled.part, engine.judge(assembled.part), made)
            (made / "counts.json").write_text(json.dumps(_counts(assembled)), encoding="utf-8")
            run.end_part(part, made)
        counted = json.loads((run.counts(part) / "counts.json").read_text(encoding="utf-8"))
        totals = {name: totals.get(name, 0) + count for name, count in counted.items()}
        done += counted["claims"]
        progress.advance(done, staged.claims)
    progress.tell("adding up")
    return _finish(kb, plan, options, connection, staged, totals, run)


def _finish(
    kb: KnowledgeBase,
    plan: Plan,
    options: Options,
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    totals: Mapping[str, int],
    run: Run,
) -> Summary:
    counts = run.work / "counts"
    found = sum_up(connection, counts)
    _copy(connection, f"read_parquet({quoted(counts / '*' / 'quarantine.parquet')})", "quarantine.parquet", run)
    _copy(connection, "total_by_rule", "summary_by_rule.parquet", run)
    _copy(connection, "total_by_pair", "summary_by_pair.parquet", run)
    claims = claims_by_verdict(connection, str(run.folder / "claims" / "*.parquet"))
    _account(connection, staged, totals, claims, run)
    summary = Summary(
        run={
            "engine": plan.engine,
            "knowledge_base": kb.version,
            "trust": options.trust,
            "strict_dates": options.strict_dates,
            "parts": staged.parts,
        },
        input={
            "files": len(staged.sources),
            "columns": _columns(staged.sources),
            "rows": staged.rows + len(staged.broken),
            "claims": totals["claims"],
            "claims_judged": totals["claims_judged"],
            "claims_quarantined": totals["claims_quarantined"],
            "lines": totals["rows_judged"],
            "rows_quarantined": totals["rows_quarantined"] + len(staged.broken),
        },
        claims=claims,
        lines={each["verdict"]: each["lines"] for each in found["by_verdict"] if each["lines"]},
        rules=found["by_rule"],
        pairs=found["by_pair"],
        months=found["by_month"],
        carried_forward=found["by_edition"],
        disputes=found["by_dispute"],
        quarantine=[{**each, "meaning": _reason(each["reason"])} for each in found["by_reason"]],
        limits=[asdict(limit) for limit in limits_of(staged.sources, totals["no_units"])],
        notes=list(staged.notes),
    )
    run.close(json.dumps(asdict(summary), indent=1, sort_keys=True) + "\n")
    return summary


def _account(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    totals: Mapping[str, int],
    claims: Mapping[str, int],
    run: Run,
) -> None:
    """Raises InputError unless every claim and every row that was read stands in what was written."""

    def count(what: str, files: Path) -> int:
        found = connection.execute(f"SELECT {what} FROM read_parquet({quoted(files)})").fetchone()
        return int(found[0]) if found else 0

    apart = run.folder / "quarantine.parquet"
    named = "count(DISTINCT (claim_id, data_source)) FILTER (claim_id IS NOT NULL)"
    told = {
        "claims": (staged.claims, sum(claims.values()) + count(named, apart)),
        "lines": (totals["rows_judged"], count("count(*)", run.folder / "lines" / "*.parquet")),
        "rows": (totals["rows"] + len(staged.broken), totals["rows_judged"] + count("count(*)", apart)),
    }
    if not any(source.columns.naming == BY_CLAIM for source in staged.sources):
        told["rows of the files"] = (staged.rows, totals["rows"])
    for what, (read, written) in told.items():
        if read != written:
            problem = f"{read} {what} were read and {written} are accounted for: do not rely on this run"
            raise InputError(f"{problem}; were the files changed while they were read?", str(run.folder))


def _tell_broken(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    for file, line, _ in staged.broken:
        connection.execute("INSERT INTO set_apart VALUES (NULL, '', ?, ?, 'broken_row')", [file, line - 1])


def _copy(connection: duckdb.DuckDBPyConnection, relation: str, name: str, run: Run) -> None:
    made = run.work / f"{name}.new"
    connection.execute(f"COPY (FROM {relation}) TO {quoted(made)} (FORMAT parquet, COMPRESSION zstd)")
    put(made, run.folder / name)


def _counts(assembled: Assembled) -> dict[str, int]:
    names = ("claims", "claims_judged", "claims_quarantined", "rows", "rows_judged", "rows_quarantined", "no_units")
    return {name: getattr(assembled, name) for name in names}


def _columns(sources: Sequence[Source]) -> list[dict[str, Any]]:
    """Once for each way in which files are written: naming, columns that are taken, fields that are missing."""
    found: list[dict[str, Any]] = []
    for source in sources:
        columns = source.columns
        told = {
            "naming": NAMINGS[columns.naming],
            "taken": {field: list(names) for field, names in columns.taken.items()},
            "missing": list(columns.missing),
        }
        if told not in found:
            found.append(told)
    return found


def _reason(name: str) -> str:
    return quarantine.REASONS.get(name, quarantine.ANOTHER_ROW_WORDS)


def _set_up(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    import duckdb

    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    memory = plan.memory or f"{int(machine * _SHARE_OF_MEMORY) >> 20}MiB"
    connection.execute("SET autoinstall_known_extensions = false; SET enable_progress_bar = false")
    try:
        connection.execute(f"SET memory_limit = {quoted(memory)}")
    except duckdb.Error:
        raise InputError("give an amount of memory such as 8GB", "--memory") from None
    connection.execute(f"SET threads = {plan.threads or os.cpu_count() or 1}")


def _asked(kb: KnowledgeBase, plan: Plan, options: Options, sources: Sequence[Source]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": version("claimlogic"),
        "inputs": [
            {"file": str(source.path), "bytes": stat.st_size, "modified": stat.st_mtime_ns}
            for source, stat in ((source, source.path.stat()) for source in sources)
        ],
        "knowledge_base": kb.version,
        "tables": _tables_version(plan.tables),
        "facts": hashlib.sha256("\n".join(map(str, kb.added_facts)).encode()).hexdigest() if kb.added_facts else None,
        "options": {
            "engine": plan.engine,
            "trust": options.trust,
            "strict_dates": options.strict_dates,
            "part_size": plan.part_size,
        },
    }


def _tables_version(store: Path | None) -> str | None:
    if store is None:
        return None
    from claimlogic.tables.manifest import read_manifest

    return hashlib.sha256(read_manifest(store).text().encode()).hexdigest()
