"""A program run by DuckDB: a table for each predicate, stratum by stratum."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
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
    run_strata(connection, program, names)
    return names


def run_strata(connection: duckdb.DuckDBPyConnection, program: Program, names: Names) -> None:
    """Make the tables of everything that the program concludes, under given names."""
    for step in steps(program, names):
        step(connection)


Step = Callable[["duckdb.DuckDBPyConnection"], None]


def steps(program: Program, names: Names) -> list[Step]:
    """What makes the tables of a program, written once and run for any number of parts."""
    found: list[Step] = []
    for stratum in program.strata:
        for predicate in stratum.predicates:
            rows = rows_of(stratum, predicate, program, names)
            found.append(_stating(_creation(names.name(predicate), rows, "VIEW" if stratum.inlined else "TABLE")))
        if stratum.rounds:
            found.append(_rounds(stratum, names))
    return found


def _stating(statement: str) -> Step:
    def state(connection: duckdb.DuckDBPyConnection) -> None:
        connection.execute(statement)

    return state


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


def _rounds(stratum: Stratum, names: Names) -> Step:
    """Add what each round gives, until one gives nothing new."""
    first, each, last = [], [], []
    for predicate in stratum.predicates:
        first.append(_creation(names.name(predicate) + "_fresh", _everything(names.name(predicate)), "VIEW"))
        rows = round_of(stratum, predicate, names)
        known = _everything(names.name(predicate))
        new = exp.except_(rows, known) if rows is not None else known.where(exp.false())
        each.append(_creation(names.name(predicate) + "_next", new))
        last += [f'DROP TABLE "{names.name(predicate)}{suffix}"' for suffix in ("_fresh", "_next")]

    def repeat(connection: duckdb.DuckDBPyConnection) -> None:
        for statement in first:
            connection.execute(statement)
        again = True
        begun = False
        while again:
            again = False
            for statement in each:
                connection.execute(statement)
            for predicate in stratum.predicates:
                table = names.name(predicate)
                if not begun:
                    connection.execute(f'DROP VIEW "{table}_fresh"')
                connection.execute(f'CREATE OR REPLACE TABLE "{table}_fresh" AS FROM "{table}_next"')
                connection.execute(f'INSERT INTO "{table}" FROM "{table}_next"')
                counted = connection.execute(f'SELECT count(*) FROM "{table}_fresh"').fetchone()
                again = again or bool(counted and counted[0])
            begun = True
        for statement in last:
            connection.execute(statement)

    return repeat


def _everything(name: str) -> exp.Select:
    return exp.select("*").from_(exp.Table(this=exp.to_identifier(name, quoted=True)))


def _creation(name: str, rows: exp.Query, kind: str = "TABLE") -> str:
    table = exp.Table(this=exp.to_identifier(name, quoted=True))
    return exp.Create(this=table, kind=kind, replace=True, expression=rows).sql(dialect=DIALECT)
