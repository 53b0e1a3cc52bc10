"""Scans numbered in their order: the same rules have the same meaning, whatever else there is in their programs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from claimlogic.screening.compiling.plan import ColumnOf, Held, RulePlan, Stratum, Value
from claimlogic.screening.compiling.rewriting import changed_tabled, scans_of, values_of, with_body, with_plans
from claimlogic.screening.compiling.unfolding import renumbered


def numbered(stratum: Stratum) -> Stratum:
    """A stratum whose rules number their scans from 0 on. For rules whose aggregates are all tabled."""
    return with_plans(stratum, _numbered)


def meaning(stratum: Stratum) -> Hashable:
    """What a stratum concludes of what it reads: the same for two strata that are worded alike, wherever they stand."""
    rules, rounds = (
        tuple((plan.head, plan.block, plan.outputs, plan.tabled, plan.witness) for plan in plans)
        for plans in (stratum.rules, stratum.rounds)
    )
    return stratum.predicates, rules, rounds, stratum.inlined, stratum.tally


def _numbered(plan: RulePlan) -> RulePlan:
    known = [*(scan.number for scan in scans_of(plan.block)), *(tabled.number for tabled in plan.tabled)]
    numbers = {number: place for place, number in enumerate(dict.fromkeys(known))}

    def change(value: ColumnOf | Held) -> Value:
        if isinstance(value, ColumnOf):
            return ColumnOf(numbers.get(value.scan, value.scan), value.place, value.base)
        return value

    return replace(
        with_body(plan, *renumbered(plan.block, values_of(plan), numbers)),
        tabled=tuple(replace(changed_tabled(tabled, change), number=numbers[tabled.number]) for tabled in plan.tabled),
        witness=None if plan.witness is None else numbers[plan.witness],
    )
