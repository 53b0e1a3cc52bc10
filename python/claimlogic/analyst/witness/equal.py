"""Whether a changed rule can change an answer at all: the question that mutation testing has of a survivor."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

from claimlogic.analyst.witness.claims import Referee
from claimlogic.analyst.witness.domains import Bound, Stock
from claimlogic.analyst.witness.pairing import Pairing, rule_id, side_of, whole_name
from claimlogic.analyst.witness.search import Searcher
from claimlogic.analyst.witness.witness import Witness, confirmed
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Rule
from claimlogic.search.program import Deadline


@dataclass(frozen=True, slots=True)
class Equal:
    """No claim of up to ``lines`` lines tells the two apart, as far as the bound looks."""

    lines: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The time ran out after all claims of up to ``lines`` lines."""

    lines: int


Outcome: TypeAlias = Equal | Witness | Unknown


class Twins:
    """One knowledge base whose rules are changed in memory; what is the same for every change is made once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._base = side_of(knowledge.rules, knowledge.store)
        self._stock = Stock([knowledge.store], knowledge.vocabulary)
        self._referee = Referee(knowledge)

    def equal_within(self, rule: Rule, instead: Rule | None, bound: Bound, seconds: float | None) -> Outcome:
        """Whether an answer can differ where ``instead`` stands in the place of ``rule``, or nothing does.

        A witness was judged again both ways. ``seconds`` bounds the searches, not the second or so of the rest.
        """
        rules = [
            changed
            for own in self._knowledge.rules
            if (changed := instead if own.number == rule.number else own) is not None
        ]
        draft = side_of(rules, self._knowledge.store, self._knowledge.rules)
        pairing = Pairing(self._base, draft, self._knowledge.vocabulary, {})
        searcher = Searcher(pairing, self._stock, bound, Deadline(seconds))
        lines = bound.lines
        for look in searcher.looks(searcher.goals()):
            lines = min(lines, look.lines)
            if look.told is not None:
                name = rule_id(look.name) or whole_name(look.name)
                referees = (self._referee, Referee(replace(self._knowledge, rules=tuple(rules))))
                return confirmed(look, name, look.told, referees) or Unknown(look.lines)
        return Equal(lines) if searcher.finished else Unknown(lines)


def equal_within(
    knowledge: Knowledge, rule: Rule, instead: Rule | None, bound: Bound | None = None, seconds: float | None = 10.0
) -> Outcome:
    """Whether an answer can differ where ``instead`` stands in the place of ``rule``; ``Twins`` is for many changes."""
    return Twins(knowledge).equal_within(rule, instead, bound or Bound(lines=3), seconds)
