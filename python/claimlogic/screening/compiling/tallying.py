"""Aggregates as relations of their own, each worked out once however many rules ask for it.

An element that is a function of the row which the rule has read already (the units of the line itself) is added on
the spot, so that only what comes from elsewhere is grouped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from claimlogic.screening.compiling.plan import (
    Block,
    ColumnOf,
    Compare,
    Condition,
    Constant,
    Held,
    RulePlan,
    Scan,
    Tally,
    Value,
)
from claimlogic.screening.compiling.rewriting import Classes, Element, changed, changed_block, changed_tally


def depends_on_body(plan: RulePlan) -> RulePlan:
    """A plan in which outputs and guards read the block itself, for one whose aggregates are all tabled."""

    def told(value: ColumnOf | Held) -> Value:
        return plan.variables[value.variable] if isinstance(value, Held) else value

    return replace(plan, outputs=tuple(changed(value, told) for value in plan.outputs))


def keyed(block: Block, terms: Sequence[Value], depends: Sequence[int]) -> Element | None:
    """An element's block with the variables on which it depends as keys of its own; None where it cannot be freed."""
    keys: dict[int, Value] = {}
    conditions: list[Condition] = []
    for condition in block.conditions:
        match condition:
            case Compare(ColumnOf() as column, "=", Held(variable)) | Compare(
                Held(variable), "=", ColumnOf() as column
            ):
                if variable not in keys:
                    keys[variable] = column
                    continue
        conditions.append(condition)
    if set(keys) != set(depends):
        return None

    def told(value: ColumnOf | Held) -> Value:
        return keys[value.variable] if isinstance(value, Held) else value

    freed = changed_block(Block(block.scans, tuple(conditions)), told)
    return freed, tuple(keys[variable] for variable in depends), tuple(changed(term, told) for term in terms)


def apart(one: Element, other: Element) -> bool:
    """Whether two elements never give the same tuple for the same keys."""
    return _differs(one, other) or _differs(other, one)


def _differs(one: Element, other: Element) -> bool:
    """Whether a term is another constant in each, or equals a key in one and differs from that key in the other."""
    first, second = Classes(one[0].conditions), Classes(other[0].conditions)
    for left, right in zip(one[2], other[2], strict=True):
        a, b = first.of(left), second.of(right)
        if isinstance(a, Constant) and isinstance(b, Constant) and a != b:
            return True
        for key, others in zip(one[1], other[1], strict=True):
            if a == first.of(key) and _unequal(other[0], b, second.of(others), second):
                return True
    return False


def _unequal(block: Block, left: Value, right: Value, classes: Classes) -> bool:
    return any(
        isinstance(c, Compare)
        and c.operator in ("!=", "<", ">")
        and {classes.of(c.left), classes.of(c.right)} == {left, right}
        for c in block.conditions
    )


def guarding_scan(plan: RulePlan, tally: Tally) -> Scan | None:
    """A scan of the body that gives every variable on which an aggregate and its guards depend."""
    classes = Classes(plan.block.conditions)
    asked = [plan.variables[variable] for variable in tally.depends]
    asked += [plan.variables[bound.variable] for _, bound in tally.guards if isinstance(bound, Held)]
    if any(not isinstance(bound, Held | Constant) for _, bound in tally.guards):
        return None
    for scan in plan.block.scans:
        if all(place_in(scan, value, classes) is not None for value in asked):
            return scan
    return None


def place_in(scan: Scan, value: Value, classes: Classes) -> int | None:
    """The column of a scan that equals a value."""
    wanted = classes.of(value)
    for place in range(scan.width):
        if classes.of(ColumnOf(scan.number, place, value.base)) == wanted:
            return place
    return None


def renamed_variables(tally: Tally, places: dict[int, int]) -> Tally:
    """An aggregate whose variables have other numbers."""

    def told(value: ColumnOf | Held) -> Value:
        return Held(places[value.variable], value.base) if isinstance(value, Held) else value

    return replace(changed_tally(tally, told), depends=tuple(places[variable] for variable in tally.depends))
