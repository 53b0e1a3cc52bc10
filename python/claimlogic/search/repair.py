"""``fix``: every smallest change of a claim after which no line of it is denied.

Two searches, two lists. The honest one asserts nothing that the claim does not say already. The other may rest on what
only the record can settle; it is shown only where it keeps more of what was billed, each fix with the sentences that
the record must support. Every fix is applied and judged again before it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, product
from math import prod
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from claimlogic.claims.changed import changed
from claimlogic.claims.model import Claim
from claimlogic.results import ClaimResult
from claimlogic.search.program import Deadline
from claimlogic.search.repair_changes import Mend, Wording, Writer, joined
from claimlogic.search.repair_model import (
    EMPTY,
    HONEST,
    IF_RECORD_SUPPORTS,
    Fix,
    FixResult,
    Group,
    Kind,
    Limits,
    Look,
    More,
    Remaining,
)
from claimlogic.search.repair_offers import Submissions, Submitted
from claimlogic.search.repair_search import ClaimSearch, Ways
from claimlogic.terms import plain

if TYPE_CHECKING:
    from claimlogic.knowledge_base import KnowledgeBase, Options


def fixes(kb: KnowledgeBase, claim: Claim, options: Options | None = None, limits: Limits | None = None) -> FixResult:
    """Every smallest fix of a claim, as far as the limits let. Raises InputError for an unknown option value."""
    limits = limits or Limits()
    if kb not in _TOOLS:
        _TOOLS[kb] = _Tools(kb)
    return _Claim(kb, _TOOLS[kb], claim, options, limits).answer()


class _Tools:
    """What is the same for every claim."""

    def __init__(self, kb: KnowledgeBase) -> None:
        self.submissions = Submissions(kb.knowledge.rules, kb.store, kb.knowledge.vocabulary)
        self.wording = Wording(kb.store, kb.knowledge.vocabulary)


_TOOLS: WeakKeyDictionary[KnowledgeBase, _Tools] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Listed:
    """What one search led to."""

    fixes: tuple[Fix, ...]
    groups: tuple[Group, ...]
    more: More
    proven: bool
    refused: int


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the claim and the ways to mend it, in words."""

    ways: Ways
    mends: tuple[Mend, ...]

    @property
    def total(self) -> int:
        """How many ways there are, shown or not."""
        return len(self.mends) + self.ways.more

    def group(self, kind: Kind, shown: set[int]) -> Group:
        """The part as a group of which the ways with these numbers are shown."""
        ways = tuple(self.mends[way].changes for way in sorted(shown))
        lines = sorted({change.line for changes in ways for change in changes})
        return Group(kind, tuple(lines), ways, self.total - len(ways), self.ways.counted)


class _Claim:
    """The work on one claim."""

    def __init__(self, kb: KnowledgeBase, tools: _Tools, claim: Claim, options: Options | None, limits: Limits) -> None:
        self._kb = kb
        self._tools = tools
        self._claim = claim
        self._options = options
        self._limits = limits
        self._deadline = Deadline(limits.seconds)

    def answer(self) -> FixResult:
        """Look at the claim as submitted; search where something is denied."""
        submitted = self._tools.submissions.look(self._kb.facts_of(self._claim, self._options), self._kb.store)
        if not submitted.denied:
            return self._result(self._verdict(), submitted, ())
        search = self._tools.submissions.search(submitted, self._kb.store)
        writer = Writer(self._tools.wording, submitted)
        honest = self._ways(search.by_part(HONEST, self._limits.max_fixes, self._deadline), writer)
        found = [self._list(HONEST, honest, search, writer)]
        least = _loss(honest)
        if least != (0, 0) and submitted.offers_more:
            other = self._ways(search.by_part(IF_RECORD_SUPPORTS, self._limits.max_fixes, self._deadline), writer)
            # The orders of the two lists differ, so that what keeps more may rest on nothing and take more changes.
            if _loss(other) < least and _rests_on_record(other):
                found.append(self._list(IF_RECORD_SUPPORTS, other, search, writer))
        return self._result("denied", submitted, found)

    def _result(self, verdict: str, submitted: Submitted, lists: Sequence[_Listed]) -> FixResult:
        looks = (Look(int(line), plain(code), plain(words)) for line, code, words in submitted.looks)
        return FixResult(
            claim=self._claim.id,
            verdict=verdict,
            denied=tuple(sorted(int(line) for line in submitted.denied)),
            fixes=tuple(fix for found in lists for fix in found.fixes),
            groups=tuple(group for found in lists for group in found.groups),
            more=tuple(found.more for found in lists if found.more.fixes or not found.more.counted),
            looks=tuple(sorted(looks, key=lambda look: (look.line, look.code))),
            proven=all(found.proven for found in lists),
            refused=sum(found.refused for found in lists),
            uncoded_lines=self._claim.uncoded_lines,
            version=self._kb.version,
            added_facts=self._kb.added_facts,
        )

    def _verdict(self) -> str:
        """The verdict on the claim as submitted; lines without a procedure code alone cannot be judged."""
        if self._claim.lines:
            return self._kb.check(self._claim, self._options).verdict
        return "unknown" if self._claim.uncoded_lines else EMPTY

    def _ways(self, parts: Iterable[Ways], writer: Writer) -> list[_Part]:
        return [_Part(part, tuple(writer.mend(model) for model in part.models)) for part in parts]

    def _list(self, kind: Kind, parts: Sequence[_Part], search: ClaimSearch, writer: Writer) -> _Listed:
        """The fixes of one kind: part by part, or as a whole where the parts turn out to bear on one another."""
        listed = self._judged(kind, parts)
        if listed.refused and len(parts) > 1:
            whole = search.as_one(kind, self._limits.max_fixes, self._deadline)
            return self._judged(kind, self._ways(whole, writer))
        return listed

    def _judged(self, kind: Kind, parts: Sequence[_Part]) -> _Listed:
        found, refused = [], 0
        shown: list[set[int]] = [set() for _ in parts]
        combined = list(islice(_combined([len(part.mends) for part in parts]), self._limits.max_fixes))
        mends = [joined(part.mends[way] for part, way in zip(parts, ways, strict=True)) for ways in combined]
        for ways, fix in zip(combined, self._fixes(kind, mends), strict=False):
            if fix is None:
                refused += 1
                continue
            found.append(fix)
            for seen, way in zip(shown, ways, strict=True):
                seen.add(way)
            if self._deadline.passed:
                break
        total = prod(part.total for part in parts)
        return _Listed(
            fixes=tuple(found),
            groups=tuple(part.group(kind, ways) for part, ways in zip(parts, shown, strict=True)),
            more=More(kind, max(0, total - len(found) - refused), all(part.ways.counted for part in parts)),
            proven=all(part.ways.proven for part in parts),
            refused=refused,
        )

    def _fixes(self, kind: Kind, mends: Sequence[Mend]) -> Iterator[Fix | None]:
        """Each fix, applied and judged again; None where a line of it is denied."""
        after = [changed(self._claim, mend.changes) for mend in mends]
        results = self._kb.check_all((claim for claim in after if claim.lines), self._options)
        for mend, claim in zip(mends, after, strict=True):
            fix = Fix(kind, mend.changes, mend.lost, mend.units_given_up, EMPTY, Remaining())
            if not claim.lines:
                yield fix
                continue
            result = next(results)
            denied = result.verdict == "denied"
            yield None if denied else replace(fix, verdict_after=result.verdict, remaining=_remaining(result))


def _combined(counts: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """One way for each part: first the first of each, then each other way once, then all the rest."""
    first = (0,) * len(counts)
    one_other = (
        (*first[:part], way, *first[part + 1 :]) for part, count in enumerate(counts) for way in range(1, count)
    )
    seen = set()
    for chosen in chain([first], one_other, product(*map(range, counts))):
        if chosen not in seen:
            seen.add(chosen)
            yield chosen


def _loss(parts: Iterable[_Part]) -> tuple[int, int]:
    """What is not billed any more after the smallest fix: lines first, then units."""
    losses = [part.mends[0].loss for part in parts]
    return sum(lines for lines, _ in losses), sum(units for _, units in losses)


def _rests_on_record(parts: Iterable[_Part]) -> bool:
    return any(change.record_must_show for part in parts for change in part.mends[0].changes)


def _remaining(result: ClaimResult) -> Remaining:
    def judged(verdict: str) -> tuple[int, ...]:
        return tuple(line.line for line in result.lines if line.verdict == verdict)

    advised = (
        line.line
        for line in result.lines
        if line.verdict == "payable" and any(f.severity == "advise" and not f.waived_by for f in line.findings)
    )
    return Remaining(judged("packaged"), judged("unknown"), tuple(advised))
