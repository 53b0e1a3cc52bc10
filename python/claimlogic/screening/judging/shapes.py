"""The shapes of a part's claims: the words that make one, and the days of its lines where anything asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

CODED_CLAIMS, CODED_SHAPES, CODED_SHAPE_DAYS = "coded_claims", "coded_shapes", "coded_shape_days"

_DAYS = ("first", "last", "middle")


def make_shapes(
    connection: duckdb.DuckDBPyConnection,
    claims: str,
    cells: Mapping[int, str],
    joins: str,
    words: Sequence[int],
    days: tuple[str, int] | None,
) -> int:
    """Make the relations of coded claims, of shapes and of their days; how many shapes there are.

    ``cells`` are SQL of the columns of the relation ``claims``, called ``p``, with the ``joins`` that they need;
    ``words`` are those of them that make a shape, with the days of a table of lines where ``days`` names that and its
    column of days. Without, there is no table of days.
    """
    run = connection.execute
    told = "".join(f", {cell} AS a{i}" for i, cell in cells.items())
    if days is not None:
        _tell_days(connection, *days)
        told += ", coalesce(d.first, 0) AS first, coalesce(d.last, 0) AS last, coalesce(s.middle, []) AS middle"
        joins += " LEFT JOIN part_days d ON d.a0 = p.C LEFT JOIN part_day_sets s ON s.a0 = p.C"
    claims_told = f'(SELECT p.C AS a0, 0 AS alike{told} FROM "{claims}" p {joins})'
    # Claims of which no more is read than their words are mostly of one shape, and then hardly any rule reads them.
    plain = days is None and set(cells) == set(words)
    if not plain:
        run(f"CREATE OR REPLACE TEMP TABLE part_told AS FROM {claims_told}")
        claims_told = "part_told"
    by = ", ".join(["alike", *(f"a{i}" for i in words), *(_DAYS if days is not None else ())])
    counted = run(
        f"CREATE OR REPLACE TEMP TABLE part_shapes AS SELECT (row_number() OVER (ORDER BY {by}))::INTEGER AS S, *"
        f" FROM (SELECT DISTINCT {by} FROM {claims_told})"
    ).fetchone()
    shapes = int(counted[0]) if counted else 0
    columns = "".join(f", t.a{i}" for i in sorted(cells))
    coded = f"SELECT a0, S AS a1{columns} FROM {claims_told} t JOIN part_shapes USING ({by})"
    if not plain or shapes > 1:
        run(f"CREATE OR REPLACE TEMP TABLE part_coded_claims AS {coded}")
        coded = "FROM part_coded_claims"
    run(f"CREATE OR REPLACE TEMP VIEW {CODED_CLAIMS} AS {coded}")
    shaped = "".join(f", a{i}" for i in words)
    run(f"CREATE OR REPLACE TABLE {CODED_SHAPES} AS SELECT S AS a0, S AS a1{shaped} FROM part_shapes")
    if days is not None:
        run(
            f"CREATE OR REPLACE TABLE {CODED_SHAPE_DAYS} AS SELECT S AS a0, 0 AS a1, S AS a2, day AS a{days[1]} FROM"
            " (SELECT DISTINCT S, unnest([first] || middle || [last]) AS day FROM part_shapes WHERE first <> 0)"
        )
    return shapes


def _tell_days(connection: duckdb.DuckDBPyConnection, lines: str, place: int) -> None:
    """Make tables of the first and the last day of each claim, and of the days between where there are any.

    Most claims have one day or two, and then the first and the last tell all.
    """
    day = f"a{place}"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE part_days AS SELECT a0, min({day}) AS first, max({day}) AS last"
        f" FROM {lines} GROUP BY a0"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE part_day_sets AS SELECT a0, list_sort(list(DISTINCT {day})) AS middle"
        f" FROM {lines} JOIN (FROM part_days WHERE first <> last) USING (a0)"
        f" WHERE {day} > first AND {day} < last GROUP BY a0"
    )
