"""The checks in DuckDB's SQL as an analyst would write them by hand, over whole tables at once."""

from __future__ import annotations

from pathlib import Path

import duckdb
from population import claims_in

from rivals import ORPHAN, OVER_DAY, OVER_DAY_REVIEWABLE, OVER_LINE, PAIR, Taken, addon_rows

TABLES = """
CREATE TABLE ptp AS
    SELECT column1, column2, indicator, coalesce(effective_from, 0) AS first_day,
        coalesce(effective_to, 99991231) AS last_day
    FROM read_parquet('{editions}/ptp-practitioner/*.parquet') WHERE indicator IN ('never', 'with_modifier');
CREATE TABLE mue AS
    SELECT code, units AS most, adjudication FROM read_parquet('{editions}/mue-practitioner/*.parquet');
CREATE TABLE addon(code VARCHAR, type INTEGER, first_day INTEGER, last_day INTEGER);
CREATE TABLE addon_parent(code VARCHAR, parent VARCHAR, first_day INTEGER, last_day INTEGER);
CREATE TABLE ncci_modifier AS
    SELECT modifier, coalesce(effective_from, 0) AS first_day, coalesce(effective_to, 99991231) AS last_day
    FROM read_parquet('{editions}/modifiers/*.parquet') WHERE ncci;
"""

CLAIMS = """
CREATE TABLE claim_lines AS
    SELECT claim_id::INTEGER AS C, claim_line_number::INTEGER AS L, hcpcs_code AS code, rendering_npi AS provider,
        service_unit_quantity AS units, strftime(claim_line_start_date, '%Y%m%d')::INTEGER AS day,
        hcpcs_modifier_1 AS modifier_1, hcpcs_modifier_2 AS modifier_2
    FROM read_parquet('{claims}/*.parquet')
"""

LINES = """
CREATE OR REPLACE TABLE lines AS
    SELECT l.*, EXISTS (FROM ncci_modifier m WHERE m.modifier IN (l.modifier_1, l.modifier_2)
        AND l.day BETWEEN m.first_day AND m.last_day) AS parted
    FROM claim_lines l
"""

FINDINGS = f"""
CREATE OR REPLACE TABLE findings AS
    SELECT two.C, two.L, '{PAIR}' AS rule, one.L AS other
    FROM lines one
    JOIN lines two ON one.C = two.C AND one.day = two.day AND one.provider = two.provider AND one.L != two.L
    JOIN ptp p ON p.column1 = one.code AND p.column2 = two.code AND one.day BETWEEN p.first_day AND p.last_day
    WHERE p.indicator = 'never' OR NOT (one.parted OR two.parted)
    UNION ALL
    SELECT C, L, '{OVER_LINE}', L FROM lines JOIN mue USING (code) WHERE adjudication = 1 AND units > most
    UNION ALL
    SELECT C, L, CASE adjudication WHEN 2 THEN '{OVER_DAY}' ELSE '{OVER_DAY_REVIEWABLE}' END, L
    FROM (SELECT C, L, code, sum(units) OVER (PARTITION BY C, code, day, provider) AS units FROM lines)
    JOIN mue USING (code) WHERE adjudication IN (2, 3) AND units > most
"""

ORPHANS = f"""
INSERT INTO findings
WITH RECURSIVE needing AS (
    SELECT DISTINCT l.* FROM lines l JOIN addon a ON a.code = l.code AND l.day BETWEEN a.first_day AND a.last_day
    WHERE a.type IN (1, 3)
        OR EXISTS (FROM addon_parent p WHERE p.code = l.code AND l.day BETWEEN p.first_day AND p.last_day)
        OR NOT EXISTS (FROM lines o WHERE o.C = l.C AND o.day = l.day AND o.L != l.L)
), denied AS (
    SELECT DISTINCT C, L FROM findings
), parents AS (
    SELECT n.C, n.L, p.L AS parent
    FROM needing n JOIN addon_parent a ON a.code = n.code AND n.day BETWEEN a.first_day AND a.last_day
    JOIN lines p ON p.C = n.C AND p.day = n.day AND p.provider = n.provider AND p.L != n.L AND p.code = a.parent
), stands AS (
    SELECT p.C, p.L FROM parents p
    WHERE (p.C, p.parent) NOT IN (FROM denied) AND (p.C, p.parent) NOT IN (SELECT (C, L) FROM needing)
    UNION
    SELECT p.C, p.L FROM parents p JOIN stands s ON s.C = p.C AND s.L = p.parent
    WHERE (p.C, p.parent) NOT IN (FROM denied)
)
SELECT DISTINCT n.C, n.L, '{ORPHAN}', coalesce(p.parent, n.L)
FROM needing n LEFT JOIN parents p ON p.C = n.C AND p.L = n.L
WHERE NOT EXISTS (FROM denied d WHERE d.C = n.C AND d.L = n.L)
    AND NOT EXISTS (FROM stands s WHERE s.C = n.C AND s.L = n.L)
"""


def run(tables: Path, claims: Path, output: Path) -> Taken:
    """Judge all claims at once."""
    connection = duckdb.connect()
    connection.execute(TABLES.format(editions=tables / "editions"))
    for name, rows in zip(("addon", "addon_parent"), addon_rows(tables), strict=True):
        connection.executemany(f"INSERT INTO {name} VALUES (?, ?, ?, ?)", rows)
    taken = Taken()
    with taken.whole():
        connection.execute(CLAIMS.format(claims=claims))
        with taken.judging(claims_in(connection, claims)):
            for statement in (LINES, FINDINGS, ORPHANS):
                connection.execute(statement)
    connection.execute(f"COPY findings TO '{output}' (FORMAT parquet)")
    return taken
