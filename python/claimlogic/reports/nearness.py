"""How near the rules came to what is absent: what came nearest is told first, what nothing came near in passing."""

from __future__ import annotations

from claimlogic.proofs.model import Counts, Holds, NearMiss, Pattern, Premise, Proof
from claimlogic.reports.proof_leaves import Leaves
from claimlogic.terms import Atom

_HELD = 10
_BLOCKED = 20


class Nearness:
    """Weighs what held on the way to an absence: what is published of a code, and what rests on it, far above the
    claim's own facts, and what rules say of themselves not at all.
    """

    def __init__(self, proof: Proof, leaves: Leaves) -> None:
        self._proof = proof
        self._leaves = leaves
        self._known: dict[Pattern, int] = {}
        self._published: dict[Atom, bool] = {}

    def of_pattern(self, pattern: Pattern) -> int:
        """The most that held for any rule that could conclude the pattern; 0 where nothing came near."""
        if pattern not in self._known:
            self._known[pattern] = 0
            search = self._proof.searches.get(pattern)
            self._known[pattern] = max((self.of_miss(m) for m in search.near_misses), default=0) if search else 0
        return self._known[pattern]

    def of_miss(self, miss: NearMiss) -> int:
        """The weight of the conditions that held, those on the way to the failed one included."""
        held = sum(map(self._weight, miss.held))
        match miss.failed:
            case Pattern():
                return held + self.of_pattern(miss.failed)
            case Holds():
                return held + _BLOCKED
            case Counts():
                return held + _HELD
            case _:
                return held + 1

    def _weight(self, premise: Premise) -> int:
        if isinstance(premise, Holds):
            if self._leaves.is_about_rules(premise.atom):
                return 0
            return _HELD if self._rests_on_published(premise.atom) else 1
        return 1

    def _rests_on_published(self, atom: Atom) -> bool:
        if atom not in self._published:
            self._published[atom] = self._leaves.is_of_codes(atom)
            steps = self._proof.steps.get(atom, ())
            held = [p.atom for step in steps for p in step.premises if isinstance(p, Holds)]
            inner = any(self._rests_on_published(a) for a in held if not self._leaves.is_about_rules(a))
            self._published[atom] = self._published[atom] or inner
        return self._published[atom]
