"""``kb cover``: which rules the tests fire, for which they decide, which conditions they see both ways.

A rule is *decided* where some test fails without it: that it fired is little, if the answer was the same anyway. A
condition under ``not`` is seen both ways where one claim passes it and another is stopped by it alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

from claimlogic.analyst.cases import read_cases
from claimlogic.analyst.models import Laboratory, Model, held_against, named_rules
from claimlogic.analyst.mutants import told, with_body
from claimlogic.analyst.noticing import Near, noticing
from claimlogic.analyst.testing import shared
from claimlogic.knowledge.load import load_knowledge
from claimlogic.knowledge.rules import Literal, Rule, written


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition under ``not``: its words, and the cases in which it alone stops the rule."""

    words: str
    stops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """What the cases see of one rule: those in which it fires, those that fail without it, its conditions.

    The case that tests the rule by itself comes first among those that fail; the first one is all there is unless every
    one was asked for.
    """

    file: str
    line: int
    head: str
    fired_by: tuple[str, ...]
    decided_by: tuple[str, ...]
    conditions: tuple[Condition, ...]

    @property
    def seen_both_ways(self) -> int:
        """How many of its conditions are passed by one case and stop another."""
        return sum(1 for c in self.conditions if c.stops) if self.fired_by else 0


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
        return _percent(sum(1 for r in self.rules if r.decided_by), len(self.rules))

    @property
    def conditions(self) -> float:
        """Percent of the conditions under ``not`` that are seen both ways."""
        return _percent(sum(r.seen_both_ways for r in self.rules), sum(len(r.conditions) for r in self.rules))


def cover(directory: Path, rule: str | None = None, every: bool = False, processes: int | None = None) -> CoverReport:
    """What the tests and scenarios beside the knowledge base in ``directory`` see of its rules.

    ``rule`` (an id, a file or a predicate) chooses some of them. ``every`` names every case that fails without a rule,
    not the first alone. Raises InputError, with file and line, for rules or a test that cannot be read, and where no
    rule is so named.
    """
    knowledge = load_knowledge(directory)
    laboratory = Laboratory(knowledge)
    named_rules(laboratory.rules, rule)
    others = len(knowledge.rules) - len(laboratory.rules)
    shares = shared(partial(cover_share, named=rule, every=every), directory, processes)
    found = sorted((r for share in shares for r in share), key=lambda r: (r.file, r.line, r.head))
    return CoverReport(tuple(found), others)


def cover_share(
    directory: Path, share: tuple[int, int], named: str | None = None, every: bool = False
) -> list[RuleCoverage]:
    """The coverage of a share of the rules."""
    knowledge = load_knowledge(directory)
    laboratory = Laboratory(knowledge)
    first, step = share
    rules = named_rules(laboratory.rules, named)[first::step]
    models = [laboratory.model(case) for case in read_cases(directory, knowledge)]
    stopped = _stopped(rules, models)
    found = []
    for rule in rules:
        deciding = noticing(laboratory, rule, None, _infected(laboratory, rule, models))
        conditions = [(at, i) for at, i in enumerate(rule.body) if isinstance(i, Literal) and i.negated]
        found.append(
            RuleCoverage(
                file=rule.file,
                line=rule.line,
                head=written(rule.head),
                fired_by=tuple(m.case.name for m in models if m.heads.get(rule.number)),
                decided_by=tuple(deciding if every else islice(deciding, 1)),
                conditions=tuple(Condition(told(i), tuple(stopped[rule.number, at])) for at, i in conditions),
            )
        )
    return found


def _infected(laboratory: Laboratory, rule: Rule, models: Sequence[Model]) -> Near:
    """The cases that can be otherwise without the rule."""
    fires = [model for model in models if model.heads.get(rule.number)]
    near = [(model, laboratory.changed(model, rule, frozenset())) for model in fires]
    return [(model, claims) for model, claims in near if claims]


def _stopped(rules: Sequence[Rule], models: Sequence[Model]) -> Mapping[tuple[int, int], list[str]]:
    """For each negative condition, by rule and place, the cases in which all the others hold and it does not."""
    asked = []
    for rule in rules:
        for at, item in enumerate(rule.body):
            if isinstance(item, Literal) and item.negated:
                flipped = with_body(rule, (*rule.body[:at], Literal(item.atom), *rule.body[at + 1 :]))
                if flipped is not None:
                    asked.append(((rule.number, at), flipped))
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for model in models:
        for at in held_against(model, [rule for _, rule in asked]):
            found[asked[at][0]].append(model.case.name)
    return found


def _percent(part: int, whole: int) -> float:
    return 100.0 * part / whole if whole else 100.0
