"""Rule tests: a file of claims beside each rule file, with what the rules must say of them.

A test file is rule text: claims, the table rows that they need, and of every claim what is expected. It is grounded
once with all rules, and with the code facts of the knowledge base but without its tables. What can be expected:

``expect(Rule, C, L, L')``, ``clean(Rule, C)``
    a finding, none. For each rule that is named, the whole set of its findings in the file must be as expected.
``expect_verdict(C, L, Verdict)``, ``expect_claim_verdict(C, Verdict)``
    the verdict, and no second one.
``expect_disputed(X, C, L)``, ``undisputed(X, C)``
    a dispute that the answer names, or does not. For each dispute that is named, and for the one that a file below
    ``disputes/`` is about, the whole set must be as expected.
``expect_says(Rule, C, L, Text)``
    each sentence that the rule tells of the line holds the text, and there is one.

Whatever is expected, each line and each claim has one verdict.
"""

from __future__ import annotations

import datetime
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import clingo

from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rule_text import read_rule_text
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import Slicer
from claimlogic.knowledge.symbols import symbol_term
from claimlogic.solving.answer import Answer, concluded
from claimlogic.solving.by_clingo import solve
from claimlogic.solving.judge import sentence, speaks
from claimlogic.terms import Atom, Term, plain

LOOKED_AT = (("finding", 4), ("verdict", 3), ("claim_verdict", 2), ("disputed", 3))
"""The predicates (name, arity) that a rule test can state."""

# Each kind of expectation: how many arguments it has, and which of them is the claim.
_EXPECTATIONS = {
    "expect": (4, 1),
    "clean": (2, 1),
    "expect_verdict": (3, 0),
    "expect_claim_verdict": (2, 0),
    "expect_disputed": (3, 1),
    "undisputed": (2, 1),
    "expect_says": (4, 1),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a test file expects and the rules do not say, or the other way round, in words."""

    file: str
    words: str


@dataclass(frozen=True, slots=True)
class RuleTest:
    """A test file: facts to judge, and what is expected.

    ``rules`` and ``disputes`` are those of which everything that comes out must be expected.
    """

    path: Path
    facts: tuple[Atom, ...]
    expectations: tuple[Atom, ...]
    rules: frozenset[str]
    disputes: frozenset[str]

    @property
    def reads_sentences(self) -> bool:
        """Whether it looks at sentences, which an answer has for watched rules only."""
        return any(a.predicate == "expect_says" for a in self.expectations)


def rule_of(path: str) -> str:
    """The rule id of a rule or test file, from its path below ``rules/``: ``ncci/column_two.lp`` is ncci_column_two."""
    return path.removesuffix(".lp").replace("/", "_")


def dispute_of(path: str) -> str:
    """The dispute of a file below ``disputes/``: ``x01_default.lp`` is about x1, ``order_default.lp`` about none."""
    word = path.removesuffix(".lp").split("_")[0]
    return f"x{int(word[1:])}" if word.startswith("x") and word[1:].isdigit() else ""


def read_rule_test(knowledge: Knowledge, path: Path, rule: str | None = None, dispute: str = "") -> RuleTest:
    """The test file at ``path``; ``rule`` or ``dispute`` is what it is about, if it is about one.

    Raises InputError for a file that cannot be read, or that states nothing about one of its claims.
    """
    stated = _stated_facts(path)
    _check_expectations(path, stated)
    expectations = tuple(a for a in stated if a.predicate in _EXPECTATIONS)
    facts = [a for a in stated if a.predicate not in _EXPECTATIONS]
    facts += _day_facts(facts, knowledge)
    _check_claims(path, facts, expectations)
    rules = {str(a.arguments[0]) for a in expectations if a.predicate in ("expect", "clean")}
    disputes = {str(a.arguments[0]) for a in expectations if a.predicate in ("expect_disputed", "undisputed")}
    return RuleTest(
        path=path,
        facts=tuple(facts),
        expectations=expectations,
        rules=frozenset(rules | ({rule} if rule else set())),
        disputes=frozenset(disputes | ({dispute} if dispute else set())),
    )


def differing(test: RuleTest, answer: Answer, rules: Mapping[int, Rule]) -> list[str]:
    """What an answer says otherwise than expected, in words; nothing when the test passes.

    ``rules`` are the rules by number; where the test reads sentences, those that speak must have been watched.
    """
    findings = {a.arguments for a in answer.atoms if a.predicate == "finding" and a.arguments[0] in test.rules}
    words = _differing(_stated(test, "expect"), findings, _finding)
    for predicate in ("verdict", "claim_verdict"):
        wanted = _stated(test, f"expect_{predicate}")
        about = {arguments[:-1] for arguments in wanted}
        held = {a.arguments for a in answer.atoms if a.predicate == predicate and a.arguments[:-1] in about}
        words += _differing(wanted, held, partial(_written, predicate))
    disputes = {a.arguments for a in answer.atoms if a.predicate == "disputed" and a.arguments[0] in test.disputes}
    words += _differing(_stated(test, "expect_disputed"), disputes, _dispute)
    words += _judged_badly(test.facts, answer)
    return words + _differing_sentences(test, answer, rules) if test.reads_sentences else words


def run_rule_test(knowledge: Knowledge, path: Path, rule: str | None, dispute: str = "") -> list[Difference]:
    """What differs in the test file at ``path``; nothing when it passes.

    ``rule`` or ``dispute`` is what the file is about (None and "" where it is about no one). Raises InputError as
    ``read_rule_test`` does.
    """
    test = read_rule_test(knowledge, path, rule, dispute)
    cut = Slicer(knowledge.rules, knowledge.vocabulary, [n for n, _ in LOOKED_AT]).cut(test.facts, knowledge.store)
    watched = [r for r in cut.rules if speaks(r)] if test.reads_sentences else []
    answer = solve(cut.facts, cut.rules, watched, LOOKED_AT)
    return [Difference(path.name, words) for words in differing(test, answer, {r.number: r for r in cut.rules})]


def polarity(path: Path, rule: str) -> tuple[bool, bool]:
    """Whether a test file holds a claim on which the rule fires, and one on which it does not."""
    stated = _stated_facts(path)
    fires = any(a.predicate == "expect" and a.arguments[0] == rule for a in stated)
    clean = any(a.predicate == "clean" and a.arguments[0] == rule for a in stated)
    return fires, clean


def _stated(test: RuleTest, expectation: str) -> set[tuple[Term, ...]]:
    return {a.arguments for a in test.expectations if a.predicate == expectation}


def _differing(
    wanted: set[tuple[Term, ...]], found: set[tuple[Term, ...]], told: Callable[[tuple[Term, ...]], str]
) -> list[str]:
    words = [f"{told(arguments)} is expected, and missing" for arguments in sorted(wanted - found, key=str)]
    return words + [f"{told(arguments)} is found, and not expected" for arguments in sorted(found - wanted, key=str)]


def _judged_badly(facts: Iterable[Atom], answer: Answer) -> list[str]:
    """The lines and claims that have no verdict, or several."""
    found = Counter(a.arguments[:-1] for a in answer.atoms if a.predicate in ("verdict", "claim_verdict"))
    lines = {a.arguments[:2] for a in facts if a.predicate == "line"}
    judged = sorted(lines | {line[:1] for line in lines}, key=str)
    return [
        f"{found[key]} verdicts on claim {plain(key[0])}" + "".join(f", line {plain(line)}" for line in key[1:])
        for key in judged
        if found[key] != 1
    ]


def _differing_sentences(test: RuleTest, answer: Answer, rules: Mapping[int, Rule]) -> list[str]:
    said: dict[tuple[Term, ...], list[str]] = defaultdict(list)
    for firing in answer.firings:
        rule = rules[firing.rule]
        if rule.label is not None:
            said[concluded(rule, firing).arguments[:3]].append(sentence(rule, firing))
    words = []
    for rule_id, claim, line, part in sorted(_stated(test, "expect_says"), key=str):
        sentences = said[rule_id, claim, line]
        of = f"{plain(rule_id)} on claim {plain(claim)}, line {plain(line)}"
        if not sentences:
            words.append(f'{of} is expected to say "{plain(part)}", and says nothing')
        words += [f'{of} says "{s}", and not "{plain(part)}"' for s in sorted(sentences) if plain(part) not in s]
    return words


def _finding(arguments: tuple[Term, ...]) -> str:
    rule, claim, line, other = map(plain, arguments)
    beside = f" because of line {other}" if other != line else ""
    return f"{rule} on claim {claim}, line {line}{beside}"


def _written(predicate: str, arguments: tuple[Term, ...]) -> str:
    return f"{predicate}({', '.join(map(plain, arguments))})"


def _dispute(arguments: tuple[Term, ...]) -> str:
    dispute, claim, line = map(plain, arguments)
    return f"dispute {dispute} on claim {claim}, line {line}"


def _stated_facts(path: Path) -> list[Atom]:
    control = clingo.Control(["--warn=none"], logger=lambda _code, _message: None)
    try:
        control.add("base", [], read_rule_text(path, str(path)))
        control.ground([("base", [])])
    except RuntimeError:
        raise InputError("this is not rule text; check it with clingo", str(path)) from None
    return [
        Atom(a.symbol.name, tuple(symbol_term(t, str(path)) for t in a.symbol.arguments))
        for a in control.symbolic_atoms
    ]


def _day_facts(facts: Iterable[Atom], knowledge: Knowledge) -> list[Atom]:
    claim_predicates = {p.name: p.kinds for p in knowledge.vocabulary.predicates.values() if "claim" in p.givers}
    days = {
        value
        for fact in facts
        for kind, value in zip(claim_predicates.get(fact.predicate, ()), fact.arguments, strict=False)
        if kind == "day" and isinstance(value, int)
    }
    return [Atom("day", (d, datetime.date(d // 10000, d // 100 % 100, d % 100).toordinal())) for d in sorted(days)]


def _check_expectations(path: Path, stated: Iterable[Atom]) -> None:
    """What looks like an expectation and is none would never fail."""
    for atom in stated:
        named = atom.predicate.startswith(("expect", "clean", "undisputed"))
        if named and _EXPECTATIONS.get(atom.predicate, (-1, 0))[0] != len(atom.arguments):
            known = ", ".join(f"{name}/{count}" for name, (count, _) in _EXPECTATIONS.items())
            told = f"{atom.predicate}/{len(atom.arguments)}"
            raise InputError(f"{told} is no expectation; choose one of {known}", str(path))


def _check_claims(path: Path, facts: Iterable[Atom], expectations: Iterable[Atom]) -> None:
    spoken_of = {a.arguments[_EXPECTATIONS[a.predicate][1]] for a in expectations}
    lines = Counter(a.arguments[:2] for a in facts if a.predicate == "line")
    if double := sorted((key for key, count in lines.items() if count > 1), key=str):
        claim, line = map(plain, double[0])
        raise InputError(f"line {line} of claim {claim} has two codes; is the claim's name used twice?", str(path))
    claims = {claim for claim, _ in lines}
    if silent := sorted(claims - spoken_of, key=str):
        raise InputError(f"nothing is expected of claim {plain(silent[0])}; state `expect` or `clean`", str(path))
    if unknown := sorted(spoken_of - claims, key=str):
        raise InputError(f"no line of claim {plain(unknown[0])}, of which something is expected", str(path))
