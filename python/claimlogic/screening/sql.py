"""Plans as SQL, built of sqlglot's expressions: print one in any dialect with ``.sql(dialect=...)``.

Columns of a predicate are ``a0``, ``a1`` ...; one without arguments has a column ``a0`` that is always 1. A text or a
word is VARCHAR without quotes, compared byte by byte; a number is INTEGER.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from sqlglot import exp

from claimlogic.screening.narrowing import Among, Narrowing, Unlasting, Varied, narrowings
from claimlogic.screening.plan import (
    NUMBER,
    OPEN_END_NUMBER,
    Absent,
    Block,
    Calculated,
    ColumnOf,
    Compare,
    Condition,
    Constant,
    Held,
    Impossible,
    Present,
    Program,
    RulePlan,
    Stratum,
    Tabled,
    Tally,
    TallyPart,
    TallyTable,
    Value,
)
from claimlogic.screening.rewriting import columns_of_value
from claimlogic.screening.shaping import SHAPE_DAYS
from claimlogic.screening.unique import Keys
from claimlogic.terms import plain

_COMPARISONS: dict[str, type[exp.Binary]] = {
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
_BODY = "body"
_LOWEST = -(2**31)

# The column of the row behind what a relation holds.
WITNESS = "w"

# The number of a text that no fact and no claim holds.
UNHEARD_OF = -1


@dataclass(frozen=True, slots=True)
class Names:
    """What relations are called in the database: those of ``given`` facts, and those that rules have ``concluded``.

    ``notes`` are columns that a registered relation has besides its arguments, such as the source of a row. With
    ``numbers``, every text and word is held by its number; with ``keys``, what cannot repeat is not made distinct.
    ``small`` are predicates of few rows, ``day`` is the column of a line's day.
    """

    given: Mapping[str, str]
    concluded: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, int] | None = None
    keys: Keys | None = None
    small: frozenset[str] = frozenset()
    day: int | None = None

    def table(self, predicate: str, suffix: str = "") -> exp.Table:
        """The relation of a predicate: what is concluded of it, with what is given, or else what is given."""
        return _table(self.name(predicate) + suffix)

    def name(self, predicate: str) -> str:
        """The name of that relation."""
        return self.concluded.get(predicate) or self.given[predicate]


def names_for(program: Program, given: Mapping[str, str], notes: Mapping[str, Sequence[str]] | None = None) -> Names:
    """The names for a program, whose given relations are registered as ``given``."""
    return Names(given, concluded_names(program.concluded), notes or {})


def concluded_names(predicates: Iterable[str], prefix: str = "") -> dict[str, str]:
    """The names of the relations of what rules conclude."""
    return {predicate: f"{prefix}concluded_{predicate}" for predicate in predicates}


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
        columns = [_column(None, f"a{place}") for place in range(width)]
        queries.append(_select(columns, distinct=True).from_(_table(names.given[predicate]), copy=False))
    if not queries:
        empty = [exp.alias_(exp.cast(_zero(base, names), _type(base, names)), f"a{i}", quoted=True)
                 for i, base in enumerate(program.columns[predicate] or (NUMBER,))]  # fmt: skip
        if predicate in program.witnessed:
            empty.append(exp.alias_(exp.cast(exp.Literal.number(0), "BIGINT"), WITNESS, quoted=True))
        queries.append(_select(empty).where(exp.false(), copy=False))
    return _union(queries)


def _united(plans: Sequence[RulePlan], names: Names, keys: Keys) -> exp.Query:
    """What rules conclude together, made distinct only as far as they might repeat each other or themselves."""
    queries = []
    for group in _near(plans, keys):
        if len(group) == 1:
            queries.append(select_head(group[0], names, distinct=not keys.says_once(group[0])))
        else:
            queries.append(_union([select_head(plan, names, distinct=False) for plan in group]))
    if len(queries) > 1:  # A union takes its kind from each of its parts, so those that differ stand apart.
        queries = [
            _select([exp.Star()]).from_(query.subquery(f"part{i}", copy=False), copy=False)
            for i, query in enumerate(queries)
        ]
    return _union(queries, distinct=False)


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
        parts = [_fired(plan, names, [*(_value(v, names) for v in plan.outputs), _row(plan)]) for plan in group]
        if given:
            columns = [*(_column(None, f"a{i}") for i in range(width)), exp.column(WITNESS)]
            parts.append(_select(columns).from_(_table(given), copy=False))
        query: exp.Query = _union(parts, distinct=False)
        row: exp.Expr = _column("told", f"a{width}")
        if given or len(group) > 1 or not keys.says_once(group[0]):
            row = exp.Min(this=row)
        told = [_column("told", f"a{i}") for i in range(width)]
        rows = _select([*told, _named(row, WITNESS)]).from_(_inner(query, "told"), copy=False)
        if isinstance(row, exp.Min):
            rows = rows.group_by(*(column.copy() for column in told), copy=False)
        queries.append(rows)
    return _union(queries, distinct=False)


def _row(plan: RulePlan) -> exp.Expr:
    if plan.witness is None:
        return exp.Cast(this=exp.Literal.number(0), to=exp.DataType.build("BIGINT"))
    return _column(_alias(plan.witness), WITNESS)


def _keeps_all(plan: RulePlan) -> bool:
    """Whether a rule's head tells every variable of it, so that it says nothing twice that its body says once."""
    return set(plan.variables) <= set(plan.outputs)


def round_of(stratum: Stratum, predicate: str, names: Names) -> exp.Query | None:
    """What one more round gives of a predicate, known rows among it; None where no round concludes it."""
    queries = [select_head(plan, names) for plan in stratum.rounds if plan.head == predicate]
    return _union(queries) if queries else None


def select_head(plan: RulePlan, names: Names, distinct: bool = True) -> exp.Query:
    """The arguments of a rule's head for each way in which its body holds."""
    query = _fired(plan, names, [_value(value, names) for value in plan.outputs] or [exp.Literal.number(1)])
    return query.distinct(copy=False) if distinct else query


def select_witnesses(plan: RulePlan, names: Names, heads: Sequence[tuple[int | str, ...]] | None = None) -> exp.Select:
    """For each way in which a rule holds: its head's arguments, then of every scan its arguments and notes.

    Columns are called ``h0`` ... and ``s0_a0`` ..., ``s0_source`` ... by the place of the scan in the body. With
    ``heads``, only where the rule concludes one of them. Only for a rule without aggregates.
    """
    assert not plan.tallies, "an aggregate has members, not rows"
    columns: list[exp.Expr] = [_named(_value(value, names), f"h{i}") for i, value in enumerate(plan.outputs)]
    for place, scan in enumerate(plan.block.scans):
        for name in (*(f"a{i}" for i in range(scan.width)), *names.notes.get(scan.predicate, ())):
            columns.append(_named(_column(_alias(scan.number), name), f"s{place}_{name}"))
    query = _block(plan.block, names, columns)
    if heads is not None:
        told = exp.Tuple(expressions=[_value(value, names) for value in plan.outputs])
        query = query.where(exp.In(this=told, expressions=[_tuple(head) for head in heads]))
    return query


def _tuple(values: Sequence[int | str]) -> exp.Tuple:
    literals = (exp.Literal.number(v) if isinstance(v, int) else exp.Literal.string(v) for v in values)
    return exp.Tuple(expressions=list(literals))


def _fired(plan: RulePlan, names: Names, outputs: Sequence[exp.Expr]) -> exp.Select:
    named = [_named(output, f"a{i}") for i, output in enumerate(outputs)]
    if not plan.tallies:
        query = _block(plan.block, names, named)
        for tabled in plan.tabled:
            query = _with_tabled(query, tabled, names)
        return query
    columns = [_named(_value(value, names), f"v{i}") for i, value in enumerate(plan.variables)]
    body = _block(plan.block, names, columns or [_named(exp.Literal.number(1), "v0")]).distinct(copy=False)
    query = _select(named).from_(_table(_BODY), copy=False)
    query = query.with_(exp.to_identifier(_BODY, quoted=True), as_=body, copy=False)
    for number, tally in enumerate(plan.tallies):
        alias = f"tally{number}"
        on = _all(exp.EQ(this=_column(_BODY, f"v{v}"), expression=_column(alias, f"v{v}")) for v in tally.depends)
        query = query.join(_inner(_tally(tally, names), alias), on=on, join_type="left", copy=False)
        value = _tally_value(tally, _column(alias, "amount"))
        for operator, bound in tally.guards:
            query = query.where(_guard(value, operator, bound, names), copy=False)
    # Wrapped, since a query that begins with its own table expression cannot stand in a union.
    columns = [_column("fired", column.alias) for column in named]
    return _select(columns).from_(_inner(query, "fired"), copy=False)


def _with_tabled(query: exp.Select, tabled: Tabled, names: Names) -> exp.Select:
    amounts: list[exp.Expr] = []
    if tabled.predicate:
        alias = _alias(tabled.number)
        on = _all(
            exp.EQ(this=_column(alias, f"v{i}"), expression=_value(key, names)) for i, key in enumerate(tabled.keys)
        )
        table = exp.alias_(names.table(tabled.predicate), alias, table=True, copy=False)
        query = query.join(table, on=on, join_type="left", copy=False)
        amounts.append(_or_empty(tabled.function, _column(alias, "amount")))
    for conditions, amount in tabled.direct:
        told = _value(amount, names)
        if conditions:
            told = (
                exp.case()
                .when(exp.and_(*(_condition(c, names) for c in conditions), copy=False), told, copy=False)
                .else_(exp.Literal.number(0), copy=False)
            )
        amounts.append(told)
    value = (
        reduce(lambda left, right: exp.Add(this=left, expression=right), amounts)
        if amounts
        else _empty(tabled.function)
    )
    for operator, bound in tabled.guards:
        query = query.where(_guard(exp.Paren(this=value), operator, bound, names), copy=False)
    return query


def select_tally(table: TallyTable, names: Names) -> exp.Query:
    """The values of an aggregate by its keys: ``v0`` ..., then ``amount``."""
    rows = []
    for number, (bases, elements) in enumerate(table.parts):
        alias = f"form{number}"
        tuples = []
        for block, keys, terms in elements:
            columns = [_named(_value(key, names), f"v{i}") for i, key in enumerate(keys)]
            columns += [_named(_value(term, names), f"t{i}") for i, term in enumerate(terms)]
            tuples.append(_block(block, names, columns).distinct(copy=False))
        rows.append(_weighed(_union(tuples), alias, bases, table.function, range(table.keys)))
    return _summed(_union(rows, distinct=False), table.function, [f"v{i}" for i in range(table.keys)])


def _summed(rows: exp.Query, function: str, keys: Sequence[str]) -> exp.Select:
    """The value of an aggregate over element tuples, for each combination of the keys."""
    query = _select([*(_column("element", key) for key in keys), _named(_function(function), "amount")])
    query = query.from_(_inner(rows, "element"), copy=False)
    return query.group_by(*(_column("element", key) for key in keys), copy=False) if keys else query


def _weighed(tuples: exp.Query, alias: str, bases: Sequence[str], function: str, keys: Iterable[int]) -> exp.Select:
    """Element tuples of one form, each with what it adds."""
    columns: list[exp.Expr] = [_column(alias, f"v{v}") for v in keys]
    weighs = bases[:1] == (NUMBER,)
    amount = _column(alias, "t0") if weighs else exp.Literal.number(0)
    query = _select([*columns, _named(amount, "amount")]).from_(_inner(tuples, alias), copy=False)
    if function == "#sum" and weighs:
        told = exp.NEQ(this=_column(alias, "t0"), expression=exp.Literal.number(OPEN_END_NUMBER))
        query = query.where(told, copy=False)
    return query


def _function(name: str) -> exp.Expr:
    amount = _column("element", "amount")
    return {
        "#count": exp.Count(this=exp.Star()),
        "#sum": exp.Sum(this=amount),
        "#min": exp.Min(this=amount),
        "#max": exp.Max(this=amount),
    }[name]


def _tally(tally: Tally, names: Names) -> exp.Select:
    """The value of an aggregate for each combination of the variables on which it depends."""
    rows = _union([_tally_part(part, i, tally, names) for i, part in enumerate(tally.parts)], distinct=False)
    return _summed(rows, tally.function, [f"v{v}" for v in tally.depends])


def _tally_part(part: TallyPart, number: int, tally: Tally, names: Names) -> exp.Select:
    """The tuples of one form, each once, with what each adds."""
    tuples = _union([_tally_block(block, terms, tally, names) for block, terms in part.blocks])
    return _weighed(tuples, f"form{number}", part.bases, tally.function, tally.depends)


def _tally_block(block: Block, terms: Sequence[Value], tally: Tally, names: Names) -> exp.Select:
    columns = [_named(_column(_BODY, f"v{v}"), f"v{v}") for v in tally.depends]
    columns += [_named(_value(term, names), f"t{i}") for i, term in enumerate(terms)]
    query = _select(columns or [_named(exp.Literal.number(1), "t0")], distinct=True)
    if tally.depends:
        whole = _select([_column(None, f"v{v}") for v in tally.depends], distinct=True)
        query = query.from_(_inner(whole.from_(_table(_BODY), copy=False), _BODY), copy=False)
    return _with_block(query, block, names, started=bool(tally.depends))


def _tally_value(tally: Tally, amount: exp.Expr) -> exp.Expr:
    return _or_empty(tally.function, amount)


def _or_empty(function: str, amount: exp.Expr) -> exp.Expr:
    """An aggregate's value; over no elements, what an empty set has."""
    return exp.Coalesce(this=amount, expressions=[_empty(function)])


def _empty(function: str) -> exp.Expr:
    return exp.Literal.number({"#min": OPEN_END_NUMBER, "#max": _LOWEST}.get(function, 0))


def _guard(value: exp.Expr, operator: str, bound: Value, names: Names) -> exp.Expr:
    if bound.base != NUMBER:  # An aggregate's number stands before every word and text.
        return exp.true() if operator in ("<", "<=", "!=") else exp.false()
    return _COMPARISONS[operator](this=value.copy(), expression=_value(bound, names))


def _block(block: Block, names: Names, columns: Sequence[exp.Expr]) -> exp.Select:
    return _with_block(_select(columns), block, names, started=False)


def _with_block(query: exp.Select, block: Block, names: Names, started: bool) -> exp.Select:
    narrowed = narrowings(block, names.small, names.day) if names.day is not None else {}
    for scan in block.scans:
        held = names.table(scan.predicate, "_fresh" if scan.fresh else "")
        if scan.number in narrowed:
            table: exp.Expr = _inner(_narrowed(held, narrowed[scan.number], names), _alias(scan.number))
        else:
            table = exp.alias_(held, _alias(scan.number), table=True, copy=False)
        if started:
            query.append("joins", exp.Join(this=table, kind="CROSS"))
        else:
            query.from_(table, copy=False)
        started = True
    told = []
    for condition in block.conditions:
        one = _condition(condition, names)
        told.append(_after_joins(one) if names.keys is not None and _ranges(condition) else one)
    return query.where(*told, copy=False) if told else query


def _narrowed(table: exp.Table, narrowed: Sequence[Narrowing], names: Names) -> exp.Select:
    rows = exp.alias_(table, "row", table=True, copy=False)
    told = [_narrowing(narrowing, table, names) for narrowing in narrowed]
    return _select([exp.Star()]).from_(rows, copy=False).where(*told, copy=False)


def _narrowing(narrowing: Narrowing, table: exp.Table, names: Names) -> exp.Expr:
    match narrowing:
        case Among(place, block, column):
            among = _block(block, names, [_value(column, names)])
            return exp.In(this=_column("row", f"a{place}"), query=exp.Subquery(this=among))
        case Unlasting(predicate, places, keys, first, last):
            days = names.table(SHAPE_DAYS)
            ends = (_select([function(this=_column(None, f"a{names.day}"))]).from_(days.copy(), copy=False)
                    for function in (exp.Min, exp.Max))  # fmt: skip
            begun, ended = (exp.Subquery(this=query) for query in ends)
            same = [
                exp.EQ(this=_column("lasting", f"a{key}"), expression=_column("row", f"a{place}"))
                for key, place in zip(keys, places, strict=True)
            ]
            lasting = _select([exp.Literal.number(1)]).from_(
                exp.alias_(names.table(predicate), "lasting", table=True, copy=False), copy=False
            )
            covers = (
                exp.LTE(this=_column("lasting", f"a{first}"), expression=begun),
                exp.GTE(this=_column("lasting", f"a{last}"), expression=ended),
            )
            return exp.Not(this=exp.Exists(this=lasting.where(*same, *covers, copy=False)))
        case Varied(place):
            least, most = (function(this=_column(None, f"a{place}")) for function in (exp.Min, exp.Max))
            differs = exp.NEQ(this=least, expression=most)
            claim = _column(None, "a0")
            varied = _select([claim]).from_(table.copy(), copy=False).group_by(claim.copy(), copy=False)
            return exp.In(this=_column("row", "a0"), query=exp.Subquery(this=varied.having(differs, copy=False)))


def _ranges(condition: Condition) -> bool:
    """Whether a condition holds a column of one scan within a range that another gives."""
    if not isinstance(condition, Compare) or condition.operator in ("=", "!="):
        return False
    sides = [{column.scan for column in columns_of_value(side)} for side in (condition.left, condition.right)]
    return all(sides) and sides[0] != sides[1]


def _after_joins(condition: exp.Expr) -> exp.Expr:
    """A condition in a form that no database takes for one to join by: a range alone joins nearly everything."""
    return exp.EQ(
        this=exp.case().when(condition, exp.Literal.number(1), copy=False).else_(exp.Literal.number(0), copy=False),
        expression=exp.Literal.number(1),
    )


def _condition(condition: Condition, names: Names) -> exp.Expr:
    match condition:
        case Compare(left, operator, right):
            return _COMPARISONS[operator](this=_value(left, names), expression=_value(right, names))
        case Absent(Block((), conditions)):
            return exp.Not(this=exp.Paren(this=exp.and_(*(_condition(c, names) for c in conditions), copy=False)))
        case Present(block):
            return exp.Exists(this=_block(block, names, [exp.Literal.number(1)]))
        case Absent(block):
            inner = _block(block, names, [exp.Literal.number(1)])
            return exp.Not(this=exp.Exists(this=inner))
        case Impossible():
            return exp.false()


def _value(value: Value, names: Names) -> exp.Expr:
    match value:
        case Constant(term, _):
            if isinstance(term, int):
                return exp.Literal.number(term)
            told = plain(term)
            if names.numbers is not None:
                return exp.Literal.number(names.numbers.get(told, UNHEARD_OF))
            return exp.Literal.string(told)
        case ColumnOf(scan, place, _):
            return _column(_alias(scan), f"a{place}")
        case Held(variable, _):
            return _column(_BODY, f"v{variable}")
        case Calculated(operator, left, right):
            second = _value(right, names)
            if operator in ("/", "\\"):  # Conditions keep 0 out, but a database may work out the quotient first.
                second = exp.Nullif(this=second, expression=exp.Literal.number(0))
            sides = (
                exp.Paren(this=side) if isinstance(side, exp.Binary) else side for side in (_value(left, names), second)
            )
            this, expression = sides
            return _ARITHMETIC[operator](this=this, expression=expression)


def _zero(base: str, names: Names) -> exp.Expr:
    return exp.Literal.number(0) if base == NUMBER or names.numbers is not None else exp.Literal.string("")


def _type(base: str, names: Names) -> str:
    return "INT" if base == NUMBER or names.numbers is not None else "TEXT"


def _alias(scan: int) -> str:
    return f"t{scan}"


def _column(table: str | None, name: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def _named(value: exp.Expr, name: str) -> exp.Expr:
    return exp.Alias(this=value, alias=exp.to_identifier(name, quoted=True))


def _select(columns: Sequence[exp.Expr], distinct: bool = False) -> exp.Select:
    # A query is built once and kept nowhere else, so no step copies what the steps before made.
    return exp.Select(expressions=list(columns), distinct=exp.Distinct() if distinct else None)


def _inner(query: exp.Query, alias: str) -> exp.Subquery:
    return query.subquery(exp.to_identifier(alias, quoted=True), copy=False)


def _all(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """Every condition holds; with none, it is true."""
    return exp.and_(exp.true(), *conditions, copy=False)


def _union(queries: Sequence[exp.Query], distinct: bool = True) -> exp.Query:
    return reduce(lambda left, right: exp.union(left, right, distinct=distinct, copy=False), queries)
