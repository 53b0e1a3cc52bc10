"""The smallest pieces of SQL: values, columns, tables and queries of sqlglot's expressions.

A query is built once and kept nowhere else, so no step copies what the steps before made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from typing import TYPE_CHECKING

from sqlglot import exp

from claimlogic.screening.compiling.plan import NUMBER, Calculated, ColumnOf, Constant, Held, Value
from claimlogic.terms import plain

if TYPE_CHECKING:
    from claimlogic.screening.compiling.names import Names

COMPARISONS: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
_ARITHMETIC: dict[str, type[exp.Binary]] = {
    "+": exp.Add,
    "-": exp.Sub,
    "*": exp.Mul,
    "/": exp.IntDiv,
    "\\": exp.Mod,
}
# The rows for which the rest of a rule with aggregates holds.
BODY = "body"

# The number of a text that no fact and no claim holds.
UNHEARD_OF = -1


def compared_sql(value: Value, names: Names) -> exp.Expr:
    """A value that is held against another. What is calculated has 64 bits.

    A database may calculate before it asks whether a claim says anything at all, and the mark that it says nothing is
    the lowest number of 32 bits.
    """
    return _calculated(value, names, wide=True) if isinstance(value, Calculated) else value_sql(value, names)


def value_sql(value: Value, names: Names) -> exp.Expr:
    """A value of a plan; texts as their numbers where relations hold these."""
    match value:
        case Constant(term, _):
            if isinstance(term, int):
                return exp.Literal.number(term)
            told = plain(term)
            if names.numbers is not None:
                return exp.Literal.number(names.numbers.get(told, UNHEARD_OF))
            return exp.Literal.string(told)
        case ColumnOf(scan, place, _):
            return column_of(alias_of(scan), f"a{place}")
        case Held(variable, _):
            return column_of(BODY, f"v{variable}")
        case Calculated():
            return _calculated(value, names, wide=False)


def _calculated(value: Value, names: Names, wide: bool) -> exp.Expr:
    if not isinstance(value, Calculated):
        plain = value_sql(value, names)
        return widened(plain) if wide else plain
    first, second = (_calculated(side, names, wide) for side in (value.left, value.right))
    if value.operator in ("/", "\\"):  # Conditions keep 0 out, but a database may work out the quotient first.
        second = exp.Nullif(this=second, expression=exp.Literal.number(0))
    this, expression = (exp.Paren(this=side) if isinstance(side, exp.Binary) else side for side in (first, second))
    return _ARITHMETIC[value.operator](this=this, expression=expression)


def widened(value: exp.Expr) -> exp.Cast:
    """A number with 64 bits."""
    return exp.Cast(this=value, to=exp.DataType.build("BIGINT"))


def zero_of(base: str, names: Names) -> exp.Expr:
    """Some value of a base."""
    return exp.Literal.number(0) if base == NUMBER or names.numbers is not None else exp.Literal.string("")


def type_of(base: str, names: Names) -> str:
    """The type of a column of a base."""
    return "INT" if base == NUMBER or names.numbers is not None else "TEXT"


def alias_of(scan: int) -> str:
    """What a scan is called in its query."""
    return f"t{scan}"


def column_of(table: str | None, name: str) -> exp.Column:
    """A column, of a table or of the only one."""
    return exp.column(name, table=table, quoted=True)


def table_of(name: str) -> exp.Table:
    """A table of this name."""
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def named_as(value: exp.Expr, name: str) -> exp.Expr:
    """A value under a name."""
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def select_of(columns: Sequence[exp.Expr], distinct: bool = False) -> exp.Select:
    """A query of these columns, without a source yet."""
    return exp.Select(expressions=list(columns), distinct=exp.Distinct() if distinct else None)


def inner_query(query: exp.Query, alias: str) -> exp.Subquery:
    """A query in the place of a table."""
    return query.subquery(exp.to_identifier(alias, quoted=True), copy=False)


def all_of(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """Every condition holds; with none, it is true."""
    return exp.and_(exp.true(), *conditions, copy=False)


def union_of(queries: Sequence[exp.Query], distinct: bool = True) -> exp.Query:
    """The rows of all queries, each once where ``distinct``."""
    return reduce(lambda left, right: exp.union(left, right, distinct=distinct, copy=False), queries)
