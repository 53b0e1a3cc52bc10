"""Many claims judged in one grounding: the sets that a search proposes, and variants of them for the sake of reasons.

A claim is asked about now and judged when the first answer is needed, with all that was asked about until then.
"""

from __future__ import annotations

from dataclasses import dataclass

from claimlogic.claims.model import Claim
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.results import ClaimResult, Finding
from claimlogic.search.wording import sentence


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says against a line; ``alone`` where it speaks of no other line."""

    line: int
    rule: str
    severity: str
    words: str
    alone: bool

    def __str__(self) -> str:
        return self.words


class Judged:
    """A claim that is judged when its result is first read."""

    def __init__(self, what_if: WhatIf, claim: Claim) -> None:
        self.claim = claim
        self._what_if = what_if

    @property
    def result(self) -> ClaimResult:
        """The verdicts on the claim, as ``check`` gives them."""
        return self._what_if.result_of(self)

    def said(self) -> list[Said]:
        """All that is said against its lines and not waived, in their order and from the gravest on."""
        return [_said(line.line, f) for line in self.result.lines for f in line.findings if not f.waived_by]

    def denials(self) -> list[Said]:
        """What denies a line."""
        return [one for one in self.said() if one.severity == "deny"]


class WhatIf:
    """Judges claims under the same options, as few times as it can."""

    def __init__(self, kb: KnowledgeBase, options: Options | None) -> None:
        self._kb = kb
        self._options = options
        self._waiting: list[Judged] = []
        self._asked: dict[Claim, Judged] = {}
        self._results: dict[Judged, ClaimResult] = {}

    def ask(self, claim: Claim) -> Judged:
        """The claim, to be judged together with others; the same claim is judged once."""
        if claim not in self._asked:
            self._asked[claim] = Judged(self, claim)
            self._waiting.append(self._asked[claim])
        return self._asked[claim]

    def result_of(self, judged: Judged) -> ClaimResult:
        """The result of a claim that was asked about."""
        if judged not in self._results:
            results = self._kb.check_all((one.claim for one in self._waiting), self._options)
            self._results.update(zip(self._waiting, results, strict=True))
            self._waiting = []
        return self._results[judged]


def _said(line: int, finding: Finding) -> Said:
    return Said(line, finding.rule, finding.severity, sentence(finding, line), not finding.with_lines)
