"""``kb mutate``: change each rule a little, and see whether a test notices. What no test notices is told in a sentence.

A changed rule is held against the answers first, so only tests that it reaches are judged again, and of those only what
rests on its head. For a survivor a claim is searched that tells it apart from the rule: where there is none up to a
bound, the change is none, and no test could notice it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

from claimlogic.analyst.cases import read_cases
from claimlogic.analyst.models import Claims, Laboratory, Model, held_against, named_rules
from claimlogic.analyst.mutants import Mutant, mutants
from claimlogic.analyst.noticing import notices
from claimlogic.analyst.testing import shared
from claimlogic.analyst.witness.domains import Bound
from claimlogic.analyst.witness.equal import Equal, Twins, Unknown
from claimlogic.analyst.witness.witness import Witness
from claimlogic.knowledge.load import load_knowledge
from claimlogic.knowledge.rules import written

_LINES = 3
SECONDS = 10.0
"""How long a survivor is looked at for a claim that would tell it apart, unless said otherwise."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One change of a rule: where, in words, and the case that notices (None: none does).

    ``reached`` cases could answer otherwise, in ``said`` more the same finding is only told by another sentence.
    ``equal`` says why a change is known to be none, or none within a bound (blank: it is not); it is listed and not
    counted. ``witness`` is a claim, as YAML, on which a change that no case notices answers otherwise (blank: none was
    found in time).
    """

    file: str
    line: int
    head: str
    words: str
    noticed_by: str | None
    reached: int
    said: int
    equal: str
    witness: str = ""

    @property
    def sentence(self) -> str:
        """What a survivor says to the author."""
        if self.equal:
            return f"{self.words} nothing changes: {self.equal}"
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
    def equal(self) -> tuple[Outcome, ...]:
        """The changes that are none."""
        return tuple(o for o in self.outcomes if o.equal)

    @property
    def survivors(self) -> tuple[Outcome, ...]:
        """Those that none does."""
        return tuple(o for o in self.counted if o.noticed_by is None)

    @property
    def score(self) -> float:
        """Percent of the counted changes that some test notices."""
        return 100.0 * (1 - len(self.survivors) / len(self.counted)) if self.counted else 100.0


def mutate(
    directory: Path,
    rule: str | None = None,
    sample: int | None = None,
    seconds: float = SECONDS,
    processes: int | None = None,
) -> MutationReport:
    """Change every rule of the knowledge base in ``directory``, or those of one rule id, file or predicate.

    ``sample`` tries that many of the changes, spread over all rules and the same ones each time. For ``seconds`` each
    survivor is looked at whether any claim tells it apart (0: none is). Raises InputError for rules or a test that
    cannot be read, and where no rule is so named.
    """
    knowledge = load_knowledge(directory)
    named_rules(Laboratory(knowledge).rules, rule)
    work = partial(mutate_share, named=rule, sample=sample, seconds=seconds)
    found = [o for share in shared(work, directory, processes) for o in share]
    return MutationReport(tuple(sorted(found, key=lambda o: (o.file, o.line, o.head, o.words))))


def mutate_share(
    directory: Path, share: tuple[int, int], named: str | None = None, sample: int | None = None, seconds: float = 0.0
) -> list[Outcome]:
    """The changes of a share of the rules."""
    knowledge = load_knowledge(directory)
    laboratory = Laboratory(knowledge)
    first, step = share
    rules = named_rules(laboratory.rules, named)
    if sample is None:
        tried = [m for r in rules[first::step] for m in mutants(r, knowledge.rules, knowledge.vocabulary)]
    else:
        every = [m for r in rules for m in mutants(r, knowledge.rules, knowledge.vocabulary)]
        tried = _sampled(every, sample)[first::step]
    if not tried:
        return []
    models = [laboratory.model(case) for case in read_cases(directory, knowledge)]
    twins = Twins(knowledge) if seconds else None
    found = []
    for mutant, of in zip(tried, _reached(laboratory, tried, models), strict=True):
        outcome = Outcome(
            file=mutant.rule.file,
            line=mutant.rule.line,
            head=written(mutant.rule.head),
            words=mutant.words,
            noticed_by=None if mutant.equal else notices(laboratory, mutant.rule, mutant.instead, of.near),
            reached=len(of.near),
            said=of.said,
            equal="it follows from the other conditions" if mutant.equal else "",
        )
        if twins is not None and outcome.noticed_by is None and not outcome.equal and not outcome.said:
            outcome = _told_apart(
                outcome, twins.equal_within(mutant.rule, mutant.instead, Bound(lines=_LINES), seconds)
            )
        found.append(outcome)
    return found


def _told_apart(survivor: Outcome, by: Equal | Witness | Unknown) -> Outcome:
    if isinstance(by, Equal):
        return replace(survivor, equal=f"no claim of up to {by.lines} lines tells the two apart")
    return replace(survivor, witness=by.document) if isinstance(by, Witness) else survivor


def _sampled(tried: list[Mutant], sample: int) -> list[Mutant]:
    """That many of the changes, chosen by a hash of what each says: the same ones whatever else is edited."""
    by_hash = sorted(tried, key=lambda m: sha256(f"{m.rule.file} {m.rule.text} {m.words}".encode()).digest())
    chosen = {id(m) for m in by_hash[:sample]}
    return [m for m in tried if id(m) in chosen]


@dataclass(slots=True)
class _Reached:
    """The cases whose answer a change can alter, and how many others tell the same by another rule's label."""

    near: list[tuple[Model, Claims]] = field(default_factory=list)
    said: int = 0


def _reached(laboratory: Laboratory, tried: Sequence[Mutant], models: Sequence[Model]) -> list[_Reached]:
    changed = [(at, mutant.instead) for at, mutant in enumerate(tried) if mutant.instead is not None]
    found = [_Reached() for _ in tried]
    for model in models:
        heads = held_against(model, [rule for _, rule in changed])
        concluded = {changed[at][0]: conclusions for at, conclusions in heads.items()}
        for at, mutant in enumerate(tried):
            now = concluded.get(at, frozenset())
            if claims := laboratory.changed(model, mutant.rule, now):
                found[at].near.append((model, claims))
            elif mutant.rule.label is not None and now != model.heads.get(mutant.rule.number, frozenset()):
                found[at].said += 1
    return found
