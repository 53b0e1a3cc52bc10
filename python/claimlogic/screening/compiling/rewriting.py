"""Small steps on plans: put values in the place of columns, drop what always holds, tell what a block reads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TypeAlias

from claimlogic.knowledge.rules import MIRRORED
from claimlogic.screening.compiling.plan import (
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
    RulePlan,
    Scan,
    Stratum,
    Tabled,
    Tally,
    TallyPart,
    Value,
)

Change: TypeAlias = Callable[[ColumnOf | Held], Value]
Rewrite: TypeAlias = Callable[[Block, frozenset[ColumnOf], int | None], tuple[Block, Change]]
Element: TypeAlias = tuple[Block, tuple[Value, ...], tuple[Value, ...]]


def changed(value: Value, change: Change) -> Value:
    """A value with every column in it changed."""
    match value:
        case ColumnOf() | Held():
            return change(value)
        case Calculated(operator, left, right, base):
            return Calculated(operator, changed(left, change), changed(right, change), base)
        case _:
            return value


def changed_condition(condition: Condition, change: Change) -> Condition | None:
    """A condition with every column changed, None where it always holds then."""
    match condition:
        case Compare(left, operator, right):
            return _simple(Compare(changed(left, change), operator, changed(right, change)))
        case Absent(block):
            return absent(changed_block(block, change))
        case Present(block):
            return Present(changed_block(block, change))
        case _:
            return condition


def changed_block(block: Block, change: Change) -> Block:
    """A block with every column changed and without what always holds."""
    return with_conditions(block.scans, (changed_condition(c, change) for c in block.conditions))


def with_conditions(scans: Iterable[Scan], conditions: Iterable[Condition | None]) -> Block:
    """A block of these conditions, each once."""
    return Block(tuple(scans), tuple(dict.fromkeys(c for c in conditions if c is not None)))


def absent(block: Block) -> Condition | None:
    """That there is no row for which a block holds; None where there never is one."""
    if Impossible() in block.conditions:
        return None
    return Absent(block) if block.scans or block.conditions else Impossible()


def changed_tally(tally: Tally, change: Change) -> Tally:
    """An aggregate with every column in its elements changed."""
    parts = tuple(
        TallyPart(
            part.bases,
            tuple((changed_block(b, change), tuple(changed(t, change) for t in terms)) for b, terms in part.blocks),
        )
        for part in tally.parts
    )
    return replace(tally, parts=parts, guards=tuple((op, changed(bound, change)) for op, bound in tally.guards))


def changed_tabled(tabled: Tabled, change: Change) -> Tabled:
    """An aggregate that is looked up with every column changed that it reads."""
    return replace(
        tabled,
        keys=tuple(changed(key, change) for key in tabled.keys),
        guards=tuple((operator, changed(bound, change)) for operator, bound in tabled.guards),
        direct=tuple(
            (changed_block(Block((), conditions), change).conditions, changed(amount, change))
            for conditions, amount in tabled.direct
        ),
    )


def with_blocks(stratum: Stratum, rewrite: Rewrite) -> Stratum:
    """A stratum whose blocks are rewritten, and what is read from them with these.

    ``rewrite`` takes a block, the columns that are read from it, and the number of a scan that must stay; it gives the
    block in its place, and the change of those columns. Only for rules whose aggregates are all looked up.
    """

    def plan(one: RulePlan) -> RulePlan:
        values = chain.from_iterable(map(columns_of_value, one.outputs))
        read = frozenset(chain(values, *map(columns_of_tabled, one.tabled)))
        block, change = rewrite(one.block, read, one.witness)
        outputs = tuple(changed(value, change) for value in one.outputs)
        tabled = tuple(changed_tabled(tabled, change) for tabled in one.tabled)
        return replace(one, block=block, variables=(), outputs=outputs, tabled=tabled)

    def element(one: Element) -> Element:
        block, keys, terms = one
        read = frozenset(chain.from_iterable(map(columns_of_value, (*keys, *terms))))
        found, change = rewrite(block, read, None)
        return found, tuple(changed(key, change) for key in keys), tuple(changed(term, change) for term in terms)

    return with_elements(with_plans(stratum, plan), element)


def with_plans(stratum: Stratum, change: Callable[[RulePlan], RulePlan]) -> Stratum:
    """A stratum with each of its plans changed."""
    return replace(stratum, rules=tuple(map(change, stratum.rules)), rounds=tuple(map(change, stratum.rounds)))


def elements_of(stratum: Stratum) -> Iterator[Element]:
    """Every element of the aggregate whose values a stratum holds, if it does."""
    if stratum.tally is not None:
        for _, elements in stratum.tally.parts:
            yield from elements


def with_elements(stratum: Stratum, change: Callable[[Element], Element]) -> Stratum:
    """A stratum with each of these elements changed."""
    if stratum.tally is None:
        return stratum
    parts = ((bases, tuple(map(change, elements))) for bases, elements in stratum.tally.parts)
    return replace(stratum, tally=replace(stratum.tally, parts=tuple(parts)))


def values_of(plan: RulePlan) -> tuple[Value, ...]:
    """What is read from a plan's block: its variables, then what it concludes."""
    return (*plan.variables, *plan.outputs)


def with_body(plan: RulePlan, block: Block, values: Sequence[Value]) -> RulePlan:
    """A plan with another block, and what ``values_of`` told in terms of that."""
    known = len(plan.variables)
    return replace(plan, block=block, variables=tuple(values[:known]), outputs=tuple(values[known:]))


def possible(plans: Iterable[RulePlan]) -> tuple[RulePlan, ...]:
    """The plans whose blocks can hold."""
    return tuple(plan for plan in plans if Impossible() not in plan.block.conditions)


def in_turn(steps: Iterable[Mapping[ColumnOf, Value]]) -> Change:
    """The change that puts values in the place of some columns, step after step."""

    def change(value: ColumnOf | Held) -> Value:
        told: Value = value
        for step in steps:
            told = changed(told, putting(step))
        return told

    return change


def putting(values: Mapping[ColumnOf, Value]) -> Change:
    """The change that puts values in the place of some columns."""
    return lambda column: values.get(column, column) if isinstance(column, ColumnOf) else column


def columns_of_value(value: Value) -> Iterator[ColumnOf]:
    """Every column in a value."""
    match value:
        case ColumnOf():
            yield value
        case Calculated(_, left, right):
            yield from columns_of_value(left)
            yield from columns_of_value(right)


def columns_of(block: Block) -> Iterator[ColumnOf]:
    """Every column in a block's conditions, those of inner blocks among them."""
    for condition in block.conditions:
        if isinstance(condition, Compare):
            yield from columns_of_value(condition.left)
            yield from columns_of_value(condition.right)
        elif isinstance(condition, Absent | Present):
            yield from columns_of(condition.block)


def columns_read(block: Block, values: Iterable[Value]) -> Iterator[ColumnOf]:
    """Every column that a block asks about, and those in values read from it."""
    yield from columns_of(block)
    yield from chain.from_iterable(map(columns_of_value, values))


def columns_of_tabled(tabled: Tabled) -> Iterator[ColumnOf]:
    """Every column of the rows around that an aggregate reads which is looked up."""
    for value in (*tabled.keys, *(bound for _, bound in tabled.guards), *(amount for _, amount in tabled.direct)):
        yield from columns_of_value(value)
    for conditions, _ in tabled.direct:
        yield from columns_of(Block((), conditions))


def equal(conditions: Iterable[Condition]) -> Iterator[tuple[Value, Value]]:
    """The values that must be equal, each pair in both orders."""
    for condition in conditions:
        if isinstance(condition, Compare) and condition.operator == "=":
            yield condition.left, condition.right
            yield condition.right, condition.left


def both_ways(compare: Compare) -> Iterator[tuple[Value, str, Value]]:
    """A comparison, and the same with its sides in each other's place."""
    yield compare.left, compare.operator, compare.right
    yield compare.right, MIRRORED[compare.operator], compare.left


def scans_asked(condition: Condition) -> set[int]:
    """The numbers of the scans whose columns a condition asks about."""
    return {column.scan for column in columns_of(Block((), (condition,)))}


def scans_of(block: Block) -> Iterator[Scan]:
    """Every scan in a block, those of inner blocks among them."""
    yield from block.scans
    for condition in block.conditions:
        if isinstance(condition, Absent | Present):
            yield from scans_of(condition.block)


def without(block: Block, empty: Collection[str]) -> Block:
    """A block as it is where some predicates have no rows."""
    if any(scan.predicate in empty for scan in block.scans):
        return Block((), (Impossible(),))
    return with_conditions(block.scans, (_without(condition, empty) for condition in block.conditions))


def _without(condition: Condition, empty: Collection[str]) -> Condition | None:
    match condition:
        case Absent(block):
            return absent(without(block, empty))
        case Present(block):
            inner = without(block, empty)
            return Impossible() if Impossible() in inner.conditions else Present(inner)
        case _:
            return condition


def told_apart(block: Block) -> Block:
    """A block whose absences look for each thing by itself.

    ``not (a and b exists and c exists)`` is looked up by fewer columns than the absence of ``b`` with ``c`` where ``a``
    holds; and where nothing joins ``b`` to ``c`` but the rows around, a database would pair every one with every other.
    """
    return Block(block.scans, tuple(Absent(_parted(c.block)) if isinstance(c, Absent) else c for c in block.conditions))


def _parted(block: Block) -> Block:
    inner = told_apart(block)
    groups: list[tuple[list[Scan], list[Condition]]] = [([scan], []) for scan in inner.scans]
    around: list[Condition] = []
    for condition in inner.conditions:
        numbers = scans_asked(condition)
        near = [group for group in groups if any(scan.number in numbers for scan in group[0])]
        if not near:
            around.append(condition)
            continue
        scans = [scan for group in near for scan in group[0]]
        conditions = [one for group in near for one in group[1]]
        groups = [group for group in groups if group not in near] + [(scans, [*conditions, condition])]
    if len(groups) == 1 and not around:
        return inner
    present = [Present(Block(tuple(scans), tuple(conditions))) for scans, conditions in groups]
    return Block((), (*around, *present))


class Classes:
    """Which columns of a block must be equal, to each other or to a constant."""

    def __init__(self, conditions: Iterable[Condition], outer: Classes | None = None) -> None:
        self._next: dict[Value, Value] = dict(outer._next) if outer else {}
        for condition in conditions:
            if isinstance(condition, Compare) and condition.operator == "=":
                self._join(condition.left, condition.right)

    def of(self, value: Value) -> Value:
        """One value that stands for all that equal this one."""
        while value in self._next:
            value = self._next[value]
        return value

    def _join(self, left: Value, right: Value) -> None:
        one, other = self.of(left), self.of(right)
        if one != other:
            if isinstance(one, Constant):
                one, other = other, one
            self._next[one] = other


def _simple(condition: Compare) -> Condition | None:
    left, operator, right = condition.left, condition.operator, condition.right
    if left == right:
        return None if operator in ("=", "<=", ">=") else Impossible()
    if isinstance(left, Constant) and isinstance(right, Constant) and operator in ("=", "!="):
        return None if operator == "!=" else Impossible()
    return condition
