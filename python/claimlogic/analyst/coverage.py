"""``kb cover``: which rules the tests fire, for which they decide, which conditions they see both ways.

A rule is *decided* where some test fails without it: that it fired is little, if the answer was the same anyway. A
condition under ``not`` is seen both ways where one claim passes it and another is stopped by it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from claimlogic.analyst.cases import read_cases
from claimlogic.analyst.models import Laboratory, Model, held_against
from claimlogic.analyst.mutants import told, with_body
from claimlogic.analyst.noticing import notices
from claimlogic.analyst.testing import shared
from claimlogic.knowledge.load import load_knowledge
from claimlogic.knowledge.rules import Literal, Rule, written


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition under ``not``: its words, and a case that it alone stops (None: never seen)."""

    words: str
    stops: str | None


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """What the cases see of one rule: those in which it fires, one that fails without it, its conditions."""

    file: str
    line: int
    head: str
    fired_by: tuple[str, ...]
    decides: str | None
    conditions: tuple[Condition, ...]

    @property
    def seen_both_ways(self) -> int:
        """How many of its conditions are passed by one case and stop another."""
        return sum(1 for c in self.conditions if c.stops is not None) if self.fired_by else 0


@dataclass(frozen=True, slots=True)
class CoverReport:
    """All rules on which an answer can rest, and how many others serve searches and questions only."""

    rules: tuple[RuleCoverage, ...]
    others: int

    @property
    def fired(self) -> float:
        """Percent of the rules that fire."""
        return _percent(sum(1 for r in self.rules if r.fired_by), len(self.rules))

    @property
    def decided(self) -> float:
        """Percent of the rules without which some case fails."""
        return _percent(sum(1 for r in self.rules if r.decides is not None), len(self.rules))

    @property
    def conditions(self) -> float:
        """Percent of the conditions under ``not`` that are seen both ways."""
        return _percent(sum(r.seen_both_ways for r in self.rules), sum(len(r.conditions) for r in self.rules))


def cover(directory: Path, processes: int | None = None) -> CoverReport:
    """What the tests and scenarios beside the knowledge base in ``directory`` see of its rules.

    Raises InputError, with file and line, for rules or a test that cannot be read.
    """
    knowledge = load_knowledge(directory)
    found = [rule for share in shared(cover_share, directory, processes) for rule in share]
    found.sort(key=lambda r: (r.file, r.line, r.head))
    return CoverReport(tuple(found), len(knowledge.rules) - len(found))


def cover_share(directory: Path, share: tuple[int, int]) -> list[RuleCoverage]:
    """The coverage of a share of the rules."""
    knowledge = load_knowledge(directory)
    laboratory = Laboratory(knowledge)
    first, step = share
    rules = laboratory.rules[first::step]
    models = [laboratory.model(case) for case in read_cases(directory, knowledge)]
    stopped = _stopped(rules, models)
    return [
        RuleCoverage(
            file=rule.file,
            line=rule.line,
            head=written(rule.head),
            fired_by=tuple(m.case.name for m in models if m.heads.get(rule.number)),
            decides=notices(laboratory, rule, None, _infected(laboratory, rule, models)),
            conditions=tuple(
                Condition(told(item), stopped.get((rule.number, at)))
                for at, item in enumerate(rule.body)
                if isinstance(item, Literal) and item.negated
            ),
        )
        for rule in rules
    ]


def _infected(laboratory: Laboratory, rule: Rule, models: Sequence[Model]) -> list[Model]:
    return [m for m in models if m.heads.get(rule.number) and laboratory.changed(m, rule, frozenset())]


def _stopped(rules: Sequence[Rule], models: Sequence[Model]) -> dict[tuple[int, int], str]:
    """For each negative condition, by rule and place, the first case in which all the others hold and it does not."""
    asked = []
    for rule in rules:
        for at, item in enumerate(rule.body):
            if isinstance(item, Literal) and item.negated:
                flipped = with_body(rule, (*rule.body[:at], Literal(item.atom), *rule.body[at + 1 :]))
                if flipped is not None:
                    asked.append(((rule.number, at), flipped))
    found: dict[tuple[int, int], str] = {}
    for model in models:
        open_now = [(key, rule) for key, rule in asked if key not in found]
        for at in held_against(model, [rule for _, rule in open_now]):
            found[open_now[at][0]] = model.case.name
    return found


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0
