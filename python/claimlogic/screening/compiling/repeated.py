"""What holds around need not be asked again within: of ``not a, not (not a, b)`` there remains ``not a, not b``."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TypeAlias

from claimlogic.screening.compiling.plan import Absent, Block, Condition, RulePlan
from claimlogic.screening.compiling.rewriting import absent, scans_of, with_conditions
from claimlogic.screening.compiling.unfolding import renumbered

# An absence, whatever numbers its scans have and in whichever order its conditions stand.
Meaning: TypeAlias = Hashable


def asked_once(plan: RulePlan) -> RulePlan:
    """A plan that asks within an absence for no other that holds around it."""
    return replace(plan, block=_once(plan.block, frozenset()))


def _once(block: Block, around: frozenset[Meaning]) -> Block:
    known = around | {_meaning(c.block) for c in block.conditions if isinstance(c, Absent)}
    return with_conditions(block.scans, (_condition(condition, known) for condition in block.conditions))


def _condition(condition: Condition, known: frozenset[Meaning]) -> Condition | None:
    if not isinstance(condition, Absent):
        return condition
    inner = condition.block
    left = (c for c in inner.conditions if not isinstance(c, Absent) or _meaning(c.block) not in known)
    return absent(_once(with_conditions(inner.scans, left), known))


def _meaning(block: Block) -> Meaning:
    own = {scan.number: -1 - place for place, scan in enumerate(scans_of(block))}
    alike, _ = renumbered(block, (), own)
    return alike.scans, frozenset(alike.conditions)
