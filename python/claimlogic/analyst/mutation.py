"""``kb mutate``: change each rule a little, and see whether a test notices. What no test notices is told in a sentence.

A changed rule is held against the answers first, so only tests that it reaches are judged again, and of those only what
rests on its head.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from claimlogic.analyst.cases import read_cases
from claimlogic.analyst.models import Laboratory, Model, held_against
from claimlogic.analyst.mutants import Mutant, mutants
from claimlogic.analyst.noticing import notices
from claimlogic.analyst.rule_tests import rule_of
from claimlogic.analyst.testing import shared
from claimlogic.errors import InputError
from claimlogic.knowledge.load import load_knowledge
from claimlogic.knowledge.rules import Rule, written


@dataclass(frozen=True, slots=True)
class Outcome:
    """One change of a rule: where, in words, and the case that notices (None: none does).

    ``reached`` cases could answer otherwise, in ``said`` more the same finding is only told by another sentence.
    ``equal`` marks a change that follows from the other conditions to be none; it is listed and not counted.
    """

    file: str
    line: int
    head: str
    words: str
    noticed_by: str | None
    reached: int
    said: int
    equal: bool

    @property
    def sentence(self) -> str:
        """What a survivor says to the author."""
        if self.equal:
            return f"{self.words} nothing changes: it follows from the other conditions"
        if self.said and not self.reached:
            return f"{self.words} no test fails: only the sentence is another ({self.said} say it)"
        if not self.reached:
            return f"{self.words} no test fails, and none comes near"
        return f"{self.words} no test fails ({self.reached} come near)"


@dataclass(frozen=True, slots=True)
class MutationReport:
    """All changes tried."""

    outcomes: tuple[Outcome, ...]

    @property
    def counted(self) -> tuple[Outcome, ...]:
        """The changes that a test ought to notice."""
        return tuple(o for o in self.outcomes if not o.equal)

    @property
    def survivors(self) -> tuple[Outcome, ...]:
        """Those that none does."""
        return tuple(o for o in self.counted if o.noticed_by is None)

    @property
    def score(self) -> float:
        """Percent of the counted changes that some test notices."""
        return 100.0 * (1 - len(self.survivors) / len(self.counted)) if self.counted else 100.0


def mutate(directory: Path, rule: str | None = None, processes: int | None = None) -> MutationReport:
    """Change every rule of the knowledge base in ``directory``, or those of one rule id, file or predicate.

    Raises InputError for rules or a test that cannot be read, and where no rule is so named.
    """
    knowledge = load_knowledge(directory)
    if rule is not None and not any(is_named(r, rule) for r in Laboratory(knowledge).rules):
        raise InputError(f"no rule {rule} on which an answer rests; give a rule id, a file or a predicate", "--rule")
    found = [o for share in shared(partial(mutate_share, named=rule), directory, processes) for o in share]
    return MutationReport(tuple(sorted(found, key=lambda o: (o.file, o.line, o.head, o.words))))


def mutate_share(directory: Path, share: tuple[int, int], named: str | None = None) -> list[Outcome]:
    """The changes of a share of the rules."""
    knowledge = load_knowledge(directory)
    laboratory = Laboratory(knowledge)
    first, step = share
    rules = [r for r in laboratory.rules if named is None or is_named(r, named)][first::step]
    tried = [m for r in rules for m in mutants(r, knowledge.rules, knowledge.vocabulary)]
    if not tried:
        return []
    models = [laboratory.model(case) for case in read_cases(directory, knowledge)]
    reached = _reached(laboratory, tried, models)
    return [
        Outcome(
            file=mutant.rule.file,
            line=mutant.rule.line,
            head=written(mutant.rule.head),
            words=mutant.words,
            noticed_by=None if mutant.equal else notices(laboratory, mutant.rule, mutant.instead, near.models),
            reached=len(near.models),
            said=near.said,
            equal=mutant.equal,
        )
        for mutant, near in zip(tried, reached, strict=True)
    ]


def is_named(rule: Rule, name: str) -> bool:
    """Whether a rule is of this id, file or predicate."""
    ids = {rule_of(rule.file.removeprefix("rules/")), rule.file, rule.head.predicate}
    if rule.head.arguments and rule.head.predicate in ("finding", "reported", "waived"):
        ids.add(str(rule.head.arguments[0]))
    return name in ids


@dataclass(slots=True)
class _Near:
    """The cases whose answer a change can alter, and how many others tell the same by another rule's label."""

    models: list[Model] = field(default_factory=list)
    said: int = 0


def _reached(laboratory: Laboratory, tried: Sequence[Mutant], models: Sequence[Model]) -> list[_Near]:
    changed = [(at, mutant.instead) for at, mutant in enumerate(tried) if mutant.instead is not None]
    found = [_Near() for _ in tried]
    for model in models:
        heads = held_against(model, [rule for _, rule in changed])
        concluded = {changed[at][0]: conclusions for at, conclusions in heads.items()}
        for at, mutant in enumerate(tried):
            now = concluded.get(at, frozenset())
            if laboratory.changed(model, mutant.rule, now):
                found[at].models.append(model)
            elif mutant.rule.label is not None and now != model.heads.get(mutant.rule.number, frozenset()):
                found[at].said += 1
    return found
