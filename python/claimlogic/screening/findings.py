"""The answers on a part as Parquet: findings, verdicts by line and by claim, and what the summary is made of.

Every file is ordered, so that the same claims give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.sql_text import named, quoted

if TYPE_CHECKING:
    import duckdb

    from claimlogic.screening.judging.answers import Judged
    from claimlogic.screening.part import Part
    from claimlogic.solving.judge import RuleCard

# Files of a part. The first four are answers; the others are added up in the summary.
ANSWERS = ("findings", "lines", "claims", "quarantine")
COUNTS = ("by_rule", "by_pair", "by_verdict", "by_month", "by_edition", "by_dispute", "by_reason")

# What is told of the published row that a finding rests on, by its column in ``Judged.rows``.
_ROW_WORDS = {"published": "predicate", "row": "fact", "edition": "edition", "source": "source"}

UNCODED = "uncoded"
_UNKNOWN = "unknown"  # A claim without a coded line has nothing that could be judged.


def prepare(connection: duckdb.DuckDBPyConnection, cards: Iterable[RuleCard], files: Iterable[str]) -> None:
    """Make the tables that the answers on every part are joined with: what rules say of themselves, names of files."""
    told = sorted(cards, key=lambda card: card.rule)
    denials = [card.denial for card in told if card.denial]
    # Words that repeat are held as small numbers in the order of the words, and are sorted and written as such.
    kinds = {
        "rule_id": [card.rule for card in told],
        "severity": [card.severity for card in told],
        "group_code": [denial.group for denial in denials],
        "carc": [denial.carc for denial in denials],
        "rarc": [" ".join(denial.rarc) for denial in denials if denial.rarc],
    }
    for kind, words in kinds.items():
        listed = ", ".join(quoted(word) for word in sorted(set(words)) or [""])
        connection.execute(f"DROP TYPE IF EXISTS {kind}_word CASCADE; CREATE TYPE {kind}_word AS ENUM ({listed})")
    connection.execute(
        "CREATE OR REPLACE TABLE cards(rule VARCHAR, id rule_id_word, severity severity_word, title VARCHAR, "
        "group_code group_code_word, carc carc_word, rarc rarc_word);"
        "CREATE OR REPLACE TABLE input_files(file INTEGER, name VARCHAR)"
    )
    for card in told:
        denial = (
            (card.denial.group, card.denial.carc, " ".join(card.denial.rarc) or None) if card.denial else (None,) * 3
        )
        values = [card.rule, card.rule, card.severity, card.title, *denial]
        connection.execute("INSERT INTO cards VALUES (?, ?, ?, ?, ?, ?, ?)", values)
    for number, name in enumerate(files):
        connection.execute("INSERT INTO input_files VALUES (?, ?)", [number, name])


def write_answers(connection: duckdb.DuckDBPyConnection, part: Part, judged: Judged, folder: Path) -> None:
    """Write a file for each of ``ANSWERS`` and ``COUNTS`` into ``folder``, which is there."""
    _make_findings(connection, part, judged)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE month_verdicts AS SELECT service_date // 100 AS month, verdict, count(*) AS lines"
        f" FROM {judged.verdicts} JOIN {named(part.lines)} USING (C, L) GROUP BY ALL"
    )
    queries = {
        "findings": "SELECT * EXCLUDE (C) FROM answers",  # a table that was made in its order
        "lines": _LINES.format(lines=part.lines, verdicts=judged.verdicts),
        "claims": _CLAIMS.format(verdicts=judged.verdicts, claims=judged.claims),
        "quarantine": "SELECT claim_id, data_source, f.name AS file, row, reasons FROM set_apart JOIN input_files f "
        "USING (file) ORDER BY file, row, claim_id",
        "by_rule": "SELECT rule, waived, sum(findings)::BIGINT AS findings, sum(lines)::BIGINT AS lines, "
        "count(*) AS claims FROM (SELECT rule, waived, C, sum(findings) AS findings, count(*) AS lines FROM "
        "(SELECT rule, waived, C, line, count(*) AS findings FROM answers GROUP BY ALL) GROUP BY rule, waived, C) "
        "GROUP BY rule, waived ORDER BY rule, waived",
        "by_pair": "SELECT rule, severity, code, other_code, count(*) AS findings FROM answers WHERE NOT waived "
        "GROUP BY ALL ORDER BY ALL",
        "by_verdict": "SELECT verdict, sum(lines)::BIGINT AS lines FROM month_verdicts GROUP BY ALL "
        f"UNION ALL SELECT '{UNCODED}', count(*) FROM uncoded ORDER BY ALL",
        "by_month": "FROM month_verdicts ORDER BY ALL",
        "by_edition": "SELECT published, judged_by, edition, count(DISTINCT C) AS claims "
        f"FROM {judged.carried_forward} GROUP BY ALL ORDER BY ALL",
        "by_dispute": "SELECT dispute, count(*) AS lines, count(DISTINCT C) AS claims "
        f"FROM {judged.disputes} GROUP BY ALL ORDER BY ALL",
        "by_reason": "SELECT reason, count(*) AS rows, "
        "count(DISTINCT (claim_id, data_source)) FILTER (claim_id IS NOT NULL) AS claims FROM "
        "(SELECT *, unnest(string_split(reasons, ' ')) AS reason FROM set_apart) GROUP BY ALL ORDER BY ALL",
    }
    for name, query in queries.items():
        connection.execute(f"COPY ({query}) TO {quoted(folder / f'{name}.parquet')} (FORMAT parquet, COMPRESSION zstd)")


def _make_findings(connection: duckdb.DuckDBPyConnection, part: Part, judged: Judged) -> None:
    connection.execute("DROP TABLE IF EXISTS answers; DROP TABLE IF EXISTS row_words")
    columns = []
    for name, column in _ROW_WORDS.items():
        words = f"SELECT {column} AS word FROM {named(judged.rows)} WHERE {column} IS NOT NULL UNION SELECT ''"
        connection.execute(f"DROP TYPE IF EXISTS {name}_word; CREATE TYPE {name}_word AS ENUM ({words} ORDER BY word)")
        columns.append(f"{column}::{name}_word AS {named(name)}")
    connection.execute(
        f"CREATE TABLE row_words AS SELECT row AS number, {', '.join(columns)} FROM {named(judged.rows)}"
    )
    lines = named(part.lines)
    connection.execute(
        f"""
        CREATE TABLE answers AS
        SELECT f.C, c.claim_id, c.data_source, f.L AS line, l.line AS code, d.id AS rule, d.severity,
            CASE WHEN f.other <> f.L THEN f.other END AS other_line, o.line AS other_code, f.waived,
            w.published, w.row, w.edition, w.source, d.group_code, d.carc, d.rarc
        FROM {named(judged.findings)} f
        JOIN cards d ON f.rule = d.rule
        JOIN claims_good c USING (C)
        JOIN {lines} l ON f.C = l.C AND f.L = l.L
        LEFT JOIN {lines} o ON f.C = o.C AND f.other = o.L AND f.other <> f.L
        LEFT JOIN row_words w ON f.row = w.number
        ORDER BY f.C, f.L, d.id, f.other
        """
    )


_LINES = f"""
    SELECT claim_id, data_source, L AS line, code, verdict FROM (
        SELECT C, L, l.line AS code, verdict FROM "{{lines}}" l JOIN {{verdicts}} v USING (C, L)
        UNION ALL SELECT C, L, NULL, '{UNCODED}' FROM uncoded)
    JOIN claims_good USING (C) ORDER BY C, L
"""
_CLAIMS = f"""
    SELECT claim_id, data_source, coalesce(v.verdict, '{_UNKNOWN}') AS verdict, coded AS lines,
        rows - coded AS uncoded_lines
    FROM claims_good c LEFT JOIN {{claims}} v USING (C) ORDER BY C
"""
