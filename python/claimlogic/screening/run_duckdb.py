"""A program run by DuckDB: a table for each predicate, stratum by stratum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from claimlogic.errors import InputError
from claimlogic.screening.plan import Program, RulePlan, Stratum
from claimlogic.screening.sql import Names, names_for, round_of, rows_of, select_witnesses

if TYPE_CHECKING:
    import duckdb

DIALECT = "duckdb"


def run_program(
    connection: duckdb.DuckDBPyConnection,
    program: Program,
    given: Mapping[str, str],
    notes: Mapping[str, Sequence[str]] | None = None,
) -> Names:
    """Make the tables of everything that the program concludes, and tell their names.

    ``given`` names the table or view of each given predicate, with columns ``a0``, ``a1`` ... and no NULL. Raises
    InputError where one is lacking.
    """
    if missing := sorted(program.given - set(given)):
        raise InputError(f"there is no relation of {', '.join(missing)}; register one, even if it is empty")
    names = names_for(program, given, notes)
    for stratum in program.strata:
        for predicate in stratum.predicates:
            rows = rows_of(stratum, predicate, program, names)
            _create(connection, names.name(predicate), rows, "VIEW" if stratum.inlined else "TABLE")
        if stratum.rounds:
            _repeat(connection, stratum, names)
    return names


def witnesses(
    connection: duckdb.DuckDBPyConnection, plan: RulePlan, names: Names, heads: Sequence[tuple[int | str, ...]]
) -> Iterator[dict[str, Any]]:
    """Every way in which a rule concludes one of ``heads``, in order: see ``select_witnesses``."""
    if not heads:
        return
    query = select_witnesses(plan, names, heads)
    order = [exp.column(name, quoted=True) for name in query.named_selects]
    cursor = connection.execute(query.order_by(*order).sql(dialect=DIALECT))
    columns = [column[0] for column in cursor.description or ()]
    for row in cursor.fetchall():
        yield dict(zip(columns, row, strict=True))


def _repeat(connection: duckdb.DuckDBPyConnection, stratum: Stratum, names: Names) -> None:
    """Add what each round gives, until one gives nothing new."""
    for predicate in stratum.predicates:
        _create(connection, names.name(predicate) + "_fresh", _everything(names.name(predicate)))
    while True:
        found = 0
        for predicate in stratum.predicates:
            rows = round_of(stratum, predicate, names)
            known = _everything(names.name(predicate))
            new = exp.except_(rows, known) if rows is not None else known.where(exp.false())
            _create(connection, names.name(predicate) + "_next", new)
        for predicate in stratum.predicates:
            table = names.name(predicate)
            next_rows = _everything(table + "_next")
            _create(connection, table + "_fresh", next_rows)
            _run(connection, exp.insert(next_rows, exp.Table(this=exp.to_identifier(table, quoted=True))))
            counted = connection.execute(f'SELECT count(*) FROM "{table}_fresh"').fetchone()
            found += counted[0] if counted else 0
        if not found:
            break
    for predicate in stratum.predicates:
        for suffix in ("_fresh", "_next"):
            connection.execute(f'DROP TABLE "{names.name(predicate)}{suffix}"')


def _everything(name: str) -> exp.Select:
    return exp.select("*").from_(exp.Table(this=exp.to_identifier(name, quoted=True)))


def _create(connection: duckdb.DuckDBPyConnection, name: str, rows: exp.Query, kind: str = "TABLE") -> None:
    table = exp.Table(this=exp.to_identifier(name, quoted=True))
    _run(connection, exp.Create(this=table, kind=kind, replace=True, expression=rows))


def _run(connection: duckdb.DuckDBPyConnection, statement: exp.Expr) -> None:
    connection.execute(statement.sql(dialect=DIALECT))
