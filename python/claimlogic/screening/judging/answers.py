"""What follows of a part, as tables for whoever reads the answers: texts in the place of numbers, in order."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from claimlogic.errors import InputError
from claimlogic.screening.compiling.bulk_program import BulkProgram
from claimlogic.screening.compiling.fusing import LINES
from claimlogic.screening.compiling.names import Names
from claimlogic.screening.compiling.sql import WITNESS
from claimlogic.screening.published.dictionary import ORIGINS, WORDS, Dictionary

if TYPE_CHECKING:
    import duckdb

FINDINGS, VERDICTS, DISPUTES, CARRIED = "judged_findings", "judged_verdicts", "judged_disputes", "judged_carried"
CLAIM_VERDICTS, ROWS = "judged_claims", "judged_rows"


@dataclass(frozen=True, slots=True)
class Judged:
    """The names of the tables and views that hold the answers on a part.

    - ``findings(C, L, rule, severity, other, waived, row)``: ``other`` is the other line, L again where there is none.
      ``row`` is the published row behind it, one of ``rows``; 0 where it rests on none.
    - ``verdicts(C, L, verdict)`` and ``claims(C, verdict)``.
    - ``disputes(C, L, dispute)``: where sources disagree and the answer rests on it.
    - ``carried_forward(C, day, published, judged_by, edition)``: tables whose newest edition is older than the day.
    - ``rows(row, predicate, fact, source, edition, note, file, line)``: ``fact`` as rule text; ``edition`` is that of a
      published table, or where in its source another fact stands.
    """

    findings: str = FINDINGS
    verdicts: str = VERDICTS
    claims: str = CLAIM_VERDICTS
    disputes: str = DISPUTES
    carried_forward: str = CARRIED
    rows: str = ROWS


def write_answers(
    connection: duckdb.DuckDBPyConnection,
    names: Names,
    program: BulkProgram,
    dictionary: Dictionary,
    prefix: str,
    rows: bool,
) -> Judged:
    """Make what ``Judged`` names, of what a program concluded; the names begin with ``prefix``.

    Without ``rows`` nothing is told of the rows behind findings; with them findings are a table, by which these are
    looked up. Raises InputError where the rules do not give each line one verdict.
    """
    if "verdict" in names.concluded:
        _check_verdicts(connection, names)
    made = Judged(**{field.name: f"{prefix}{getattr(Judged(), field.name)}" for field in fields(Judged)})

    def table(predicate: str, width: int) -> str:
        if predicate in names.concluded:
            return f'"{names.name(predicate)}"'
        columns = [f"0 AS a{i}" for i in range(width)]
        return f"(SELECT {', '.join(columns)}, 0::BIGINT AS {WITNESS} WHERE false)"

    def text(column: str) -> str:
        return f"(SELECT text FROM {WORDS} WHERE id = {column})"

    run = connection.execute
    told = f"a0, a1, a2, a3, {WITNESS}"
    found = f"SELECT {told}, false AS waived FROM {table('reported', 4)}"
    if not program.reports_all:
        reported = f"SELECT a0, a1, a2, a3 FROM {table('reported', 4)}"
        found += (
            f" UNION ALL SELECT {told}, true FROM {table('finding', 4)} ANTI JOIN ({reported}) USING (a0, a1, a2, a3)"
        )
    kind = "TABLE" if rows else "VIEW"
    run(
        f"CREATE OR REPLACE {kind} {made.findings} AS SELECT f.a1 AS C, f.a2 AS L, rule, severity, f.a3 AS other,"
        f" waived, {WITNESS} AS row FROM ({found}) f JOIN (SELECT a0, {text('a0')} AS rule, {text('a1')} AS severity"
        f' FROM "{dictionary.names["rule"]}") r ON f.a0 = r.a0'
    )
    run(
        f"CREATE OR REPLACE VIEW {made.verdicts} AS SELECT a0 AS C, a1 AS L, text AS verdict"
        f" FROM {table('verdict', 3)} JOIN {WORDS} ON id = a2 ORDER BY C, L"
    )
    run(
        f"CREATE OR REPLACE VIEW {made.claims} AS SELECT a0 AS C, text AS verdict"
        f" FROM {table('claim_verdict', 2)} JOIN {WORDS} ON id = a1 ORDER BY C"
    )
    run(
        f"CREATE OR REPLACE VIEW {made.disputes} AS SELECT a1 AS C, a2 AS L, text AS dispute"
        f" FROM {table('disputed', 3)} JOIN {WORDS} ON id = a0 ORDER BY ALL"
    )
    run(
        f"CREATE OR REPLACE VIEW {made.carried_forward} AS SELECT a0 AS C, a1 AS day, p.text AS published,"
        f" t.text AS judged_by, e.text AS edition FROM {table('carried_forward', 5)} JOIN {WORDS} p ON p.id = a2"
        f" JOIN {WORDS} t ON t.id = a3 JOIN {WORDS} e ON e.id = a4 ORDER BY ALL"
    )
    if rows:
        _write_rows(connection, made, dictionary)
    return made


def _check_verdicts(connection: duckdb.DuckDBPyConnection, names: Names) -> None:
    counted = connection.execute(
        f'SELECT (SELECT count(*) FROM "{names.name(LINES)}"), (SELECT count(*) FROM "{names.name("verdict")}")'
    ).fetchone()
    lines, verdicts = counted or (0, 0)
    if lines != verdicts:
        raise InputError(
            f"lines: {lines:,}, verdicts: {verdicts:,}; the rules must give each line one."
            " `claimlogic kb verify one_verdict` looks for a claim where they do not",
            "verdict.lp",
        )


def _write_rows(connection: duckdb.DuckDBPyConnection, made: Judged, dictionary: Dictionary) -> None:
    """Make the table of the rows behind the findings, each once."""
    run = connection.execute
    run(
        f"CREATE OR REPLACE TEMP TABLE judged_row_numbers AS SELECT row, predicate, source, place, note, file FROM"
        f" (SELECT DISTINCT row FROM {made.findings} WHERE row <> 0) JOIN {ORIGINS} ON id = row >> 32"
    )
    held = [
        predicate for (predicate,) in run("SELECT DISTINCT predicate FROM judged_row_numbers ORDER BY 1").fetchall()
    ]
    facts = [
        f"SELECT n.*, {dictionary.fact_sql(predicate)} AS fact FROM judged_row_numbers n"
        f" JOIN \"{dictionary.names[predicate]}\" r ON r.{WITNESS} = n.row WHERE n.predicate = '{predicate}'"
        for predicate in held
    ] or ["SELECT *, '' AS fact FROM judged_row_numbers"]
    run(
        f"CREATE OR REPLACE TABLE {made.rows} AS SELECT row, predicate, min(fact) AS fact, source, place AS edition,"
        f" note, file, (row & 4294967295)::INTEGER AS line FROM ({' UNION ALL '.join(facts)}) GROUP BY ALL ORDER BY row"
    )
