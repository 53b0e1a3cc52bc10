"""The search itself: from the predicates whose rules or facts changed up to what an answer shows, line by line.

What changed is looked at first: where no claim within the bound tells the two versions of it apart, it is one
predicate from then on. What is left is looked for in every finding and verdict that rests on it, with one line, then
two, and so on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from claimlogic.analyst.witness.claims import Told, told_by
from claimlogic.analyst.witness.domains import Bound, Domains, Stock
from claimlogic.analyst.witness.pairing import Pairing, whole_name
from claimlogic.analyst.witness.program import Question, gained, lost, named, question
from claimlogic.search.program import Assumption, Deadline

NAME = "witness"
_AFTERWARDS = 8.0  # Seconds, once there is a difference, for what other rules differ and which way.
_GROWTH = 3.0  # A line more takes about so much longer.
_POLISH_SECONDS = 3.0
_PREFER_DECIDED = f"""
#minimize {{ 1@2, base, L : {named("verdict", "base")}(_, L, unknown) }}.
#minimize {{ 1@2, draft, L : {named("verdict", "draft")}(_, L, unknown) }}.
"""


@dataclass(frozen=True, slots=True)
class Look:
    """How one predicate came out: how many lines show no difference, and a claim that shows one, if any.

    ``gained``: the draft concludes it of the first line and the base does not; else the other way round. ``finished``
    is false where the time ran out.
    """

    name: str
    lines: int
    told: Told | None = None
    gained: bool = False
    finished: bool = True


class Searcher:
    """Asks of one pairing which predicates can differ on a claim within the bound."""

    def __init__(self, pairing: Pairing, stock: Stock, bound: Bound, deadline: Deadline) -> None:
        self.pairing, self.bound, self.deadline = pairing, bound, deadline
        first = [a for change in pairing.changed_facts.values() for a in (*change.base, *change.draft)]
        self._domains = Domains(stock, bound, first)
        self._differing: set[str] = set(pairing.changed_facts)
        self._equal: set[str] = set()
        self.left_out: dict[str, int] = {}
        self.tried: dict[str, int] = {}
        self.finished = True

    def goals(self) -> list[str]:
        """What an answer shows and may differ, once what changed has been looked at by itself."""
        for stage in self.pairing.stages:
            own = any(name in self.pairing.changed_rules for name in stage)
            if not own and not self._reads(stage) & self._differing:
                continue
            goal = any(name in self.pairing.goals for name in stage)
            if not goal and not self.deadline.passed and self._alike(stage, own):
                self._equal.update(stage)
            else:
                self._differing.update(stage)
        return [name for name in self.pairing.goals if name in self._differing]

    def _alike(self, stage: Sequence[str], own: bool) -> bool:
        """Whether no claim within the bound shows a difference in what changed, or in what holds of no claim."""
        if any("claim" not in self.pairing.kinds(name) for name in stage):
            asked = self._question(stage, whole=True)
            return not asked.of_claims and all(self._never(asked, name) for name in stage)
        if not own and not self._reads(stage) & set(self.pairing.changed_facts):
            return False
        asked = self._question(stage)
        return all(self._never(asked, name) for name in stage)

    def _never(self, asked: Question, name: str) -> bool:
        lines = [0] if not asked.of_claims else self.lines()
        look = self.look(asked, name, lines, [], polish=False)
        return look.told is None and look.finished

    def _reads(self, stage: Sequence[str]) -> frozenset[str]:
        return frozenset().union(*(self.pairing.reads(name) for name in stage))

    def _settle(self, name: str) -> None:
        """Note that a goal was shown equal, and forget what could only differ because of it."""
        self._equal.add(name)
        self._differing = set(self.pairing.changed_facts)
        for stage in self.pairing.stages:
            own = any(n in self.pairing.changed_rules for n in stage)
            if not self._equal.issuperset(stage) and (own or self._reads(stage) & self._differing):
                self._differing.update(stage)

    def lines(self) -> range:
        """The numbers of lines to try."""
        return range(1, self.bound.lines + 1)

    def looks(self, goals: Sequence[str]) -> Iterator[Look]:
        """A look at each goal, those with a difference on fewer lines first.

        What follows from a difference that was found is passed over: that the finding is reported, and the goals that
        sum up others (a verdict rests on every finding); where none was found, these come last.
        """
        waiting = [name for name in goals if not self._sums_up(name)]
        asked: dict[str, Question] = {}
        found: set[str] = set()
        for number in self.lines():
            for name in list(waiting):
                if found & self.pairing.below[name] or name not in self._differing:
                    waiting.remove(name)
                    continue
                if name not in asked and not self.deadline.passed:
                    asked[name] = self._question([name])
                look = self.look(asked[name], name, [number]) if name in asked else self._cut(name, 0)
                if look.told is None and look.finished and number < self.bound.lines:
                    continue
                waiting.remove(name)
                if look.told is not None:
                    found.add(name)
                    self._hurry()
                elif look.finished:
                    self._settle(name)
                shown = number - 1 if look.told or not look.finished else number
                yield replace(look, lines=shown)
        for name in goals:
            if not found and self._sums_up(name) and name in self._differing and self.deadline.passed:
                yield self._cut(name, 0)
            elif not found and self._sums_up(name) and name in self._differing:
                look = self.look(self._question([name]), name, self.lines())
                if look.told is not None:
                    found.add(name)
                    self._hurry()
                yield look

    def opposite(self, look: Look) -> Look:
        """The same predicate, differing the other way round."""
        if self.deadline.passed:
            return self._cut(look.name, 0)
        want = lost(look.name) if look.gained else gained(look.name)
        return self.look(self._question([look.name]), look.name, self.lines(), [(want, True)])

    def deciding(self, look: Look, verdict: str) -> Told | None:
        """A claim of the same codes on which the verdict of the line differs besides; None where there is none."""
        if look.told is None or verdict not in self._differing or look.name == verdict:
            return None
        codes = {f'"{line.code}"' for line in look.told.claim.lines}
        asked = self._question([look.name, verdict], codes).with_text(_PREFER_DECIDED)
        way = gained(look.name) if look.gained else lost(look.name)
        numbers = [len(look.told.claim.lines)]
        for other in (gained(verdict), lost(verdict)):
            found = self.look(asked, verdict, numbers, [(way, True), (other, True)])
            if found.told is not None:
                return found.told
        return None

    def look(
        self,
        asked: Question,
        name: str,
        lines: Iterable[int],
        want: Sequence[Assumption] = (),
        polish: bool = True,
    ) -> Look:
        """Look for the fewest lines with which it differs, then for the claim that says least."""
        for kind, count in asked.domain.left_out.items():
            self.left_out[kind] = max(count, self.left_out.get(kind, 0))
        for kind, values in asked.domain.touched.items():
            self.tried[kind] = max(len(values), self.tried.get(kind, 0))
        self.tried["day"] = max(len(asked.domain.days), self.tried.get("day", 0))
        equal, took = 0, 0.0
        for number in lines:
            left = self.deadline.left()
            if left is not None and left <= took * _GROWTH:
                return self._cut(name, equal)
            begun = time.monotonic()
            search = asked.search(number)
            if not all(search.knows(atom) for atom, _ in want):
                equal = number
                continue
            found = search.every(1, self.deadline, want)
            if not found.models and not found.complete:
                return self._cut(name, equal)
            if found.models:
                best = search.best(1, Deadline(self._polish()), want).models if polish else ()
                atoms = (best or found.models)[0].atoms
                return Look(name, equal, told_by(atoms, NAME), gained(name) in atoms)
            took = time.monotonic() - begun
            equal = number
        return Look(name, equal)

    def _polish(self) -> float:
        left = self.deadline.left()
        return _POLISH_SECONDS if left is None else min(left, _POLISH_SECONDS)

    def _hurry(self) -> None:
        left = self.deadline.left()
        self.deadline = Deadline(_AFTERWARDS if left is None else min(left, _AFTERWARDS))

    def _cut(self, name: str, lines: int) -> Look:
        self.finished = False
        return Look(name, lines, finished=False)

    def _question(
        self,
        names: Sequence[str],
        codes: Iterable[str] | None = None,
        whole: bool = False,
    ) -> Question:
        return question(self.pairing, names, self._differing, self._domains, codes, whole)

    def _sums_up(self, name: str) -> bool:
        """Whether a goal rests on the findings of several rules."""
        below = self.pairing.below.get(name, frozenset())
        return sum(whole_name(n) != n for n in below) > _SEVERAL


_SEVERAL = 4
