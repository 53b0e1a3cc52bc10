"""Rules as SQL, built of sqlglot's expressions: print one in any dialect with ``.sql(dialect=...)``.

Columns of a predicate are ``a0``, ``a1`` ...; one without arguments has a column ``a0`` that is always 1. A text or a
word is VARCHAR without quotes, compared byte by byte; a number is INTEGER.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from claimlogic.screening.compiling.names import Names
from claimlogic.screening.compiling.plan import NUMBER, Program, RulePlan, Stratum
from claimlogic.screening.compiling.sql_blocks import select_block
from claimlogic.screening.compiling.sql_tallies import (
    guard_sql,
    or_empty,
    select_amounts,
    select_tally,
    with_tabled,
)
from claimlogic.screening.compiling.sql_terms import (
    BODY,
    alias_of,
    all_of,
    column_of,
    inner_query,
    named_as,
    select_of,
    table_of,
    type_of,
    union_of,
    value_sql,
    widened,
    zero_of,
)
from claimlogic.screening.compiling.unique import Keys

# The column of the row behind what a relation holds.
WITNESS = "w"


def rows_of(stratum: Stratum, predicate: str, program: Program, names: Names) -> exp.Query:
    """The rows of a predicate by the rules of its stratum (without its rounds) and by what is given of it."""
    if stratum.tally is not None:
        return select_tally(stratum.tally, names)
    width = max(1, len(program.columns[predicate]))
    own = [plan for plan in stratum.rules if len(stratum.predicates) == 1 or plan.head == predicate]
    if names.keys is not None and own:
        if predicate in program.witnessed:
            given = names.given[predicate] if predicate in program.given else ""
            return _witnessed(own, names, names.keys, given)
        if predicate not in program.given:
            return _united(own, names, names.keys)
    queries: list[exp.Query] = [
        select_head(plan, names, distinct=not (stratum.inlined and _keeps_all(plan))) for plan in own
    ]
    if predicate in program.given:
        columns = [column_of(None, f"a{place}") for place in range(width)]
        queries.append(select_of(columns, distinct=True).from_(table_of(names.given[predicate]), copy=False))
    if not queries:
        empty = [exp.alias_(exp.cast(zero_of(base, names), type_of(base, names)), f"a{i}", quoted=True)
                 for i, base in enumerate(program.columns[predicate] or (NUMBER,))]  # fmt: skip
        if predicate in program.witnessed:
            empty.append(named_as(widened(exp.Literal.number(0)), WITNESS))
        queries.append(select_of(empty).where(exp.false(), copy=False))
    return union_of(queries)


def _united(plans: Sequence[RulePlan], names: Names, keys: Keys) -> exp.Query:
    """What rules conclude together, made distinct only as far as they might repeat each other or themselves."""
    queries = []
    for group in _near(plans, keys):
        if len(group) == 1:
            queries.append(select_head(group[0], names, distinct=not keys.says_once(group[0])))
        else:
            queries.append(union_of([select_head(plan, names, distinct=False) for plan in group]))
    if len(queries) > 1:  # A union takes its kind from each of its parts, so those that differ stand apart.
        queries = [
            select_of([exp.Star()]).from_(query.subquery(f"part{i}", copy=False), copy=False)
            for i, query in enumerate(queries)
        ]
    return union_of(queries, distinct=False)


def _near(plans: Sequence[RulePlan], keys: Keys) -> list[list[RulePlan]]:
    """Rules in groups, so that no two of different groups conclude the same."""
    groups: list[list[RulePlan]] = []
    for plan in plans:
        near = [group for group in groups if any(not keys.apart(plan, other) for other in group)]
        groups = [group for group in groups if group not in near] + [[*(p for g in near for p in g), plan]]
    return groups


def _witnessed(plans: Sequence[RulePlan], names: Names, keys: Keys, given: str = "") -> exp.Query:
    """What rules conclude together, each once, with the row behind it; of several the first. ``given`` holds more."""
    queries = []
    for group in [list(plans)] if given else _near(plans, keys):
        width = len(group[0].outputs)
        parts = [_fired(plan, names, [*(value_sql(v, names) for v in plan.outputs), _row(plan)]) for plan in group]
        if given:
            columns = [*(column_of(None, f"a{i}") for i in range(width)), exp.column(WITNESS)]
            parts.append(select_of(columns).from_(table_of(given), copy=False))
        query: exp.Query = union_of(parts, distinct=False)
        row: exp.Expr = column_of("told", f"a{width}")
        if given or len(group) > 1 or not keys.says_once(group[0]):
            row = exp.Min(this=row)
        told = [column_of("told", f"a{i}") for i in range(width)]
        rows = select_of([*told, named_as(row, WITNESS)]).from_(inner_query(query, "told"), copy=False)
        if isinstance(row, exp.Min):
            rows = rows.group_by(*(column.copy() for column in told), copy=False)
        queries.append(rows)
    return union_of(queries, distinct=False)


def _row(plan: RulePlan) -> exp.Expr:
    if plan.witness is None:
        return widened(exp.Literal.number(0))
    return column_of(alias_of(plan.witness), WITNESS)


def _keeps_all(plan: RulePlan) -> bool:
    """Whether a rule's head tells every variable of it, so that it says nothing twice that its body says once."""
    return set(plan.variables) <= set(plan.outputs)


def round_of(stratum: Stratum, predicate: str, names: Names) -> exp.Query | None:
    """What one more round gives of a predicate, known rows among it; None where no round concludes it."""
    queries = [select_head(plan, names) for plan in stratum.rounds if plan.head == predicate]
    return union_of(queries) if queries else None


def select_head(plan: RulePlan, names: Names, distinct: bool = True) -> exp.Query:
    """The arguments of a rule's head for each way in which its body holds."""
    query = _fired(plan, names, [value_sql(value, names) for value in plan.outputs] or [exp.Literal.number(1)])
    return query.distinct(copy=False) if distinct else query


def select_witnesses(plan: RulePlan, names: Names, heads: Sequence[tuple[int | str, ...]] | None = None) -> exp.Select:
    """For each way in which a rule holds: its head's arguments, then of every scan its arguments and notes.

    Columns are called ``h0`` ... and ``s0_a0`` ..., ``s0_source`` ... by the place of the scan in the body. With
    ``heads``, only where the rule concludes one of them. Only for a rule without aggregates.
    """
    assert not plan.tallies, "an aggregate has members, not rows"
    columns: list[exp.Expr] = [named_as(value_sql(value, names), f"h{i}") for i, value in enumerate(plan.outputs)]
    for place, scan in enumerate(plan.block.scans):
        for name in (*(f"a{i}" for i in range(scan.width)), *names.notes.get(scan.predicate, ())):
            columns.append(named_as(column_of(alias_of(scan.number), name), f"s{place}_{name}"))
    query = select_block(plan.block, names, columns)
    if heads is not None:
        told = exp.Tuple(expressions=[value_sql(value, names) for value in plan.outputs])
        query = query.where(exp.In(this=told, expressions=[_tuple(head) for head in heads]))
    return query


def _tuple(values: Sequence[int | str]) -> exp.Tuple:
    literals = (exp.Literal.number(v) if isinstance(v, int) else exp.Literal.string(v) for v in values)
    return exp.Tuple(expressions=list(literals))


def _fired(plan: RulePlan, names: Names, outputs: Sequence[exp.Expr]) -> exp.Select:
    named = [named_as(output, f"a{i}") for i, output in enumerate(outputs)]
    if not plan.tallies:
        query = select_block(plan.block, names, named)
        for tabled in plan.tabled:
            query = with_tabled(query, tabled, names)
        return query
    columns = [named_as(value_sql(value, names), f"v{i}") for i, value in enumerate(plan.variables)]
    body = select_block(plan.block, names, columns or [named_as(exp.Literal.number(1), "v0")]).distinct(copy=False)
    query = select_of(named).from_(table_of(BODY), copy=False)
    query = query.with_(exp.to_identifier(BODY, quoted=True), as_=body, copy=False)
    for number, tally in enumerate(plan.tallies):
        alias = f"tally{number}"
        on = all_of(exp.EQ(this=column_of(BODY, f"v{v}"), expression=column_of(alias, f"v{v}")) for v in tally.depends)
        query = query.join(inner_query(select_amounts(tally, names), alias), on=on, join_type="left", copy=False)
        value = or_empty(tally.function, column_of(alias, "amount"))
        for operator, bound in tally.guards:
            query = query.where(guard_sql(value, operator, bound, names), copy=False)
    # Wrapped, since a query that begins with its own table expression cannot stand in a union.
    columns = [column_of("fired", column.alias) for column in named]
    return select_of(columns).from_(inner_query(query, "fired"), copy=False)
