"""Recursive predicates of which most rows are plain: these are tested where they are asked for, not concluded.

Most lines of a claim stand because nothing speaks against them; a few stand because their parents do. What a rule
concludes of a line that it only tests is written in the place where it is asked; the table holds what the other rules
find, and the rounds go over that alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from claimlogic.screening.compiling.plan import Block, ColumnOf, RulePlan, Scan, Stratum
from claimlogic.screening.compiling.rewriting import values_of, with_body
from claimlogic.screening.compiling.unfolding import Unfolding


def further_rows(rule: RulePlan, name: str) -> RulePlan:
    """The rule that says of a predicate what the relation ``name`` holds: what is not plain."""
    values = tuple(ColumnOf(-1, place, value.base) for place, value in enumerate(rule.outputs))
    return RulePlan(rule.rule, Block((Scan(-1, name, len(values)),), ()), values, (), values)


def without_plain(
    stratum: Stratum, predicate: str, plain: Sequence[RulePlan], name: str, unfolding: Unfolding
) -> Stratum:
    """A recursive stratum that concludes ``name`` in the place of a predicate: its rows but for those of ``plain``.

    ``stratum`` has no rules for these any more.
    """

    def renamed(plan: RulePlan) -> RulePlan:
        if plan.head != predicate:
            return plan
        return replace(plan, rule=replace(plan.rule, head=replace(plan.rule.head, predicate=name)))

    rules = list(stratum.rules)
    rounds: list[RulePlan] = []
    for plan in stratum.rounds:
        for choice in _choices(plan, predicate, plain, name, unfolding):
            own = [scan for scan in choice.block.scans if scan.predicate in {*stratum.predicates, name}]
            if any(scan.fresh for scan in own):
                rounds.append(choice)
            elif not own:
                rules.append(choice)
            # What else it reads of the stratum is new in some round, and the rule that waits for that is another one.
    return replace(
        stratum,
        predicates=tuple(name if own == predicate else own for own in stratum.predicates),
        rules=tuple(map(renamed, rules)),
        rounds=tuple(map(renamed, rounds)),
    )


def _choices(
    plan: RulePlan, predicate: str, plain: Sequence[RulePlan], name: str, unfolding: Unfolding
) -> Iterator[RulePlan]:
    """A rule once for each choice of where a predicate holds: in its table, or by one of its plain rules."""
    scan = next((scan for scan in plan.block.scans if scan.predicate == predicate), None)
    if scan is None:
        yield plan
        return
    held = tuple(replace(other, predicate=name) if other == scan else other for other in plan.block.scans)
    values = values_of(plan)
    chosen = [(Block(held, plan.block.conditions), values)]
    chosen += [unfolding.choose(plan.block, values, scan, own) for own in plain]
    for block, told in chosen:
        yield from _choices(with_body(plan, block, told), predicate, plain, name, unfolding)
