"""What holds around need not be asked again within: of ``not a, not (not a, b)`` there remains ``not a, not b``."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TypeAlias

from claimlogic.screening.compiling.plan import Absent, Block, RulePlan
from claimlogic.screening.compiling.rewriting import absent, scans_of, with_conditions
from claimlogic.screening.compiling.unfolding import renumbered

# An absence, whatever numbers its scans have and in whichever order its conditions stand.
Meaning: TypeAlias = Hashable


def asked_once(plan: RulePlan) -> RulePlan:
    """A plan that asks within an absence for no other that holds around it."""
    return replace(plan, block=_once(plan.block, frozenset()))


def _once(block: Block, around: frozenset[Meaning]) -> Block:
    told = [(c, _meaning(c.block) if isinstance(c, Absent) else None) for c in block.conditions]
    asked = [(condition, meaning) for condition, meaning in told if meaning not in around]
    known = around | {meaning for _, meaning in asked if meaning is not None}
    inner = (absent(_once(c.block, known)) if isinstance(c, Absent) else c for c, _ in asked)
    return with_conditions(block.scans, inner)


def _meaning(block: Block) -> Meaning:
    own = {scan.number: -1 - place for place, scan in enumerate(scans_of(block))}
    alike, _ = renumbered(block, (), own)
    return alike.scans, frozenset(alike.conditions)
