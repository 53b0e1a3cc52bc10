"""Claims for benchmarks, with codes about as common as ``code_frequencies.tsv`` says, the same for a seed.

    python benchmarks/population.py --tables STORE --claims 1000000 -o FOLDER [--lines 4] [--seed 1]

Writes Parquet files of a row a line under the names of Tuva's ``medical_claim``, with ``x_patient_age`` beside them.
Nothing in it is of a person: every value is drawn by a hash of the seed, the claim and the line. A larger population
begins with the claims of a smaller one.

A claim is a professional one, of one kind of visit. Its lines are drawn from quarters of the kind's codes in the order
of the file, where codes that exclude each other stand together. One line in twenty is of any code of the store's
practitioner pairs, Zipf-like (the second half as common as the first, the third a third). All days lie in one quarter;
four claims in five have one day.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.claims.model import Claim, Line
from claimlogic.sql_text import quoted

if TYPE_CHECKING:
    import duckdb

    from claimlogic.knowledge.vocabulary import Vocabulary
    from claimlogic.screening.part import Part

FREQUENCIES = Path(__file__).parent / "code_frequencies.tsv"
FIRST_DAY = date(2024, 7, 1)
DAYS = 92
TAIL_SHARE = 0.05
CLAIMS_IN_A_FILE = 500_000
SLOTS = 4096
# Kinds of visit whose lines stand on one day after the other, as those of a stay do.
DAY_BY_DAY = "hospital_care"
PLACES = ("11",) * 11 + ("22",) * 3 + ("23", "21")
DIAGNOSES = (
    *("M54.50", "M54.16", "M17.11", "M25.511", "M47.816", "I10", "E11.9", "E78.5", "Z00.00", "R07.9", "J06.9", "N39.0"),
    *("M54.2", "R10.9", "I25.10", "Z12.31"),
)
DISTINCT_SERVICE = ("59", "XS")


@dataclass(frozen=True, slots=True)
class Frequency:
    """How common a code is in a kind of visit: its lines in 10,000 of all, units and modifier as the file tells."""

    kind: str
    code: str
    lines: float
    most_units: int
    modifier: str
    percent: int


def frequencies() -> list[Frequency]:
    """The frequencies, in the order of the file."""
    with FREQUENCIES.open(encoding="utf-8", newline="") as text:
        rows = csv.DictReader((line for line in text if not line.startswith("#")), delimiter="\t")
        return [
            Frequency(r["kind"], r["code"], float(r["lines"]), int(r["most_units"]), r["modifier"], int(r["percent"]))
            for r in rows
        ]


def tail_codes(connection: duckdb.DuckDBPyConnection, store: Path) -> list[str]:
    """Every code of the practitioner pairs of a store, in an order that says nothing."""
    files = str(store / "editions" / "ptp-practitioner" / "*.parquet")
    found = connection.execute(
        "SELECT DISTINCT unnest([column1, column2]) AS code FROM read_parquet(?) ORDER BY md5(code)", [files]
    ).fetchall()
    return [code for (code,) in found]


def create_medical_claim(connection: duckdb.DuckDBPyConnection, claims: range, lines: int = 4, seed: int = 1) -> str:
    """Make the table ``medical_claim`` of the claims with these numbers, in order of claim and line; its name.

    ``create_model`` comes first.
    """
    tail = "(SELECT count(*) FROM tail)"
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE medical_claim AS
        WITH claims AS (
            SELECT C, h, k.kind, (h >> 10) & {SLOTS - 1} AS base,
                DATE '{FIRST_DAY}' + ((h >> 22) % {DAYS - lines})::INTEGER AS day
            FROM (SELECT C, md5_number_lower('{seed}:' || C) AS h FROM range({claims.start}, {claims.stop}) t(C))
            JOIN kinds k ON k.slot = h & 1023
        ), drawn AS (
            SELECT *, md5_number_lower('{seed}:' || C || ':' || L) AS g,
                md5_number_upper('{seed}:' || C || ':' || L) AS u
            FROM claims, range({lines}) t(L)
        ), coded AS (
            SELECT d.*, coalesce(t.code, s.code) AS code, coalesce(t.most_units, s.most_units) AS most,
                coalesce(t.modifier, s.modifier) AS own, coalesce(t.percent, s.percent) AS percent
            FROM drawn d
            JOIN slots s ON s.kind = d.kind
                AND s.slot = (base + L * {SLOTS} // {lines} + g % {SLOTS // lines}) & {SLOTS - 1}
            LEFT JOIN tail t ON ((g >> 10) & 1023) < {round(TAIL_SHARE * 1024)}
                AND t.rank = floor(pow({tail}, ((g >> 20) & 1048575) / 1048576.0))::INTEGER
        ), told AS (
            SELECT *,
                1 + floor(most * pow(((g >> 40) & 65535) / 65536.0, 4))::INTEGER
                    + CASE WHEN (u >> 32) & 255 = 0 THEN most ELSE 0 END AS units,
                CASE WHEN (u & 127) * 100 < percent * 128 THEN own END AS first_modifier,
                CASE WHEN L > 0 AND (u >> 8) & 127 < 4
                    THEN {list(DISTINCT_SERVICE)}[1 + ((u >> 15) % {len(DISTINCT_SERVICE)})::INTEGER]
                    END AS distinct_service,
                CASE WHEN kind = '{DAY_BY_DAY}' OR (h >> 56) & 7 = 0 THEN L ELSE 0 END AS later
            FROM coded
        )
        SELECT printf('%09d', C) AS claim_id, L + 1 AS claim_line_number, 'professional' AS claim_type,
            'medicare' AS payer, day AS claim_start_date, day + {lines - 1} AS claim_end_date,
            (day + later::INTEGER)::DATE AS claim_line_start_date, (day + later::INTEGER)::DATE AS claim_line_end_date,
            {list(PLACES)}[1 + ((h >> 32) % {len(PLACES)})::INTEGER] AS place_of_service_code,
            units AS service_unit_quantity, code AS hcpcs_code,
            coalesce(first_modifier, distinct_service) AS hcpcs_modifier_1,
            CASE WHEN first_modifier IS NOT NULL AND first_modifier != distinct_service THEN distinct_service END
                AS hcpcs_modifier_2,
            printf('%010d', 1000000000 + h % 900000000) AS rendering_npi, 'icd-10-cm' AS diagnosis_code_type,
            {list(DIAGNOSES)}[1 + ((h >> 40) % {len(DIAGNOSES)})::INTEGER] AS diagnosis_code_1,
            CASE WHEN (h >> 44) & 1 = 1 THEN {list(DIAGNOSES)}[1 + ((h >> 48) % {len(DIAGNOSES)})::INTEGER] END
                AS diagnosis_code_2,
            'benchmark' AS data_source, 20 + ((h >> 50) % 70)::INTEGER AS x_patient_age
        FROM told ORDER BY C, L
        """
    )
    return "medical_claim"


def write_population(folder: Path, store: Path, claims: int, lines: int = 4, seed: int = 1) -> None:
    """Write so many claims as the Parquet files of a folder, in order of their names."""
    import duckdb

    connection = duckdb.connect()
    create_model(connection, store)
    folder.mkdir(parents=True, exist_ok=True)
    for number, first in enumerate(range(1, claims + 1, CLAIMS_IN_A_FILE)):
        name = create_medical_claim(connection, range(first, min(first + CLAIMS_IN_A_FILE, claims + 1)), lines, seed)
        connection.execute(f"COPY {name} TO '{folder}/{number:04}.parquet' (FORMAT parquet)")


def stage(
    connection: duckdb.DuckDBPyConnection, vocabulary: Vocabulary, folder: Path, claims: range, hospital: bool = False
) -> Part:
    """The claims of a population with these numbers, staged as a part without a reader.

    They are a practitioner's, or else those of a hospital, for the same services.
    """
    from claimlogic.screening.part import part_layout, part_of

    form = (
        "'institutional' AS form, '13' AS bill_type" if hospital else
        "'professional' AS form, place_of_service_code AS place_of_service"
    )  # fmt: skip
    # What a claim says of itself stands on each of its lines.
    once = "WHERE claim_line_number = 1"
    queries = {
        "part_claims": f"SELECT C, claim_id, payer, x_patient_age AS patient_age, {form} FROM numbered {once}",
        "part_lines": "SELECT C, claim_line_number::INTEGER AS L, hcpcs_code AS line, service_unit_quantity AS units,"
        " (year(day) * 10000 + month(day) * 100 + day(day))::INTEGER AS service_date, rendering_npi AS provider"
        " FROM numbered",
        "part_diagnosis": f"SELECT C, diagnosis_code_1 AS Dx FROM numbered {once} AND Dx IS NOT NULL UNION ALL"
        f" SELECT C, diagnosis_code_2 FROM numbered {once} AND diagnosis_code_2 <> diagnosis_code_1",
        "part_modifier": " UNION ALL ".join(
            f"SELECT C, claim_line_number::INTEGER AS L, hcpcs_modifier_{place} AS M, {place} AS N FROM numbered"
            f" WHERE hcpcs_modifier_{place} IS NOT NULL"
            for place in (1, 2)
        ),
    }
    rows = " UNION ALL ".join(
        f"SELECT *, claim_id::INTEGER - {claims.start - 1} AS C, claim_line_start_date AS day FROM {files}"
        for files in _files(connection, folder, claims)
    )
    connection.execute(f"CREATE OR REPLACE TEMP VIEW numbered AS {rows}")
    layout = part_layout(vocabulary)
    for relation, columns in layout.tables.items():
        # Every column that there is, empty where the population does not tell it.
        told = ", ".join(f'NULL::{kind} AS "{column}"' for column, kind in columns)
        rows = f" UNION ALL BY NAME {queries[relation]}" if relation in queries else ""
        connection.execute(f'CREATE OR REPLACE VIEW "{relation}" AS SELECT {told} WHERE false{rows}')
    return part_of(layout)


def claims_in(connection: duckdb.DuckDBPyConnection, folder: Path) -> int:
    """How many claims a population has, as the files say without being read."""
    (last,) = connection.execute(
        f"SELECT max(stats_max_value) FROM parquet_metadata('{folder}/*.parquet') WHERE path_in_schema = 'claim_id'"
    ).fetchall()[0]
    return int(last)


def _files(connection: duckdb.DuckDBPyConnection, folder: Path, claims: range) -> Iterator[str]:
    """SQL of the files that hold claims with these numbers: those that hold no others together, each other by itself.

    A condition on the text of an id costs more than reading a column.
    """
    first, last = f"{claims.start:09}", f"{claims.stop - 1:09}"
    held = connection.execute(
        "SELECT file_name, min(stats_min_value) >= ? AND max(stats_max_value) <= ?"
        f" FROM parquet_metadata('{folder}/*.parquet') WHERE path_in_schema = 'claim_id'"
        " GROUP BY file_name HAVING min(stats_min_value) <= ? AND max(stats_max_value) >= ? ORDER BY file_name",
        [first, last, last, first],
    ).fetchall()
    if whole := ", ".join(quoted(name) for name, inside in held if inside):
        yield f"read_parquet([{whole}])"
    for name, inside in held:
        if not inside:
            yield f"read_parquet({quoted(name)}) WHERE claim_id BETWEEN '{first}' AND '{last}'"


def create_model(connection: duckdb.DuckDBPyConnection, store: Path) -> None:
    """The tables from which codes are drawn: kinds and codes by slot of equal chance, other codes by rank."""
    rows = frequencies()
    kinds = list(dict.fromkeys(row.kind for row in rows))
    shares = [sum(row.lines for row in rows if row.kind == kind) for kind in kinds]
    by_slot = [(slot, kinds[n]) for slot, n in enumerate(_slots(shares, 1024))]
    slots = [
        (kind, slot, own[n].code, own[n].most_units, own[n].modifier or None, own[n].percent)
        for kind in kinds
        for own in [[row for row in rows if row.kind == kind]]
        for slot, n in enumerate(_slots([row.lines for row in own], SLOTS))
    ]
    tail = list(enumerate(tail_codes(connection, store), start=1))
    for name, columns, values in (
        ("kinds", "slot INTEGER, kind VARCHAR", by_slot),
        (
            "slots",
            "kind VARCHAR, slot INTEGER, code VARCHAR, most_units INTEGER, modifier VARCHAR, percent INTEGER",
            slots,
        ),
        ("tail", "rank INTEGER, code VARCHAR", tail),
    ):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name}({columns})")
        unnested = ", ".join(f"unnest(?::{column.split()[1]}[])" for column in columns.split(", "))
        connection.execute(
            f"INSERT INTO {name} SELECT {unnested}", [list(column) for column in zip(*values, strict=True)]
        )
    connection.execute("ALTER TABLE tail ADD COLUMN most_units INTEGER DEFAULT 1")
    connection.execute("ALTER TABLE tail ADD COLUMN modifier VARCHAR")
    connection.execute("ALTER TABLE tail ADD COLUMN percent INTEGER DEFAULT 0")


def _slots(weights: list[float], count: int) -> Iterator[int]:
    """For each of so many slots of equal chance, whose it is."""
    whole, reached, place = sum(weights), weights[0], 0
    for slot in range(count):
        while (slot + 0.5) / count > reached / whole and place < len(weights) - 1:
            place += 1
            reached += weights[place]
        yield place


def claims_of(size: int, count: int, seed: int = 1, days: int = 1, hospital: bool | None = None) -> list[Claim]:
    """So many claims of so many lines, as Python objects, spread over so many days.

    A larger claim is a sequence of kinds of visit, and its codes differ on each day as far as there are any.
    Every other claim is a hospital's (bill type 131), or all of them, or none.
    """
    rows = frequencies()
    kinds = list(dict.fromkeys(row.kind for row in rows))
    own = {kind: [row for row in rows if row.kind == kind] for kind in kinds}
    shares = [sum(row.lines for row in own[kind]) for kind in kinds]
    chance = random.Random(f"{seed} {size} {days}")
    claims = []
    for number in range(count):
        first = FIRST_DAY + timedelta(days=chance.randrange(DAYS - days))
        drawn: list[tuple[int, Frequency]] = []
        seen: set[tuple[int, str]] = set()
        while len(drawn) < size:
            kind = chance.choices(kinds, shares)[0]
            for _ in range(min(8, size - len(drawn))):
                day = len(drawn) * days // size
                row = chance.choices(own[kind], [row.lines for row in own[kind]])[0]
                if (day, row.code) in seen:  # Once more from anywhere; a day with hundreds of lines does repeat codes.
                    row = chance.choice(rows)
                seen.add((day, row.code))
                drawn.append((day, row))
        lines = tuple(_line(at, row, first + timedelta(days=day), chance) for at, (day, row) in enumerate(drawn, 1))
        facility = number % 2 == 1 if hospital is None else hospital
        form = (
            {"form": "institutional", "bill_type": "131"} if facility else {"form": "professional", "setting": "office"}
        )
        claims.append(Claim(f"{size}-{number + 1}", lines=lines, payer="medicare", patient_age=54, **form))
    return claims


def _line(number: int, row: Frequency, day: date, chance: random.Random) -> Line:
    modifiers = (row.modifier,) if row.modifier and chance.random() * 100 < row.percent else ()
    if number > 1 and chance.random() < 0.03 and DISTINCT_SERVICE[0] not in modifiers:
        modifiers = (*modifiers, DISTINCT_SERVICE[0])
    units = 1 + int(row.most_units * chance.random() ** 4)
    return Line(number, row.code, units, day.year * 10000 + day.month * 100 + day.day, modifiers)


def main() -> None:
    """Write a population."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, required=True, help="a store with the practitioner pairs")
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--lines", type=int, default=4, help="lines of a claim")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True, help="the folder to write to")
    chosen = parser.parse_args()
    write_population(chosen.output, chosen.tables, chosen.claims, chosen.lines, chosen.seed)
    print(f"{chosen.claims} claims, {chosen.claims * chosen.lines} lines: {chosen.output}")


if __name__ == "__main__":
    main()
