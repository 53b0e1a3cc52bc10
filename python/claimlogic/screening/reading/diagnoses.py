"""The diagnoses of a part: codes with their point, of claims and of lines, by the forms that every reader checks.

What a line points to is a diagnosis of its claim. A code is looked at once, however many claims have it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from claimlogic.claims import shapes
from claimlogic.screening.reading.quarantine import bit

if TYPE_CHECKING:
    import duckdb

_ICD9 = ("9", "09", "icd9", "icd-9", "icd-9-cm")
_ICD10 = ("0", "10", "icd10", "icd-10", "icd-10-cm")
_BETWEEN = re.compile(r"[\s,;:|]+")
_LETTERS = "ABCDEFGHIJKL"  # A CMS-1500 points with letters.


def read_diagnoses(connection: duckdb.DuckDBPyConnection, rows: str, fields: Collection[str]) -> None:
    """Fill ``claim_dx`` and ``line_dx`` from the rows of a part, and note claims with a diagnosis that is none."""
    connection.execute(
        """
        CREATE OR REPLACE TABLE claim_dx AS
        SELECT claim_id, data_source, lower(diagnosis_version) AS version, unnest(string_split(diagnoses, '|')) AS raw
        FROM claims_read WHERE diagnoses IS NOT NULL AND NOT more_diagnoses AND faults = 0;
        CREATE OR REPLACE TABLE line_dx(
            claim_id VARCHAR, data_source VARCHAR, L INTEGER, version VARCHAR, raw VARCHAR)
        """
    )
    if _any(connection, "claims_read WHERE more_diagnoses AND faults = 0"):
        connection.execute(
            f"""
            INSERT INTO claim_dx SELECT DISTINCT r.claim_id, r.data_source, lower(r.diagnosis_version),
                unnest(string_split(r.diagnoses, '|'))
            FROM ({rows}) r JOIN claims_read c USING (claim_id, data_source) WHERE c.more_diagnoses AND c.faults = 0
            """
        )
    connection.execute("DELETE FROM claim_dx WHERE raw = ''")
    if "line_diagnosis" in fields:
        connection.execute(
            "INSERT INTO line_dx SELECT claim_id, data_source, L, lower(diagnosis_version), line_diagnosis "
            f"FROM ({rows}) WHERE line_diagnosis IS NOT NULL AND code IS NOT NULL"
        )
    if "diagnosis_pointer" in fields:
        _read_pointers(connection, rows)
    _point(connection)
    for table in ("claim_dx", "line_dx"):
        connection.execute(
            f"UPDATE claims_read AS c SET faults = c.faults | {bit('bad_diagnosis')} FROM "
            f"(SELECT DISTINCT claim_id, data_source FROM {table} d JOIN dx_codes x ON d.raw = x.raw "
            "AND d.version IS NOT DISTINCT FROM x.version WHERE x.pointed IS NULL) AS bad "
            "WHERE c.claim_id = bad.claim_id AND c.data_source = bad.data_source"
        )


def relate_diagnoses(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the part's relations of diagnoses for the claims that are judged."""
    source = (
        "FROM {0} d JOIN claims_good c USING (claim_id, data_source) "
        "JOIN dx_codes x ON d.raw = x.raw AND d.version IS NOT DISTINCT FROM x.version"
    )
    connection.execute(
        f"INSERT INTO part_diagnosis SELECT C, pointed {source.format('claim_dx')} "
        f"UNION SELECT C, pointed {source.format('line_dx')};"
        f"INSERT INTO part_line_diagnosis SELECT DISTINCT C, L, pointed {source.format('line_dx')}"
    )


def pointed_to(text: str) -> list[int] | None:
    """The places that a pointer names ("1,3", "AC"), None where it names none."""
    found: list[int] = []
    for item in filter(None, _BETWEEN.split(text.upper())):
        if item.isdecimal() and item.isascii() and len(item) <= 2:
            found.append(int(item))
        elif all(letter in _LETTERS for letter in item):
            found.extend(_LETTERS.index(letter) + 1 for letter in item)
        else:
            return None
    return found or None


def _read_pointers(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    texts = connection.execute(
        f"SELECT DISTINCT diagnosis_pointer FROM ({rows}) WHERE diagnosis_pointer IS NOT NULL AND code IS NOT NULL"
    ).fetchall()
    places = [pointed_to(row[0]) for row in texts]
    connection.execute(
        "CREATE OR REPLACE TABLE pointers AS SELECT unnest(?::VARCHAR[]) AS text, unnest(?::INTEGER[][]) AS places",
        [[row[0] for row in texts], [each or [0] for each in places]],
    )
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE pointed AS
        SELECT claim_id, data_source, L, version,
            CASE WHEN place >= 1 THEN nullif(list_extract(listed, place), '') END AS raw
        FROM (SELECT claim_id, data_source, L, lower(diagnosis_version) AS version,
                string_split(diagnoses, '|') AS listed, unnest(places) AS place
              FROM ({rows}) r JOIN pointers p ON r.diagnosis_pointer = p.text WHERE code IS NOT NULL);
        UPDATE claims_read AS c SET faults = c.faults | {bit("bad_pointer")}
        FROM (SELECT DISTINCT claim_id, data_source FROM pointed WHERE raw IS NULL) AS bad
        WHERE c.claim_id = bad.claim_id AND c.data_source = bad.data_source;
        INSERT INTO line_dx SELECT * FROM pointed WHERE raw IS NOT NULL
        """
    )


def _point(connection: duckdb.DuckDBPyConnection) -> None:
    """Each code once, with its point; NULL where it is no diagnosis of its code set."""
    found = connection.execute("SELECT raw, version FROM claim_dx UNION SELECT raw, version FROM line_dx").fetchall()
    columns = [[row[0] for row in found], [row[1] for row in found], [_with_point(row[0], row[1]) for row in found]]
    connection.execute(
        "CREATE OR REPLACE TABLE dx_codes AS SELECT unnest(?::VARCHAR[]) AS raw, unnest(?::VARCHAR[]) AS version, "
        "unnest(?::VARCHAR[]) AS pointed",
        columns,
    )


def _with_point(raw: str, version: str | None) -> str | None:
    code = raw.strip()
    if version in _ICD9:
        return shapes.icd9(code)
    found = shapes.icd10(code)
    # Only where no version is given may a code be of either set.
    return found if found or version in _ICD10 else shapes.icd9(code)


def _any(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchone() is not None
