"""Blocks as SQL: the rows of some relations together, for which every condition holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlglot import exp

from claimlogic.screening.compiling.fusing import LINES
from claimlogic.screening.compiling.names import Names
from claimlogic.screening.compiling.narrowing import Among, Narrowing, Unlasting, Varied, narrowings
from claimlogic.screening.compiling.plan import (
    NUMBER,
    Absent,
    Block,
    ColumnOf,
    Compare,
    Condition,
    Impossible,
    Present,
    Value,
)
from claimlogic.screening.compiling.rewriting import columns_of_value
from claimlogic.screening.compiling.shaping import SPAN
from claimlogic.screening.compiling.sql_terms import (
    COMPARISONS,
    alias_of,
    column_of,
    compared_sql,
    inner_query,
    select_of,
    value_sql,
)


def select_block(block: Block, names: Names, columns: Sequence[exp.Expr]) -> exp.Select:
    """The columns of every way in which a block holds."""
    return with_block(select_of(columns), block, names, started=False)


def with_block(query: exp.Select, block: Block, names: Names, started: bool) -> exp.Select:
    """A query with the scans and conditions of a block; ``started`` where it reads something already."""
    narrowed = narrowings(block, names.small, names.days) if names.days else {}
    for scan in block.scans:
        held = names.table(scan.predicate, "_fresh" if scan.fresh else "")
        if scan.number in narrowed:
            table: exp.Expr = inner_query(_narrowed(held, narrowed[scan.number], names), alias_of(scan.number))
        else:
            table = exp.alias_(held, alias_of(scan.number), table=True, copy=False)
        if started:
            query.append("joins", exp.Join(this=table, kind="CROSS"))
        else:
            query.from_(table, copy=False)
        started = True
    told = []
    whole = [scan for scan in block.scans if scan.predicate == LINES and scan.number not in narrowed]
    days = {ColumnOf(scan.number, day, NUMBER) for scan in whole for day in names.days.get(LINES, ())}
    for condition in block.conditions:
        one = condition_sql(condition, names)
        after = names.keys is not None and (_ranges(condition) or _is_same_day(condition, days))
        told.append(_after_joins(one) if after else one)
    return query.where(*told, copy=False) if told else query


def _narrowed(table: exp.Table, narrowed: Sequence[Narrowing], names: Names) -> exp.Select:
    rows = exp.alias_(table, "row", table=True, copy=False)
    told = [_narrowing(narrowing, table, names) for narrowing in narrowed]
    return select_of([exp.Star()]).from_(rows, copy=False).where(*told, copy=False)


def _narrowing(narrowing: Narrowing, table: exp.Table, names: Names) -> exp.Expr:
    match narrowing:
        case Among(place, block, column):
            among = select_block(block, names, [value_sql(column, names)])
            return exp.In(this=column_of("row", f"a{place}"), query=exp.Subquery(this=among))
        case Unlasting(predicate, places, keys, first, last):
            same = [
                exp.EQ(this=column_of("lasting", f"a{key}"), expression=column_of("row", f"a{place}"))
                for key, place in zip(keys, places, strict=True)
            ]
            lasting = select_of([exp.Literal.number(1)]).from_(
                exp.alias_(names.table(predicate), "lasting", table=True, copy=False), copy=False
            )
            covers = (
                exp.LTE(this=column_of("lasting", f"a{first}"), expression=_end(exp.Min, names)),
                exp.GTE(this=column_of("lasting", f"a{last}"), expression=_end(exp.Max, names)),
            )
            return exp.Not(this=exp.Exists(this=lasting.where(*same, *covers, copy=False)))
        case Varied(place):
            least, most = (function(this=column_of(None, f"a{place}")) for function in (exp.Min, exp.Max))
            differs = exp.NEQ(this=least, expression=most)
            claim = column_of(None, "a0")
            varied = select_of([claim]).from_(table.copy(), copy=False).group_by(claim.copy(), copy=False)
            return exp.In(this=column_of("row", "a0"), query=exp.Subquery(this=varied.having(differs, copy=False)))


def _end(function: type[exp.AggFunc], names: Names) -> exp.Subquery:
    """The first or the last day of the part."""
    day = function(this=column_of(None, "a0"))
    return exp.Subquery(this=select_of([day]).from_(names.table(SPAN), copy=False))


def _ranges(condition: Condition) -> bool:
    """Whether a condition holds a column of one scan within a range that another gives."""
    if not isinstance(condition, Compare) or condition.operator in ("=", "!="):
        return False
    sides = [{column.scan for column in columns_of_value(side)} for side in (condition.left, condition.right)]
    return all(sides) and sides[0] != sides[1]


def _is_same_day(condition: Condition, days: Collection[Value]) -> bool:
    """Whether a condition asks that two of these days are one."""
    return isinstance(condition, Compare) and condition.operator == "=" and {condition.left, condition.right} <= {*days}


def _after_joins(condition: exp.Expr) -> exp.Expr:
    """A condition in a form that no database takes for one to join by.

    A range alone joins nearly everything. Lines of a claim mostly share a day: who takes that for one more thing to
    join by expects few rows, and hashes the many.
    """
    return exp.EQ(
        this=exp.case().when(condition, exp.Literal.number(1), copy=False).else_(exp.Literal.number(0), copy=False),
        expression=exp.Literal.number(1),
    )


def condition_sql(condition: Condition, names: Names) -> exp.Expr:
    """A condition of a block."""
    match condition:
        case Compare(left, operator, right):
            return COMPARISONS[operator](this=compared_sql(left, names), expression=compared_sql(right, names))
        case Absent(Block((), conditions)):
            return exp.Not(this=exp.Paren(this=exp.and_(*(condition_sql(c, names) for c in conditions), copy=False)))
        case Present(block):
            return exp.Exists(this=select_block(block, names, [exp.Literal.number(1)]))
        case Absent(block):
            inner = select_block(block, names, [exp.Literal.number(1)])
            return exp.Not(this=exp.Exists(this=inner))
        case Impossible():
            return exp.false()
