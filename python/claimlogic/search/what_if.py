"""What the rules would say of variants of a claim: many judged in one grounding, for the sake of their reasons.

A claim is asked about now and answered when the first answer is needed, with all that was asked about until then.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from claimlogic.claims.model import Claim
from claimlogic.knowledge.rules import Variable
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.search.candidates import CLAIM
from claimlogic.search.workbench import judged_facts, workbench
from claimlogic.solving.engine import solve
from claimlogic.solving.judge import sentence, speaks
from claimlogic.terms import Atom, Term, text

SEVERITIES = ("deny", "unknown", "packaged", "advise")
_SHOWN = (("reported", 4),)


@dataclass(frozen=True, slots=True)
class Said:
    """What a rule says against a line. ``alone``: it speaks of no other line; ``more`` counts sentences like it."""

    line: int
    rule: str
    severity: str
    words: str
    alone: bool
    more: int = 0

    def __str__(self) -> str:
        return self.words + (f" (and {self.more} more like it)" if self.more else "")


class Answer:
    """What the rules say of one claim, by line and from the gravest on; found when it is first read."""

    def __init__(self, what_if: WhatIf, claim: Claim) -> None:
        self.claim = claim
        self._what_if = what_if

    @property
    def said(self) -> tuple[Said, ...]:
        """All that is said of the claim."""
        return self._what_if.found(self)

    def denials(self) -> list[Said]:
        """What denies a line."""
        return [one for one in self.said if one.severity == SEVERITIES[0]]


class WhatIf:
    """Judges variants of claims under the same options."""

    def __init__(self, kb: KnowledgeBase, options: Options | None) -> None:
        self._kb = kb
        self._options = options
        self._waiting: list[Answer] = []
        self._found: dict[Answer, tuple[Said, ...]] = {}

    def ask(self, claim: Claim) -> Answer:
        """The answer for a claim, to be found together with others."""
        answer = Answer(self, claim)
        self._waiting.append(answer)
        return answer

    def found(self, answer: Answer) -> tuple[Said, ...]:
        """What is said of a claim that was asked about."""
        if answer not in self._found:
            self._judge(self._waiting)
            self._waiting = []
        return self._found[answer]

    def _judge(self, answers: list[Answer]) -> None:
        bench = workbench(self._kb)
        named = {text(f"v{at}"): answer for at, answer in enumerate(answers)}
        facts = [
            _renamed(fact, name)
            for name, answer in named.items()
            for fact in judged_facts(self._kb, answer.claim, self._options)
        ]
        cut = bench.judging.cut(list(dict.fromkeys(facts)), self._kb.store)
        watched = [rule for rule in cut.rules if speaks(rule) and rule.label is not None]
        by_number = {rule.number: rule for rule in watched}
        answered = solve(cut.facts, cut.rules, watched, _SHOWN)
        reported = {atom.arguments for atom in answered.atoms}
        words: dict[tuple[Term, ...], list[tuple[bool, str]]] = defaultdict(list)
        for firing in answered.firings:
            rule = by_number[firing.rule]
            values = dict(zip(rule.variables, firing.values, strict=False))
            head = tuple(values[a.name] if isinstance(a, Variable) else a for a in rule.head.arguments)
            if head in reported:
                words[head[1], head[2], head[0]].append((head[2] == head[3], sentence(rule, firing)))  # type: ignore[index]
        said: dict[Term, list[Said]] = defaultdict(list)
        for (claim, line, rule_id), sentences in words.items():
            first, *rest = sorted({sentence for _, sentence in sentences})
            alone = all(alone for alone, _ in sentences)
            severity = bench.severities[str(rule_id)]
            said[claim].append(Said(int(line), str(rule_id), severity, first, alone, len(rest)))
        for name, answer in named.items():
            order = sorted(said[name], key=lambda one: (one.line, SEVERITIES.index(one.severity), one.rule))
            self._found[answer] = tuple(order)


def _renamed(fact: Atom, name: Term) -> Atom:
    """A fact of a claim under another name of the claim."""
    return Atom(fact.predicate, (name, *fact.arguments[1:])) if fact.arguments[:1] == (CLAIM,) else fact
