"""Every test of a knowledge base as a case: facts to judge, and what the answer must say, in words where it does not.

Rule tests, disputes and overlays lie in ``tests/`` beside the knowledge base and bring their own table rows; scenarios
lie in ``scenarios/`` and are judged with its tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from claimlogic.analyst import rule_tests
from claimlogic.analyst.scenarios import Expectation, read_scenario, run_expectation
from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim
from claimlogic.claims.read import read_claims
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.results import ClaimResult
from claimlogic.solving.engine import Answer
from claimlogic.solving.judge import Judge
from claimlogic.terms import Atom, text

_CLAIM = "c"


@dataclass(frozen=True, slots=True)
class Case:
    """One test. ``rule`` is the rule that it is about, if any; ``is_scenario`` judges with tables.

    ``differences`` tells what an answer says otherwise than expected; nothing when it passes.
    """

    name: str
    rule: str | None
    facts: tuple[Atom, ...]
    is_scenario: bool
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
    for kind in ("rules", "disputes", "payers"):
        for path in sorted((folder / kind).rglob("*.lp")):
            name = path.relative_to(folder / kind).as_posix()
            rule = rule_tests.rule_of(name) if kind == "rules" else None
            yield partial(_rule_case, path, f"{kind}/{name}", rule, knowledge)


def _rule_case(path: Path, name: str, rule: str | None, knowledge: Knowledge) -> list[Case]:
    stated = rule_tests._stated_facts(path)
    expectations = [a for a in stated if a.predicate in rule_tests._EXPECTATIONS]
    facts = [a for a in stated if a.predicate not in rule_tests._EXPECTATIONS]
    facts += rule_tests._day_facts(facts, knowledge)
    rule_tests._check_claims(path, facts, expectations)
    rules = {str(a.arguments[0]) for a in expectations if a.predicate in ("expect", "clean")} | ({rule} - {None})
    wanted = {a.arguments for a in expectations if a.predicate == "expect"}
    stated_of = {
        predicate: {a.arguments for a in expectations if a.predicate == f"expect_{predicate}"}
        for predicate in ("verdict", "disputed")
    }

    def differences(answer: Answer) -> list[str]:
        found = {a.arguments for a in answer.atoms if a.predicate == "finding" and a.arguments[0] in rules}
        words = [f"{rule_tests._finding(f)} is expected, and missing" for f in sorted(wanted - found, key=str)]
        words += [f"{rule_tests._finding(f)} is found, and not expected" for f in sorted(found - wanted, key=str)]
        for predicate, expected in stated_of.items():
            held = {a.arguments for a in answer.atoms if a.predicate == predicate}
            for missing in sorted(expected - held, key=str):
                words.append(f"{Atom(predicate, missing)} is expected, and missing")
        return words

    return [Case(name, rule, tuple(facts), False, differences)]


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
    return Case(name, None, tuple(facts), True, differences)


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
