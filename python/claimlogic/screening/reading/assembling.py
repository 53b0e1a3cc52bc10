"""The rows of a part to the relations that are judged: whole claims; one with a row that cannot be read goes apart.

Two reads of the rows and no copy of them: the first finds the claims and what speaks against them, the second writes
the lines. A row is looked at a third time only where a claim is set apart or a line has no code.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from claimlogic.claims import shapes
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.part import CLAIMS, LINES, Part, create_part, part_layout
from claimlogic.screening.reading.diagnoses import read_diagnoses, relate_diagnoses
from claimlogic.screening.reading.quarantine import bit, names_sql

if TYPE_CHECKING:
    import duckdb

# What a claim says once, whatever line it is written on.
_ONCE = ("form", "billed_by", "setting", "opps", "bill_type", "payer")
_CLAIM_COLUMNS = {
    "form": "form",
    "says_biller": "billed_by",
    "says_setting": "setting",
    "place_of_service": "place",
    "bill_type": "bill_type",
    "says_opps": "opps",
    "payer": "payer_word",
    "patient_age": "age",
}
_LINE_COLUMNS = {
    "line": "code",
    "units": "units",
    "service_date": "date",
    "span_days": "span_days",
    "provider": "provider",
    "group": '"group"',
    "specialty": "specialty",
    "session": "session",
    "anatomic_site": "site",
    "revenue_code": "revenue_code",
    "line_place": "CASE WHEN r.place <> c.place OR c.place IS NULL THEN r.place END",
}
# Reasons that no row shows by itself: said of each row of the claim.
_OF_CLAIM = ("claim_disagrees", "line_number_twice", "broken_row", "bad_text", "bad_diagnosis", "bad_pointer")
_ITEMS = ("documented", "undocumented")
_LDS_ID = "^(.+)-[0-9]{4}-[0-9]{2}$"  # A CLAIM_NO of a LDS file, with what makes it a claim's own.
_MANY_LINES = 63  # Line numbers up to here are told apart by the bits of a number.


@dataclass(frozen=True, slots=True)
class Assembled:
    """A part ready to be judged, and what became of its claims, rows and lines.

    ``no_units`` counts the lines that give no units and are taken as one. Tables beside the part's own:
    ``claims_good(C, claim_id, data_source, rows, coded)``, ``uncoded(C, L)`` and
    ``set_apart(claim_id, data_source, file, row, reasons)``.
    """

    part: Part
    claims: int
    claims_judged: int
    claims_quarantined: int
    rows: int
    rows_judged: int
    rows_quarantined: int
    no_units: int


def assemble(
    connection: duckdb.DuckDBPyConnection,
    rows: str,
    fields: Collection[str],
    vocabulary: Vocabulary,
    broken: Sequence[tuple[int, int, tuple[int, ...]]],
) -> Assembled:
    """Make the relations of a part out of its rows (a SELECT with the columns of ``reading.ROW``).

    ``fields`` are those that some file has; ``broken`` the rows that are no CSV (file, line, hashed contents).
    """
    _read_claims(connection, rows, fields)
    _find_faults(connection, rows, broken)
    read_diagnoses(connection, rows, fields)
    part = create_part(connection, vocabulary)
    _write_claims(connection, vocabulary)
    _write_lines(connection, rows, fields, vocabulary)
    relate_diagnoses(connection)
    _set_apart(connection, rows, broken)
    counted = connection.execute(
        """
        SELECT count(claim_id), count(*) FILTER (faults = 0), coalesce(sum(rows), 0),
            coalesce(sum(rows) FILTER (faults = 0), 0), coalesce(sum(no_units) FILTER (faults = 0), 0)
        FROM claims_read
        """
    ).fetchone()
    assert counted is not None
    claims, judged, every_row, rows_judged, no_units = map(int, counted)
    return Assembled(part, claims, judged, claims - judged, every_row, rows_judged, every_row - rows_judged, no_units)


def _read_claims(connection: duckdb.DuckDBPyConnection, rows: str, fields: Collection[str]) -> None:
    # What no file has is not looked for; form and payer may follow from what else there is.
    told = {*fields, "form", "payer"}
    once = [f"{f'min({field})' if field in told else 'NULL::VARCHAR'} AS {field}" for field in _ONCE]
    differ = [f"coalesce(min({field}) <> max({field}), false)" for field in (*_ONCE, "age") if field in fields]
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE claims_read AS
        SELECT claim_id, data_source, count(*) AS rows, count(code) AS coded, bit_or(faults) AS faults,
            {", ".join(once)}, arg_min(place, L) AS place, min(age) FILTER (code IS NOT NULL) AS age,
            min(diagnoses) AS diagnoses, coalesce(min(diagnoses) <> max(diagnoses), false) AS more_diagnoses,
            min(diagnosis_version) AS diagnosis_version, count(*) FILTER (no_units) AS no_units,
            bit_count(bit_or(1::UBIGINT << least(L, {_MANY_LINES})::UBIGINT)) AS numbers, max(L) AS highest,
            ({" OR ".join(differ or ["false"])}) AS disagrees
        FROM ({rows}) GROUP BY claim_id, data_source
        """
    )


def _find_faults(
    connection: duckdb.DuckDBPyConnection, rows: str, broken: Sequence[tuple[int, int, tuple[int, ...]]]
) -> None:
    """Add to the reasons against a claim those that no single row shows."""
    connection.execute(
        f"UPDATE claims_read SET faults = faults | {bit('claim_disagrees')} WHERE disagrees;"
        f"UPDATE claims_read SET faults = faults | {bit('bad_text')} WHERE length(claim_id) > {shapes.MAX_TEXT} "
        r"OR regexp_matches(claim_id, '[\x00-\x1f\x7f]');"
        f"UPDATE claims_read SET faults = faults | {bit('line_number_twice')} "
        f"WHERE highest < {_MANY_LINES} AND numbers < rows AND claim_id IS NOT NULL"
    )
    if _count(connection, f"claims_read WHERE highest >= {_MANY_LINES}"):
        connection.execute(
            f"""
            UPDATE claims_read AS c SET faults = c.faults | {bit("line_number_twice")} FROM (
                SELECT DISTINCT claim_id, data_source FROM (
                    SELECT r.claim_id, r.data_source FROM ({rows}) r
                    JOIN claims_read m USING (claim_id, data_source) WHERE m.highest >= {_MANY_LINES}
                    GROUP BY r.claim_id, r.data_source, r.L HAVING count(*) > 1)) AS twice
            WHERE c.claim_id = twice.claim_id AND c.data_source = twice.data_source
            """
        )
    if broken:
        tokens = sorted({token for _, _, hashed in broken for token in hashed})
        connection.execute(
            f"UPDATE claims_read SET faults = faults | {bit('broken_row')} "
            "WHERE hash(claim_id) IN (SELECT unnest(?::UBIGINT[])) "
            f"OR hash(regexp_extract(claim_id, '{_LDS_ID}', 1)) IN (SELECT unnest(?::UBIGINT[]))",
            [tokens, tokens],
        )


def _write_claims(connection: duckdb.DuckDBPyConnection, vocabulary: Vocabulary) -> None:
    # A payer as a word, as the reader of X12 writes it.
    kept = ", ".join(f"c.{name}" for name in ("claim_id", "data_source", "rows", "coded", *_ONCE, "place", "age"))
    connection.execute(
        rf"""
        CREATE OR REPLACE TABLE payer_words AS
        SELECT payer,
            CASE WHEN word = '' THEN NULL WHEN regexp_matches(word, '^[a-z]') THEN word ELSE 'payer_' || word END
                AS payer_word
        FROM (SELECT payer, trim(regexp_replace(lower(payer), '[^a-z0-9]+', '_', 'g'), '_') AS word
              FROM (SELECT DISTINCT payer FROM claims_read WHERE payer IS NOT NULL));
        CREATE OR REPLACE TABLE claims_good AS
        SELECT row_number() OVER (ORDER BY claim_id, data_source)::INTEGER AS C, {kept}, w.payer_word
        FROM claims_read c LEFT JOIN payer_words w USING (payer) WHERE faults = 0
        """
    )
    columns = part_layout(vocabulary).tables[CLAIMS]
    told = [_cell(name, kind, {"C": "C", "claim_id": "claim_id", **_CLAIM_COLUMNS}) for name, kind in columns]
    connection.execute(f"CREATE OR REPLACE TABLE {CLAIMS} AS SELECT {', '.join(told)} FROM claims_good")


def _write_lines(
    connection: duckdb.DuckDBPyConnection, rows: str, fields: Collection[str], vocabulary: Vocabulary
) -> None:
    columns = part_layout(vocabulary).tables[LINES]
    told = [_cell(name, kind, {"C": "C", "L": "L", **_LINE_COLUMNS}) for name, kind in columns]
    # What is taken apart afterwards travels beside the lines.
    beside = [name for name in ("modifiers", *_ITEMS) if {name, "modifier", "modifier_list"} & set(fields)]
    extra = "".join(f", r.{name} AS {name}_beside" for name in beside)
    connection.execute(
        f"CREATE OR REPLACE TABLE {LINES} AS SELECT {', '.join(told)}{extra} FROM ({rows}) r "
        f"JOIN claims_good c ON {_same_claim('r', 'c', fields)} WHERE r.code IS NOT NULL"
    )
    if "modifiers" in beside:
        connection.execute(
            """
            INSERT INTO part_modifier BY NAME SELECT C, L, M, min(N)::INTEGER AS N FROM (
                SELECT C, L, unnest(string_split(modifiers_beside, '|')) AS M,
                    generate_subscripts(string_split(modifiers_beside, '|'), 1) AS N
                FROM part_lines WHERE modifiers_beside IS NOT NULL)
            GROUP BY C, L, M
            """
        )
    for name in _ITEMS:
        if name in beside:
            connection.execute(
                f"INSERT INTO part_{name} SELECT DISTINCT C, L, unnest(string_split({name}_beside, '|')) "
                f"FROM {LINES} WHERE {name}_beside IS NOT NULL"
            )
    for name in beside:
        connection.execute(f"ALTER TABLE {LINES} DROP COLUMN {name}_beside")
    connection.execute("CREATE OR REPLACE TABLE uncoded(C INTEGER, L INTEGER)")
    if _count(connection, "claims_good WHERE coded < rows"):
        connection.execute(
            f"INSERT INTO uncoded SELECT C, L FROM ({rows}) r JOIN claims_good c ON {_same_claim('r', 'c', fields)} "
            "WHERE r.code IS NULL"
        )


def _set_apart(
    connection: duckdb.DuckDBPyConnection, rows: str, broken: Sequence[tuple[int, int, tuple[int, ...]]]
) -> None:
    connection.execute(
        "CREATE OR REPLACE TABLE set_apart("
        "claim_id VARCHAR, data_source VARCHAR, file INTEGER, row BIGINT, reasons VARCHAR);"
        "CREATE OR REPLACE TABLE broken_rows(file INTEGER, before BIGINT)"
    )
    if not _count(connection, "claims_read WHERE faults > 0"):
        return
    # A row that is no CSV is not counted by the reader: how many readable rows stand before each of them.
    places: dict[int, int] = {}
    for file, line, _ in broken:
        places[file] = places.get(file, 0) + 1
        connection.execute("INSERT INTO broken_rows VALUES (?, ?)", [file, line - 1 - places[file]])
    of_claim = " | ".join(str(bit(reason)) for reason in _OF_CLAIM)
    connection.execute(
        f"""
        INSERT INTO set_apart
        SELECT claim_id, data_source, file,
            row + (SELECT count(*) FROM broken_rows b WHERE b.file = q.file AND b.before < q.row), {names_sql("bits")}
        FROM (
            SELECT r.claim_id, r.data_source, r.file, r.row, r.faults | (c.faults & ({of_claim})::UINTEGER) AS bits
            FROM ({rows}) r JOIN claims_read c
                ON r.claim_id IS NOT DISTINCT FROM c.claim_id AND r.data_source = c.data_source
            WHERE c.faults > 0) q
        """
    )


def _cell(name: str, kind: str, known: dict[str, str]) -> str:
    return f'{known.get(name, "NULL")}::{kind} AS "{name}"'


def _same_claim(left: str, right: str, fields: Collection[str]) -> str:
    same = f"{left}.claim_id = {right}.claim_id"
    return f"{same} AND {left}.data_source = {right}.data_source" if "data_source" in fields else same


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    found = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(found[0]) if found else 0
