"""Many claims judged in one grounding: the sets that a search proposes, and variants of them for the sake of reasons.

A claim is asked about now and judged when the first answer is needed, with all that was asked about until then. The
judge is the one that judges any claim.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from claimlogic.claims.model import Claim
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.results import ClaimResult, Finding
from claimlogic.search.candidates import CLAIM
from claimlogic.search.wording import sentence
from claimlogic.search.workbench import workbench
from claimlogic.solving.engine import Answer, Firing
from claimlogic.terms import Atom, Term, text


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
            self._judge(self._waiting)
            self._waiting = []
        return self._results[judged]

    def _judge(self, waiting: Sequence[Judged]) -> None:
        judge = workbench(self._kb).judge
        facts = {one: self._kb.facts_of(one.claim, self._options) for one in waiting}
        names = {one: text(f"v{at}") for at, one in enumerate(waiting)}
        together = [_renamed(fact, CLAIM, names[one]) for one, own in facts.items() for fact in own]
        answer = judge.answer(list(dict.fromkeys(together)), self._kb.store)
        shares = _shares(answer, set(names.values()))
        for one in waiting:
            result = judge.result(one.claim.id, facts[one], shares[names[one]])
            self._results[one] = replace(result, added_facts=self._kb.added_facts)


def _shares(answer: Answer, names: set[Term]) -> dict[Term, Answer]:
    """The answer of each claim by itself, in which it is called as any claim is; what names no claim is everyone's."""
    atoms: dict[Term, set[Atom]] = {name: set() for name in names}
    firings: dict[Term, list[Firing]] = {name: [] for name in names}
    for atom in answer.atoms:
        own = names.intersection(atom.arguments)
        for name in own or names:
            atoms[name].add(_renamed(atom, name, CLAIM))
    for firing in answer.firings:
        own = names.intersection(firing.values)
        for name in own or names:
            values = tuple(CLAIM if value == name else value for value in firing.values)
            firings[name].append(Firing(firing.rule, values))
    return {name: Answer(frozenset(atoms[name]), tuple(firings[name])) for name in names}


def _renamed(atom: Atom, name: Term, other: Term) -> Atom:
    """An atom about a claim under another name of the claim."""
    if name not in atom.arguments:
        return atom
    return Atom(atom.predicate, tuple(other if argument == name else argument for argument in atom.arguments))


def _said(line: int, finding: Finding) -> Said:
    return Said(line, finding.rule, finding.severity, sentence(finding, line), not finding.with_lines)
