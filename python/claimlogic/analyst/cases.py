"""Every test of a knowledge base as a case: facts to judge, and what the answer must say, in words where it does not.

Rule tests lie in ``tests/`` beside the knowledge base and bring their own table rows: ``rules``, ``disputes`` and
``payers`` mirror the folders of the same name, ``foundation`` the files on which these rest. Scenarios lie in
``scenarios/`` and are judged with its tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from claimlogic.analyst.rule_tests import differing, dispute_of, read_rule_test, rule_of
from claimlogic.analyst.scenarios import Expectation, read_scenario, run_expectation
from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim
from claimlogic.claims.read import read_claims
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.results import ClaimResult
from claimlogic.solving.answer import Answer
from claimlogic.solving.judge import Judge
from claimlogic.terms import Atom, text

_CLAIM = "c"
RULE_TESTS = ("foundation", "rules", "disputes", "payers")
"""The folders of rule tests below ``tests/``."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test. ``rule`` is the rule that it is about, if any; ``is_scenario`` judges with tables.

    ``reads_sentences`` tells whether it looks at the firings of rules that speak. ``differences`` tells what an answer
    says otherwise than expected; nothing when it passes.
    """

    name: str
    rule: str | None
    facts: tuple[Atom, ...]
    is_scenario: bool
    reads_sentences: bool
    differences: Callable[[Answer], list[str]]


_Reader = Callable[[], list[Case]]


def read_cases(directory: Path, knowledge: Knowledge, share: tuple[int, int] = (0, 1)) -> list[Case]:
    """The cases beside the knowledge base in ``directory``: all, or of n shares the k-th.

    Raises InputError where there is none, or one cannot be read.
    """
    read = [*_rule_cases(directory.parent / "tests", knowledge), *_scenarios(directory.parent / "scenarios", knowledge)]
    if not read:
        raise InputError("no tests/ and no scenarios/ beside this knowledge base", str(directory))
    first, step = share
    return [case for make in read[first::step] for case in make()]


def rules_without_test(directory: Path) -> list[str]:
    """The rule files that have no test file at the same path."""
    rules, tests = directory / "rules", directory.parent / "tests" / "rules"
    names = sorted(p.relative_to(rules).as_posix() for p in rules.rglob("*.lp"))
    return [name for name in names if not (tests / name).is_file()]


def _rule_cases(folder: Path, knowledge: Knowledge) -> Iterator[_Reader]:
    rules = {rule.number: rule for rule in knowledge.rules}
    for kind in RULE_TESTS:
        for path in sorted((folder / kind).rglob("*.lp")):
            yield partial(_rule_case, path, path.relative_to(folder / kind).as_posix(), kind, knowledge, rules)


def _rule_case(path: Path, name: str, kind: str, knowledge: Knowledge, rules: Mapping[int, Rule]) -> list[Case]:
    rule = rule_of(name) if kind == "rules" else None
    test = read_rule_test(knowledge, path, rule, dispute_of(name) if kind == "disputes" else "")
    differences = partial(differing, test, rules=rules)
    return [Case(f"{kind}/{name}", rule, test.facts, False, test.reads_sentences, differences)]


def _scenarios(folder: Path, knowledge: Knowledge) -> Iterator[_Reader]:
    judge = Judge(knowledge)
    for place in sorted(folder.glob("*/expected.yaml")):
        yield partial(_scenario_folder, place.parent, judge)


def _scenario_folder(folder: Path, judge: Judge) -> list[Case]:
    words = judge.knowledge.vocabulary.words()
    claims: dict[Path, Claim] = {}
    found = []
    for expected in read_scenario(folder):
        if expected.claim not in claims:
            read = read_claims(expected.claim, words)
            if len(read) != 1:
                raise InputError("a scenario's file holds one claim", str(expected.claim))
            claims[expected.claim] = read[0]
        found.append(_scenario(expected, claims[expected.claim], judge))
    return found


def _scenario(expected: Expectation, claim: Claim, judge: Judge) -> Case:
    facts = claim_facts(claim, _CLAIM)
    options = expected.options
    if options.trust:
        facts.append(Atom("trust", (options.trust,)))
    if options.strict_dates:
        facts.append(Atom("strict_dates", (text(_CLAIM),)))

    def differences(answer: Answer) -> list[str]:
        if words := _verdicts(answer, sum(1 for fact in facts if fact.predicate == "line")):
            return words
        result = judge.result(claim.id, facts, answer)
        return run_expectation(_Answered(claim, result), expected)[2]

    by = f" by {options.trust}" if options.trust else ""
    strictly = " with strict dates" if options.strict_dates else ""
    name = f"scenarios/{expected.claim.parent.name}/{expected.claim.name}{by}{strictly}"
    return Case(name, None, tuple(facts), True, True, differences)


def _verdicts(answer: Answer, lines: int) -> list[str]:
    """What is wrong where a line or the claim has no verdict, or several."""
    found = Counter(atom.predicate for atom in answer.atoms)
    told = (("verdict", lines, "lines"), ("claim_verdict", 1, "claim"))
    return [f"{found[name]} verdicts on {count} {what}" for name, count, what in told if found[name] != count]


class _Answered(KnowledgeBase):
    """A knowledge base that has been asked already: one claim and its answer."""

    def __init__(self, claim: Claim, result: ClaimResult) -> None:
        self._claim, self._result = claim, result

    def read(self, path: Path | str) -> list[Claim]:
        return [self._claim]

    def check(self, claim: Claim, options: Options | None = None) -> ClaimResult:
        return self._result
