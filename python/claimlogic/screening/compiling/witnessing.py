"""The published row behind a finding: which scan of each rule tells it, and which predicates hand it on.

Of the facts that a rule joins, one is told: a row of a published table where there is one, otherwise another fact about
codes. It is carried from table to table as one number, and only where a finding asks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from claimlogic.screening.compiling.plan import RulePlan, Stratum

_NONE = 9


def with_witnesses(
    strata: Sequence[Stratum], citable: Mapping[str, int], goals: Collection[str]
) -> tuple[list[Stratum], frozenset[str]]:
    """Strata whose rules tell a witness where one of ``goals`` asks for it, and the predicates that hold one.

    ``citable`` are the given predicates whose rows may be told; a smaller number is told before a larger one.
    """
    ranks = dict(citable)
    for stratum in strata:
        if stratum.tally is None and not stratum.rounds:
            rank = min((_rank(plan, ranks) for plan in stratum.rules), default=_NONE)
            if rank < _NONE:
                ranks.update(dict.fromkeys(stratum.predicates, rank))
    wanted = set(goals)
    told: list[Stratum] = []
    for stratum in reversed(strata):
        if wanted & set(stratum.predicates) and not stratum.rounds:
            wanted |= set(stratum.predicates)
            rules = tuple(replace(plan, witness=_witness(plan, ranks)) for plan in stratum.rules)
            stratum = replace(stratum, rules=rules)
            numbers = {plan.witness for plan in rules}
            wanted |= {s.predicate for plan in rules for s in plan.block.scans if s.number in numbers} - set(citable)
        told.append(stratum)
    holding = {p for stratum in strata for p in stratum.predicates if p in wanted and not stratum.rounds}
    return told[::-1], frozenset(holding)


def _rank(plan: RulePlan, ranks: Mapping[str, int]) -> int:
    return min((ranks.get(scan.predicate, _NONE) for scan in plan.block.scans), default=_NONE)


def _witness(plan: RulePlan, ranks: Mapping[str, int]) -> int | None:
    """The number of the scan that tells the row."""
    rank = _rank(plan, ranks)
    if rank == _NONE:
        return None
    return next(scan.number for scan in plan.block.scans if ranks.get(scan.predicate, _NONE) == rank)
