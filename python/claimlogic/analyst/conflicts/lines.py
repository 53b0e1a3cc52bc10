"""Conflicts as lines of JSON, written by the database: there may be hundreds of thousands.

One object a conflict, keys sorted: ``arguments``, ``conflict`` (its kind), ``rows`` (the facts responsible, each with
arguments, source, where in it, note, file and line) and ``says``. An open end of days is null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from string import Formatter

from sqlglot import exp

from claimlogic.analyst.conflicts.queries import ConflictKind
from claimlogic.screening.compiling.names import Names
from claimlogic.screening.compiling.plan import NUMBER, OPEN_END_NUMBER, ColumnOf, Constant, RulePlan, Value
from claimlogic.screening.compiling.sql import select_witnesses
from claimlogic.screening.published.relations import NOTES
from claimlogic.terms import plain

# Of each scan that tells a row: its place in the body, its predicate, and the names and bases of its arguments.
Shown = tuple[int, str, tuple[str, ...], tuple[str, ...]]


Plans = Sequence[tuple[RulePlan, Sequence[Shown]]]


def firing_query(kind: ConflictKind, plans: Plans, names: Names) -> exp.Query:
    """The query for every way in which the rules of a kind hold: the arguments, the sentence, the rows responsible."""
    queries: list[exp.Query] = [_firings(kind, plan, shown, names) for plan, shown in plans]
    return reduce(lambda left, right: exp.union(left, right, distinct=False, copy=False), queries)


def line_query(kind: ConflictKind, fired: str, once: bool) -> exp.Query:
    """The query for the lines of a kind of conflict, in order of their arguments, from the table ``fired`` of firings.

    ``once`` says that each is found in one way only, so that there is nothing to gather.
    """
    heads = [_column(f"h{i}") for i in range(len(kind.arguments))]
    rows: exp.Expr = _column("responsible")
    says = _call("list_value", _column("says"))
    if not once:
        rows = _call("list_distinct", _call("flatten", _call("list", rows)))
        says = _call("list_distinct", _call("list", _column("says")))
    arguments = _object({name: head for (name, _), head in zip(kind.arguments, heads, strict=True)})
    line = _call(
        "concat",
        exp.Literal.string('{"arguments":'),
        arguments,
        exp.Literal.string(f',"conflict":"{kind.name}","rows":['),
        _call("array_to_string", _call("list_sort", rows), exp.Literal.string(",")),
        exp.Literal.string('],"says":'),
        _call("to_json", _call("list_sort", says)),
        exp.Literal.string("}"),
    )
    query = exp.select(line).from_(exp.to_table(fired)).order_by(*heads)
    return query if once else query.group_by(*heads)


def _firings(kind: ConflictKind, plan: RulePlan, shown: Sequence[Shown], names: Names) -> exp.Select:
    places = {scan.number: place for place, scan in enumerate(plan.block.scans)}
    values = dict(zip(plan.rule.variables, plan.variables, strict=True))
    rows = [_row(place, predicate, arguments, bases) for place, predicate, arguments, bases in shown]
    heads = [exp.alias_(_column(f"h{i}"), f"h{i}", quoted=True) for i in range(len(kind.arguments))]
    return exp.select(
        *heads,
        exp.alias_(_sentence(plan, values, places), "says", quoted=True),
        exp.alias_(_call("list_value", *rows), "responsible", quoted=True),
    ).from_(select_witnesses(plan, names).subquery("witness"))


def _sentence(plan: RulePlan, values: Mapping[str, Value], places: Mapping[int, int]) -> exp.Expr:
    label = plan.rule.label
    assert label is not None, "checked when the queries were read"
    pieces: list[exp.Expr] = []
    fillers = iter(label.fillers)
    for text, field, _, _ in Formatter().parse(label.template):
        pieces.append(exp.Literal.string(text))
        if field is not None:
            pieces.append(_told(values[next(fillers)], places))
    return _call("concat", *pieces)


def _told(value: Value, places: Mapping[int, int]) -> exp.Expr:
    if isinstance(value, ColumnOf):
        return _column(f"s{places[value.scan]}_a{value.place}")
    assert isinstance(value, Constant), "a label is filled by what a rule reads"
    return exp.Literal.string(plain(value.term))


def _row(place: int, predicate: str, arguments: Sequence[str], bases: Sequence[str]) -> exp.Expr:
    told = {
        name: _open_as_null(_column(f"s{place}_a{i}")) if base == NUMBER else _column(f"s{place}_a{i}")
        for i, (name, base) in enumerate(zip(arguments, bases, strict=True))
    }
    notes = {"where" if note == "place" else note: _column(f"s{place}_{note}") for note in NOTES}
    return _object({"arguments": _struct(told), "fact": exp.Literal.string(predicate), **notes})


def _open_as_null(column: exp.Expr) -> exp.Expr:
    return exp.Nullif(this=column, expression=exp.Literal.number(OPEN_END_NUMBER))


def _object(members: Mapping[str, exp.Expr]) -> exp.Expr:
    """The members, by name, as the text of a JSON object."""
    return exp.cast(_call("to_json", _struct(members)), "text")


def _struct(members: Mapping[str, exp.Expr]) -> exp.Expr:
    named = [
        exp.PropertyEQ(this=exp.to_identifier(name, quoted=True), expression=members[name]) for name in sorted(members)
    ]
    return exp.Struct(expressions=named)


def _call(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)
