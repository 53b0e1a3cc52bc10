"""Rules to a program: strata in order, recursion as rounds, predicates read once inlined."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from claimlogic.errors import InputError
from claimlogic.knowledge.checks import atoms_of, check_stratified
from claimlogic.knowledge.parse import SourcedFact
from claimlogic.knowledge.rules import Aggregate, AtomPattern, Comparison, Literal, Operation, Rule
from claimlogic.knowledge.strata import strata
from claimlogic.screening.compiling.bases import Bases, infer_bases
from claimlogic.screening.compiling.bodies import plan_rule
from claimlogic.screening.compiling.plan import Absent, Block, Program, RulePlan, Scan, Stratum


def compile_rules(
    rules: Sequence[Rule], declared: Bases, wanted: Collection[str] | None = None, given: Collection[str] = ()
) -> Program:
    """The program that concludes the ``wanted`` predicates (all, where None), and what they rest on.

    ``declared`` are the bases of predicates that are known besides the rules; ``given`` are those of which there are
    facts although rules conclude them too. Raises InputError, naming file and line, for a rule that cannot be compiled
    and for rules that are not stratified.
    """
    by_head: dict[str, list[Rule]] = {}
    for rule in rules:
        by_head.setdefault(rule.head.predicate, []).append(rule)
    needed = _needed(by_head if wanted is None else wanted, by_head)
    chosen = [rule for rule in rules if rule.head.predicate in needed]
    check_stratified(chosen)
    columns = infer_bases(chosen, declared)
    plans = {id(rule): plan_rule(rule, columns) for rule in chosen}
    often = _read_often(plans.values()) | set(by_head if wanted is None else wanted)
    planned = []
    for group in strata({head: _reads(by_head[head]) for head in needed if head in by_head}):
        own = [plans[id(rule)] for rule in chosen if rule.head.predicate in group]
        recursive = [plan for plan in own if plan.rule.needs & set(group)]
        for plan in recursive:
            _check_recursive(plan.rule)
        planned.append(
            Stratum(
                predicates=tuple(group),
                rules=tuple(plan for plan in own if plan not in recursive),
                rounds=tuple(fresh for plan in recursive for fresh in _rounds(plan, set(group))),
                inlined=not recursive and _is_simple(own) and group[0] not in {*often, *given},
            )
        )
    read = {atom.predicate for rule in chosen for atom in atoms_of(rule)}
    facts = frozenset((read - set(by_head)) | (read & set(given)))
    return Program(tuple(planned), columns, facts)


def fact_rule(fact: SourcedFact, file: str) -> Rule:
    """A fact of a rule text as a rule without conditions."""
    head = AtomPattern(fact.atom.predicate, fact.atom.arguments)
    return Rule(-1, file, fact.line, head, (), (), f"{fact.atom}.", None)


def _is_simple(plans: Sequence[RulePlan]) -> bool:
    """Whether a predicate may be written in place: one rule over one relation, so that no join is made twice."""
    return len(plans) == 1 and not plans[0].tallies and len(plans[0].block.scans) <= 1


def _needed(wanted: Iterable[str], by_head: Mapping[str, Sequence[Rule]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(wanted)
    while waiting:
        predicate = waiting.pop()
        if predicate not in found:
            found.add(predicate)
            waiting.extend(_reads(by_head.get(predicate, ())))
    return frozenset(found)


def _reads(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset().union(*(rule.reads for rule in rules))


def _check_recursive(rule: Rule) -> None:
    arithmetic = any(
        isinstance(part, Operation)
        for item in rule.body
        for part in (
            item.atom.arguments
            if isinstance(item, Literal)
            else (item.left, item.right)
            if isinstance(item, Comparison)
            else ()
        )
    )
    if arithmetic or any(isinstance(argument, Operation) for argument in rule.head.arguments):
        raise InputError("a recursive rule may not calculate: it could go on for ever", rule.place)
    if any(isinstance(item, Aggregate) for item in rule.body):
        raise InputError("a recursive rule may not hold an aggregate; write a helper predicate", rule.place)


def _rounds(plan: RulePlan, group: set[str]) -> list[RulePlan]:
    """The rule once for each scan of its own stratum, which reads what the last round gave."""
    found = []
    for at, scan in enumerate(plan.block.scans):
        if scan.predicate in group:
            scans = (*plan.block.scans[:at], replace(scan, fresh=True), *plan.block.scans[at + 1 :])
            found.append(replace(plan, block=replace(plan.block, scans=scans)))
    return found


def _read_often(plans: Iterable[RulePlan]) -> set[str]:
    """The predicates that are read more than once, or where a view is no plain join: under `not`, in an aggregate."""
    counts: Counter[str] = Counter()
    for plan in plans:
        counts.update(scan.predicate for scan in plan.block.scans)
        # A rule with aggregates is written with its body in several places.
        for scan in (*_absent_scans(plan.block), *(plan.block.scans if plan.tallies else ())):
            counts[scan.predicate] += 2
        for tally in plan.tallies:
            for part in tally.parts:
                for block, _ in part.blocks:
                    for scan in (*block.scans, *_absent_scans(block)):
                        counts[scan.predicate] += 2
    return {predicate for predicate, times in counts.items() if times > 1}


def _absent_scans(block: Block) -> list[Scan]:
    return [scan for condition in block.conditions if isinstance(condition, Absent) for scan in condition.block.scans]
