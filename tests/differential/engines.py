"""What each engine answers on claims, in one form that can be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import duckdb

from claimlogic import KnowledgeBase
from claimlogic.asking import datalog
from claimlogic.claims.model import Claim
from claimlogic.knowledge.rules import Aggregate, AtomPattern, Comparison, Operation, Rule, Variable
from claimlogic.knowledge_base import Options
from claimlogic.results import ClaimResult
from claimlogic.screening.judging.bulk import BulkJudge
from claimlogic.screening.part import stage_claims
from claimlogic.solving.by_clingo import solve

# Claims that DuckDB judges at once.
PART = 2_000


@dataclass(frozen=True, slots=True)
class Answer:
    """Verdicts of the claim and of its lines, and findings: line, rule, severity, other lines, whether waived."""

    verdict: str
    lines: tuple[tuple[int, str], ...]
    findings: frozenset[tuple[int, str, str, tuple[int, ...], bool]]
    disputes: frozenset[tuple[int, str]]
    carried_forward: frozenset[tuple[int, str, str, str]]


def by_clingo(kb: KnowledgeBase, claims: Sequence[Claim], options: Options | None = None) -> dict[str, Answer]:
    """Clingo's answers, by the claims' ids."""
    return {claim: answer_of(result) for claim, result in results_by_clingo(kb, claims, options).items()}


def results_by_clingo(
    kb: KnowledgeBase, claims: Sequence[Claim], options: Options | None = None
) -> dict[str, ClaimResult]:
    """What ``check`` would say if clingo found what follows, by the claims' ids."""
    answers = kb.answers(claims, options, solve)
    return {claim.id: kb._judge.result(claim.id, facts, answer) for claim, facts, answer in answers}


def answer_of(result: ClaimResult) -> Answer:
    return Answer(
        verdict=result.verdict,
        lines=tuple((line.line, line.verdict) for line in result.lines),
        findings=frozenset(
            (line.line, f.rule, f.severity, f.with_lines, bool(f.waived_by))
            for line in result.lines
            for f in line.findings
        ),
        disputes=frozenset((d.line, d.id) for d in result.disputes),
        carried_forward=frozenset((c.date, c.published, c.table, c.edition) for c in result.carried_forward),
    )


class Compiled:
    """The compiled rules on DuckDB."""

    def __init__(self, kb: KnowledgeBase, options: Options | None = None, only: Collection[str] | None = None) -> None:
        chosen = options or Options()
        self._connection = duckdb.connect()
        self._vocabulary = kb.knowledge.vocabulary
        self._judge = BulkJudge(
            kb, self._connection, trust=chosen.trust, strict_dates=chosen.strict_dates, only=only
        )  # fmt: skip

    def answers(self, claims: Sequence[Claim]) -> dict[str, Answer]:
        """The answers on claims, by their ids."""
        found: dict[str, Answer] = {}
        for start in range(0, len(claims), PART):
            found |= self._part(claims[start : start + PART])
        return found

    def _part(self, claims: Sequence[Claim]) -> dict[str, Answer]:
        part = stage_claims(self._connection, [(claim.id, claim) for claim in claims], self._vocabulary)
        judged = self._judge.judge(part)
        verdicts = self._rows(f"SELECT C, verdict FROM {judged.claims}")
        lines = self._rows(f"SELECT C, L, verdict FROM {judged.verdicts} ORDER BY C, L")
        findings = self._rows(
            "SELECT C, L, rule, severity, list(other ORDER BY other) FILTER (other != L), waived"
            f" FROM {judged.findings} GROUP BY C, L, rule, severity, waived"
        )
        disputes = self._rows(f"SELECT C, L, dispute FROM {judged.disputes}")
        carried = self._rows(f"SELECT C, day, published, judged_by, edition FROM {judged.carried_forward}")
        return {
            claim.id: Answer(
                verdict=verdicts[number][0][0] if verdicts[number] else "",
                lines=tuple(lines[number]),
                findings=frozenset(
                    (line, rule, severity, tuple(others or ()), waived)
                    for line, rule, severity, others, waived in findings[number]
                ),
                disputes=frozenset(disputes[number]),
                carried_forward=frozenset(carried[number]),
            )
            for number, claim in enumerate(sorted(claims, key=lambda one: one.id.encode()), start=1)
        }

    def _rows(self, query: str) -> defaultdict[int, list[tuple[Any, ...]]]:
        grouped: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
        for claim, *row in self._connection.execute(query).fetchall():
            grouped[claim].append(tuple(row))
        return grouped


class Datalog:
    """The rules by pyDatalog, as named questions run them: those that rest on no aggregate and no arithmetic.

    Verdicts rest on themselves through chains of add-ons, which it cannot run.
    """

    def __init__(self, kb: KnowledgeBase) -> None:
        self._kb = kb
        self._by_head: dict[str, list[Rule]] = defaultdict(list)
        for rule in kb.knowledge.rules:
            self._by_head[rule.head.predicate].append(rule)
        reporting: dict[str, list[Rule]] = defaultdict(list)
        for rule in self._by_head["finding"]:
            reporting[str(rule.head.arguments[0])].append(rule)
        self.rules = frozenset(
            name for name, rules in reporting.items() if not any(_calculates(rule) for rule in self._under(rules))
        )

    def findings(self, claim: Claim) -> frozenset[tuple[int, str, tuple[int, ...]]]:
        """Line, rule and other lines of what the rules in ``rules`` say of a claim."""
        cut = self._kb._judge.slice(self._kb.facts_of(claim), self._kb.store)
        facts: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for predicate, arguments in cut.facts:
            facts[predicate].append(arguments)
        live = {rule.number for rule in cut.rules}
        reporting = [rule for rule in self._by_head["finding"] if rule.head.arguments[0] in self.rules]
        rules = [rule for rule in self._under(reporting) if rule.number in live]

        def look_up(predicate: str, pattern: tuple[Any, ...]) -> list[tuple[Any, ...]]:
            return [
                row for row in facts[predicate] if all(p in (None, own) for p, own in zip(pattern, row, strict=True))
            ]

        with datalog.Datalog(set(facts), (), look_up) as session:
            session.add(rules)
            goal = AtomPattern("finding", tuple(map(Variable, ("Rule", "C", "L", "L'"))))
            found: dict[tuple[int, str], set[int]] = defaultdict(set)
            for rule, _, line, other in session.rows(goal):
                found[line, str(rule)] |= {other} - {line}  # type: ignore[arg-type, operator]
        return frozenset((line, rule, tuple(sorted(others))) for (line, rule), others in found.items())

    def _under(self, rules: Sequence[Rule]) -> list[Rule]:
        """Some rules and all that they rest on."""
        found: dict[int, Rule] = {}
        waiting = list(rules)
        while waiting:
            rule = waiting.pop()
            if rule.number not in found:
                found[rule.number] = rule
                waiting += [other for predicate in rule.reads for other in self._by_head[predicate]]
        return list(found.values())


def _calculates(rule: Rule) -> bool:
    return any(
        isinstance(item, Aggregate)
        or (isinstance(item, Comparison) and isinstance(item.left, Operation) | isinstance(item.right, Operation))
        for item in rule.body
    )


def of_rules(answer: Answer, rules: Collection[str]) -> frozenset[tuple[int, str, str, tuple[int, ...], bool]]:
    """The findings of some rules."""
    return frozenset(finding for finding in answer.findings if finding[1] in rules)


def smallest(kb: KnowledgeBase, claim: Claim, options: Options | None = None) -> Claim:
    """A claim on which the engines still differ, with as few lines and as little on them as can be left out."""
    compiled = Compiled(kb, options)

    def differ(one: Claim) -> bool:
        return by_clingo(kb, [one], options) != compiled.answers([one])

    shrunk = True
    while shrunk:
        shrunk = False
        for smaller in _smaller(claim):
            if smaller.lines and differ(smaller):
                claim, shrunk = smaller, True
                break
    return claim


def _smaller(claim: Claim) -> list[Claim]:
    found = [replace(claim, lines=claim.lines[:at] + claim.lines[at + 1 :]) for at in range(len(claim.lines))]
    found += [replace(claim, elsewhere=())] if claim.elsewhere else []
    found += [replace(claim, global_period=None)] if claim.global_period else []
    for at, line in enumerate(claim.lines):
        bare = (
            [replace(line, modifiers=line.modifiers[1:])] * bool(line.modifiers)
            + [replace(line, documented=(), undocumented=())] * bool(line.documented or line.undocumented)
            + [replace(line, diagnoses=())] * bool(line.diagnoses)
            + [replace(line, provider=None, group=None, specialty=None)] * bool(line.provider)
        )
        found += [replace(claim, lines=(*claim.lines[:at], one, *claim.lines[at + 1 :])) for one in bare]
    return found
