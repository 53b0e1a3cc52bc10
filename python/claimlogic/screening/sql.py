"""Plans as SQL, built of sqlglot's expressions: print one in any dialect with ``.sql(dialect=...)``.

Columns of a predicate are ``a0``, ``a1`` ...; one without arguments has a column ``a0`` that is always 1. A text or a
word is VARCHAR without quotes, compared byte by byte; a number is INTEGER.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

from sqlglot import exp

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
    Program,
    RulePlan,
    Stratum,
    Tally,
    TallyPart,
    Value,
)
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


@dataclass(frozen=True, slots=True)
class Names:
    """What relations are called in the database: those of given facts as registered, the others by predicate.

    ``notes`` are columns that a registered relation has besides its arguments, such as the source of a row.
    """

    given: Mapping[str, str]
    concluded: frozenset[str] = frozenset()
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def table(self, predicate: str, suffix: str = "") -> exp.Table:
        """The relation of a predicate: what is concluded of it, with what is given, or else what is given."""
        return _table(self.name(predicate) + suffix)

    def name(self, predicate: str) -> str:
        """The name of that relation."""
        return f"concluded_{predicate}" if predicate in self.concluded else self.given[predicate]


def names_for(program: Program, given: Mapping[str, str], notes: Mapping[str, Sequence[str]] | None = None) -> Names:
    """The names for a program, whose given relations are registered as ``given``."""
    return Names(given, program.concluded, notes or {})


def rows_of(stratum: Stratum, predicate: str, program: Program, names: Names) -> exp.Query:
    """The rows of a predicate by the rules of its stratum (without its rounds) and by what is given of it."""
    width = max(1, len(program.columns[predicate]))
    queries: list[exp.Query] = [
        select_head(plan, names, distinct=not (stratum.inlined and _keeps_all(plan)))
        for plan in stratum.rules
        if plan.head == predicate
    ]
    if predicate in program.given:
        columns = [_column(None, f"a{place}") for place in range(width)]
        queries.append(exp.select(*columns).distinct().from_(_table(names.given[predicate])))
    if not queries:
        empty = [exp.alias_(exp.cast(_zero(base), _type(base)), f"a{i}", quoted=True)
                 for i, base in enumerate(program.columns[predicate] or (NUMBER,))]  # fmt: skip
        queries.append(exp.select(*empty).where(exp.false()))
    return _union(queries)


def _keeps_all(plan: RulePlan) -> bool:
    """Whether a rule's head tells every variable of it, so that it says nothing twice that its body says once."""
    return set(plan.variables) <= set(plan.outputs)


def round_of(stratum: Stratum, predicate: str, names: Names) -> exp.Query | None:
    """What one more round gives of a predicate, known rows among it; None where no round concludes it."""
    queries = [select_head(plan, names) for plan in stratum.rounds if plan.head == predicate]
    return _union(queries) if queries else None


def select_head(plan: RulePlan, names: Names, distinct: bool = True) -> exp.Query:
    """The arguments of a rule's head for each way in which its body holds."""
    query = _fired(plan, names, [_value(value) for value in plan.outputs] or [exp.Literal.number(1)])
    return query.distinct() if distinct else query


def select_witnesses(plan: RulePlan, names: Names, heads: Sequence[tuple[int | str, ...]] | None = None) -> exp.Select:
    """For each way in which a rule holds: its head's arguments, then of every scan its arguments and notes.

    Columns are called ``h0`` ... and ``s0_a0`` ..., ``s0_source`` ... by the place of the scan in the body. With
    ``heads``, only where the rule concludes one of them. Only for a rule without aggregates.
    """
    assert not plan.tallies, "an aggregate has members, not rows"
    columns: list[exp.Expr] = [exp.alias_(_value(value), f"h{i}", quoted=True) for i, value in enumerate(plan.outputs)]
    for place, scan in enumerate(plan.block.scans):
        for name in (*(f"a{i}" for i in range(scan.width)), *names.notes.get(scan.predicate, ())):
            columns.append(exp.alias_(_column(_alias(scan.number), name), f"s{place}_{name}", quoted=True))
    query = _block(plan.block, names, columns)
    if heads is not None:
        told = exp.Tuple(expressions=[_value(value) for value in plan.outputs])
        query = query.where(exp.In(this=told, expressions=[_tuple(head) for head in heads]))
    return query


def _tuple(values: Sequence[int | str]) -> exp.Tuple:
    literals = (exp.Literal.number(v) if isinstance(v, int) else exp.Literal.string(v) for v in values)
    return exp.Tuple(expressions=list(literals))


def _fired(plan: RulePlan, names: Names, outputs: Sequence[exp.Expr]) -> exp.Select:
    named = [exp.alias_(output, f"a{i}", quoted=True) for i, output in enumerate(outputs)]
    if not plan.tallies:
        return _block(plan.block, names, named)
    columns = [exp.alias_(_value(value), f"v{i}", quoted=True) for i, value in enumerate(plan.variables)]
    body = _block(plan.block, names, columns or [exp.alias_(exp.Literal.number(1), "v0", quoted=True)]).distinct()
    query = exp.select(*named).from_(_table(_BODY)).with_(exp.to_identifier(_BODY, quoted=True), as_=body)
    for number, tally in enumerate(plan.tallies):
        alias = f"tally{number}"
        on = _all(exp.EQ(this=_column(_BODY, f"v{v}"), expression=_column(alias, f"v{v}")) for v in tally.depends)
        query = query.join(
            _tally(tally, names).subquery(exp.to_identifier(alias, quoted=True)), on=on, join_type="left"
        )
        value = _tally_value(tally, _column(alias, "amount"))
        for operator, bound in tally.guards:
            query = query.where(_guard(value, operator, bound))
    # Wrapped, since a query that begins with its own table expression cannot stand in a union.
    return exp.select(*(_column("fired", column.alias) for column in named)).from_(
        query.subquery(exp.to_identifier("fired", quoted=True))
    )


def _tally(tally: Tally, names: Names) -> exp.Select:
    """The value of an aggregate for each combination of the variables on which it depends."""
    rows = _union([_tally_part(part, i, tally, names) for i, part in enumerate(tally.parts)], distinct=False)
    amount = _column("element", "amount")
    function = {
        "#count": exp.Count(this=exp.Star()),
        "#sum": exp.Sum(this=amount),
        "#min": exp.Min(this=amount),
        "#max": exp.Max(this=amount),
    }[tally.function]
    groups = [_column("element", f"v{v}") for v in tally.depends]
    query = exp.select(*groups, exp.alias_(function, "amount", quoted=True))
    query = query.from_(rows.subquery(exp.to_identifier("element", quoted=True)))
    return query.group_by(*groups) if groups else query


def _tally_part(part: TallyPart, number: int, tally: Tally, names: Names) -> exp.Select:
    """The tuples of one form, each once, with what each adds."""
    tuples = _union([_tally_block(block, terms, tally, names) for block, terms in part.blocks])
    alias = f"form{number}"
    columns: list[exp.Expr] = [_column(alias, f"v{v}") for v in tally.depends]
    weighs = part.bases[:1] == (NUMBER,)
    amount = _column(alias, "t0") if weighs else exp.Literal.number(0)
    query = exp.select(*columns, exp.alias_(amount, "amount", quoted=True))
    query = query.from_(tuples.subquery(exp.to_identifier(alias, quoted=True)))
    if tally.function == "#sum" and weighs:
        query = query.where(exp.NEQ(this=_column(alias, "t0"), expression=exp.Literal.number(OPEN_END_NUMBER)))
    return query


def _tally_block(block: Block, terms: Sequence[Value], tally: Tally, names: Names) -> exp.Select:
    columns = [exp.alias_(_column(_BODY, f"v{v}"), f"v{v}", quoted=True) for v in tally.depends]
    columns += [exp.alias_(_value(term), f"t{i}", quoted=True) for i, term in enumerate(terms)]
    if not columns:
        columns = [exp.alias_(exp.Literal.number(1), "t0", quoted=True)]
    query = exp.select(*columns).distinct()
    if tally.depends:
        whole = exp.select(*(_column(None, f"v{v}") for v in tally.depends)).distinct().from_(_table(_BODY))
        query = query.from_(whole.subquery(exp.to_identifier(_BODY, quoted=True)))
    return _with_block(query, block, names, started=bool(tally.depends))


def _tally_value(tally: Tally, amount: exp.Expr) -> exp.Expr:
    """The aggregate's value; over no elements, what an empty set has."""
    empty = {"#min": OPEN_END_NUMBER, "#max": _LOWEST}.get(tally.function, 0)
    return exp.Coalesce(this=amount, expressions=[exp.Literal.number(empty)])


def _guard(value: exp.Expr, operator: str, bound: Value) -> exp.Expr:
    if bound.base != NUMBER:  # An aggregate's number stands before every word and text.
        return exp.true() if operator in ("<", "<=", "!=") else exp.false()
    return _COMPARISONS[operator](this=value.copy(), expression=_value(bound))


def _block(block: Block, names: Names, columns: Sequence[exp.Expr]) -> exp.Select:
    return _with_block(exp.select(*columns), block, names, started=False)


def _with_block(query: exp.Select, block: Block, names: Names, started: bool) -> exp.Select:
    for scan in block.scans:
        table = exp.alias_(names.table(scan.predicate, "_fresh" if scan.fresh else ""), _alias(scan.number), table=True)
        query = query.join(table, join_type="cross") if started else query.from_(table)
        started = True
    for condition in block.conditions:
        query = query.where(_condition(condition, names))
    return query


def _condition(condition: Condition, names: Names) -> exp.Expr:
    match condition:
        case Compare(left, operator, right):
            return _COMPARISONS[operator](this=_value(left), expression=_value(right))
        case Absent(block):
            inner = _block(block, names, [exp.Literal.number(1)])
            return exp.Not(this=exp.Exists(this=inner))
        case Impossible():
            return exp.false()


def _value(value: Value) -> exp.Expr:
    match value:
        case Constant(term, _):
            return exp.Literal.number(term) if isinstance(term, int) else exp.Literal.string(plain(term))
        case ColumnOf(scan, place, _):
            return _column(_alias(scan), f"a{place}")
        case Held(variable, _):
            return _column(_BODY, f"v{variable}")
        case Calculated(operator, left, right):
            second = _value(right)
            if operator in ("/", "\\"):  # Conditions keep 0 out, but a database may work out the quotient first.
                second = exp.Nullif(this=second, expression=exp.Literal.number(0))
            sides = (exp.Paren(this=side) if isinstance(side, exp.Binary) else side for side in (_value(left), second))
            this, expression = sides
            return _ARITHMETIC[operator](this=this, expression=expression)


def _zero(base: str) -> exp.Expr:
    return exp.Literal.number(0) if base == NUMBER else exp.Literal.string("")


def _type(base: str) -> str:
    return "INT" if base == NUMBER else "TEXT"


def _alias(scan: int) -> str:
    return f"t{scan}"


def _column(table: str | None, name: str) -> exp.Column:
    return exp.column(name, table=table, quoted=True)


def _table(name: str) -> exp.Table:
    return exp.Table(this=exp.to_identifier(name, quoted=True))


def _all(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """Every condition holds; with none, it is true."""
    return exp.and_(exp.true(), *conditions, copy=False)


def _union(queries: Sequence[exp.Query], distinct: bool = True) -> exp.Query:
    return reduce(lambda left, right: exp.union(left, right, distinct=distinct, copy=False), queries)
