"""The counts of all parts together: what was judged, what was found by rule and by pair of codes, what went apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from claimlogic.sql_text import quoted

if TYPE_CHECKING:
    import duckdb

SHOWN_PAIRS = 50


@dataclass(frozen=True, slots=True)
class Summary:
    """A finished run in figures, ready to be written as JSON: plain values only.

    ``claims`` and ``lines`` count by verdict; ``rules`` and ``pairs`` are ordered by how many findings there are.
    """

    run: Mapping[str, Any]
    input: Mapping[str, Any]
    claims: Mapping[str, int]
    lines: Mapping[str, int]
    rules: Sequence[Mapping[str, Any]]
    pairs: Sequence[Mapping[str, Any]]
    months: Sequence[Mapping[str, Any]]
    carried_forward: Sequence[Mapping[str, Any]]
    disputes: Sequence[Mapping[str, Any]]
    quarantine: Sequence[Mapping[str, Any]]
    limits: Sequence[Mapping[str, str]]
    notes: Sequence[str]


def sum_up(connection: duckdb.DuckDBPyConnection, counts: Path) -> dict[str, list[dict[str, Any]]]:
    """The counts of all parts added up, from the folders below ``counts``, by name of the file."""
    queries = {
        "by_rule": "SELECT c.rule, c.severity, c.title, c.group_code, c.carc, c.rarc, "
        "coalesce(sum(findings) FILTER (NOT waived), 0)::BIGINT AS findings, "
        "coalesce(sum(lines) FILTER (NOT waived), 0)::BIGINT AS lines, "
        "coalesce(sum(claims) FILTER (NOT waived), 0)::BIGINT AS claims, "
        "coalesce(sum(findings) FILTER (waived), 0)::BIGINT AS waived "
        "FROM {} n JOIN cards c ON n.rule = c.rule GROUP BY ALL ORDER BY findings DESC, rule",
        "by_pair": "SELECT rule, severity, code, other_code, sum(findings)::BIGINT AS findings FROM {} GROUP BY ALL "
        "ORDER BY findings DESC, rule, code, other_code NULLS FIRST",
        "by_verdict": "SELECT verdict, sum(lines) AS lines FROM {} GROUP BY ALL ORDER BY verdict",
        "by_month": "SELECT month, verdict, sum(lines) AS lines FROM {} GROUP BY ALL ORDER BY month, verdict",
        "by_edition": "SELECT published, judged_by, edition, sum(claims) AS claims FROM {} GROUP BY ALL ORDER BY ALL",
        "by_dispute": "SELECT dispute, sum(lines) AS lines, sum(claims) AS claims FROM {} GROUP BY ALL ORDER BY ALL",
        "by_reason": "SELECT reason, sum(rows) AS rows, sum(claims) AS claims FROM {} GROUP BY ALL ORDER BY ALL",
    }
    found = {}
    for name, query in queries.items():
        read = f"read_parquet({quoted(counts / '*' / f'{name}.parquet')})"
        connection.execute(f"CREATE OR REPLACE TABLE total_{name} AS {query.format(read)}")
        limit = f" WHERE other_code IS NOT NULL LIMIT {SHOWN_PAIRS}" if name == "by_pair" else ""
        found[name] = _rows(connection, f"SELECT * FROM total_{name}{limit}")
    return found


def claims_by_verdict(connection: duckdb.DuckDBPyConnection, files: str) -> dict[str, int]:
    """How many claims have each verdict, read back from what was written."""
    rows = connection.execute(
        f"SELECT verdict, count(*) FROM read_parquet({quoted(files)}) GROUP BY 1 ORDER BY 1"
    ).fetchall()
    return {str(verdict): int(count) for verdict, count in rows}


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description or ()]
    return [{n: _plain(v) for n, v in zip(names, row, strict=True)} for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    # Sums of counts are HUGEINT or, where a filter leaves nothing, NULL.
    return value if value is None or isinstance(value, str | bool) else int(value)
