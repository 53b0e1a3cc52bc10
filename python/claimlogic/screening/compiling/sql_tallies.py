"""Aggregates as SQL: each element tuple counts once, and an empty set has a value too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce

from sqlglot import exp

from claimlogic.screening.compiling.names import Names
from claimlogic.screening.compiling.plan import (
    NUMBER,
    OPEN_END_NUMBER,
    Block,
    Tabled,
    Tally,
    TallyPart,
    TallyTable,
    Value,
)
from claimlogic.screening.compiling.sql_blocks import condition_sql, select_block, with_block
from claimlogic.screening.compiling.sql_terms import (
    BODY,
    COMPARISONS,
    alias_of,
    all_of,
    column_of,
    compared_sql,
    inner_query,
    named_as,
    select_of,
    table_of,
    union_of,
    value_sql,
)

_LOWEST = -(2**31)


def with_tabled(query: exp.Select, tabled: Tabled, names: Names) -> exp.Select:
    """A query that keeps the rows for which an aggregate, looked up in its relation, holds against its guards."""
    amounts: list[exp.Expr] = []
    if tabled.predicate:
        alias = alias_of(tabled.number)
        on = all_of(
            exp.EQ(this=column_of(alias, f"v{i}"), expression=value_sql(key, names))
            for i, key in enumerate(tabled.keys)
        )
        table = exp.alias_(names.table(tabled.predicate), alias, table=True, copy=False)
        query = query.join(table, on=on, join_type="left", copy=False)
        amounts.append(or_empty(tabled.function, column_of(alias, "amount")))
    for conditions, amount in tabled.direct:
        told = value_sql(amount, names)
        if conditions:
            told = (
                exp.case()
                .when(exp.and_(*(condition_sql(c, names) for c in conditions), copy=False), told, copy=False)
                .else_(exp.Literal.number(0), copy=False)
            )
        amounts.append(told)
    value = (
        reduce(lambda left, right: exp.Add(this=left, expression=right), amounts)
        if amounts
        else _empty(tabled.function)
    )
    for operator, bound in tabled.guards:
        query = query.where(guard_sql(exp.Paren(this=value), operator, bound, names), copy=False)
    return query


def select_tally(table: TallyTable, names: Names) -> exp.Query:
    """The values of an aggregate by its keys: ``v0`` ..., then ``amount``."""
    rows = []
    for number, (bases, elements) in enumerate(table.parts):
        alias = f"form{number}"
        tuples = []
        for block, keys, terms in elements:
            columns = [named_as(value_sql(key, names), f"v{i}") for i, key in enumerate(keys)]
            columns += [named_as(value_sql(term, names), f"t{i}") for i, term in enumerate(terms)]
            once = len(elements) == 1 and names.keys is not None and names.keys.holds_once(block, (*keys, *terms))
            told = select_block(block, names, columns)
            tuples.append(told if once else told.distinct(copy=False))
        rows.append(_weighed(union_of(tuples), alias, bases, table.function, range(table.keys)))
    return _summed(union_of(rows, distinct=False), table.function, [f"v{i}" for i in range(table.keys)])


def _summed(rows: exp.Query, function: str, keys: Sequence[str]) -> exp.Select:
    """The value of an aggregate over element tuples, for each combination of the keys."""
    query = select_of([*(column_of("element", key) for key in keys), named_as(_function(function), "amount")])
    query = query.from_(inner_query(rows, "element"), copy=False)
    return query.group_by(*(column_of("element", key) for key in keys), copy=False) if keys else query


def _weighed(tuples: exp.Query, alias: str, bases: Sequence[str], function: str, keys: Iterable[int]) -> exp.Select:
    """Element tuples of one form, each with what it adds."""
    columns: list[exp.Expr] = [column_of(alias, f"v{v}") for v in keys]
    weighs = bases[:1] == (NUMBER,)
    amount = column_of(alias, "t0") if weighs else exp.Literal.number(0)
    query = select_of([*columns, named_as(amount, "amount")]).from_(inner_query(tuples, alias), copy=False)
    if function == "#sum" and weighs:
        told = exp.NEQ(this=column_of(alias, "t0"), expression=exp.Literal.number(OPEN_END_NUMBER))
        query = query.where(told, copy=False)
    return query


def _function(name: str) -> exp.Expr:
    amount = column_of("element", "amount")
    return {
        "#count": exp.Count(this=exp.Star()),
        "#sum": exp.Sum(this=amount),
        "#min": exp.Min(this=amount),
        "#max": exp.Max(this=amount),
    }[name]


def select_amounts(tally: Tally, names: Names) -> exp.Select:
    """The value of an aggregate for each combination of the variables on which it depends."""
    rows = union_of([_tally_part(part, i, tally, names) for i, part in enumerate(tally.parts)], distinct=False)
    return _summed(rows, tally.function, [f"v{v}" for v in tally.depends])


def _tally_part(part: TallyPart, number: int, tally: Tally, names: Names) -> exp.Select:
    """The tuples of one form, each once, with what each adds."""
    tuples = union_of([_tally_block(block, terms, tally, names) for block, terms in part.blocks])
    return _weighed(tuples, f"form{number}", part.bases, tally.function, tally.depends)


def _tally_block(block: Block, terms: Sequence[Value], tally: Tally, names: Names) -> exp.Select:
    columns = [named_as(column_of(BODY, f"v{v}"), f"v{v}") for v in tally.depends]
    columns += [named_as(value_sql(term, names), f"t{i}") for i, term in enumerate(terms)]
    query = select_of(columns or [named_as(exp.Literal.number(1), "t0")], distinct=True)
    if tally.depends:
        whole = select_of([column_of(None, f"v{v}") for v in tally.depends], distinct=True)
        query = query.from_(inner_query(whole.from_(table_of(BODY), copy=False), BODY), copy=False)
    return with_block(query, block, names, started=bool(tally.depends))


def or_empty(function: str, amount: exp.Expr) -> exp.Expr:
    """An aggregate's value; over no elements, what an empty set has."""
    return exp.Coalesce(this=amount, expressions=[_empty(function)])


def _empty(function: str) -> exp.Expr:
    return exp.Literal.number({"#min": OPEN_END_NUMBER, "#max": _LOWEST}.get(function, 0))


def guard_sql(value: exp.Expr, operator: str, bound: Value, names: Names) -> exp.Expr:
    """Whether a value holds against the guard of an aggregate."""
    if bound.base != NUMBER:  # An aggregate's number stands before every word and text.
        return exp.true() if operator in ("<", "<=", "!=") else exp.false()
    return COMPARISONS[operator](this=value.copy(), expression=compared_sql(bound, names))
