"""Rule tests: a file of claims beside each rule file, with what the rule must say of them.

A test file is rule text: claims, the table rows that they need, and for every claim ``expect(Rule, C, L, L')`` or
``clean(Rule, C)``. It is grounded once with all rules, and with the code facts of the knowledge base but without its
tables. For each rule that is named, and each claim, the whole set of its findings must be as expected.
Beyond rules, ``expect_verdict(C, L, Verdict)`` and ``expect_disputed(X, C, L)`` may be stated.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import clingo

from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.slicing import Slicer
from claimlogic.knowledge.symbols import symbol_term
from claimlogic.solving.engine import solve
from claimlogic.terms import Atom, Term, plain

_SHOWN = (("finding", 4), ("verdict", 3), ("disputed", 3))
_EXPECTATIONS = {"expect", "clean", "expect_verdict", "expect_disputed"}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that a test file expects and the rules do not say, or the other way round, in words."""

    file: str
    words: str


def rule_of(path: str) -> str:
    """The rule id of a rule or test file, from its path below ``rules/``: ``ncci/column_two.lp`` is ncci_column_two."""
    return path.removesuffix(".lp").replace("/", "_")


def run_rule_test(knowledge: Knowledge, path: Path, rule: str | None) -> list[Difference]:
    """What differs in the test file at ``path``; nothing when it passes.

    ``rule`` is the rule under test (None for files that test no one rule). Raises InputError for a file that cannot be
    read, or that states nothing about one of its claims.
    """
    stated = _stated_facts(path)
    expectations = [a for a in stated if a.predicate in _EXPECTATIONS]
    facts = [a for a in stated if a.predicate not in _EXPECTATIONS]
    facts += _day_facts(facts, knowledge)
    _check_claims(path, facts, expectations)
    cut = Slicer(knowledge.rules, knowledge.vocabulary, [n for n, _ in _SHOWN]).cut(facts, knowledge.store)
    answer = solve(cut.facts, cut.rules, (), _SHOWN)
    rules = {str(a.arguments[0]) for a in expectations if a.predicate in ("expect", "clean")}
    if rule is not None:
        rules.add(rule)
    wanted = {a.arguments for a in expectations if a.predicate == "expect"}
    found = {a.arguments for a in answer.atoms if a.predicate == "finding" and a.arguments[0] in rules}
    differences = [f"{_finding(f)} is expected, and missing" for f in sorted(wanted - found, key=str)]
    differences += [f"{_finding(f)} is found, and not expected" for f in sorted(found - wanted, key=str)]
    for kind, predicate in (("expect_verdict", "verdict"), ("expect_disputed", "disputed")):
        stated_here = {a.arguments for a in expectations if a.predicate == kind}
        held = {a.arguments for a in answer.atoms if a.predicate == predicate}
        for missing in sorted(stated_here - held, key=str):
            differences.append(f"{predicate}({', '.join(map(plain, missing))}) is expected, and missing")
    return [Difference(path.name, words) for words in differences]


def polarity(path: Path, rule: str) -> tuple[bool, bool]:
    """Whether a test file holds a claim on which the rule fires, and one on which it does not."""
    stated = _stated_facts(path)
    fires = any(a.predicate == "expect" and a.arguments[0] == rule for a in stated)
    clean = any(a.predicate == "clean" and a.arguments[0] == rule for a in stated)
    return fires, clean


def _finding(arguments: tuple[Term, ...]) -> str:
    rule, claim, line, other = map(plain, arguments)
    beside = f" because of line {other}" if other != line else ""
    return f"{rule} on claim {claim}, line {line}{beside}"


def _stated_facts(path: Path) -> list[Atom]:
    control = clingo.Control(["--warn=none"], logger=lambda _code, _message: None)
    try:
        control.add("base", [], path.read_text(encoding="utf-8"))
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


def _check_claims(path: Path, facts: Iterable[Atom], expectations: Iterable[Atom]) -> None:
    position = {"expect": 1, "clean": 1, "expect_verdict": 0, "expect_disputed": 1}
    spoken_of = {a.arguments[position[a.predicate]] for a in expectations}
    claims = {a.arguments[0] for a in facts if a.predicate == "line"}
    if silent := sorted(claims - spoken_of, key=str):
        raise InputError(f"nothing is expected of claim {plain(silent[0])}; state `expect` or `clean`", str(path))
    if unknown := sorted(spoken_of - claims, key=str):
        raise InputError(f"no line of claim {plain(unknown[0])}, of which something is expected", str(path))
