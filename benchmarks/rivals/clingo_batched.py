"""The rules of ``kb/`` that the rivals know, by clingo, many claims in one grounding."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from claimlogic import KnowledgeBase
from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge.slicing import Slicer
from claimlogic.solving.by_clingo import solve
from claimlogic.terms import plain
from rivals import SHARED, Finding, Taken, write_findings
from rivals.python_loop import Row, claims_from

BATCH = 500
_REPORTING = ("finding", "reported")


def claim_of(number: int, lines: Sequence[Row]) -> Claim:
    """A claim of the population, as far as the rivals' rules look at it."""
    return Claim(
        id=str(number),
        form="professional",
        lines=tuple(
            Line(line, code, units, day, modifiers, provider=provider)
            for line, code, units, day, provider, modifiers in lines
        ),
        setting="office",
        payer="medicare",
    )


def run(tables: Path, claims: Path, output: Path) -> Taken:
    """Judge batch after batch: the facts that its codes touch, and the rules that could fire on them."""
    kb = KnowledgeBase(tables=tables)
    rules = [
        rule
        for rule in kb.knowledge.rules
        if rule.head.predicate not in _REPORTING or rule.head.arguments[0] in SHARED or rule.reads & {"finding"}
    ]
    slicer = Slicer(rules, kb.knowledge.vocabulary, ["reported"])
    taken, told = Taken(), list[Finding]()
    with taken.whole():
        source = claims_from(claims)
        while batch := list(islice(source, BATCH)):
            with taken.judging(len(batch)):
                given = [claim_of(number, lines) for number, lines in batch]
                facts = dict.fromkeys(fact for claim in given for fact in claim_facts(claim, claim.id))
                cut = slicer.cut(list(facts), kb.store)
                found = solve(cut.facts, cut.rules, (), [("reported", 4)]).atoms
            for atom in found:
                rule, claim, line, other = atom.arguments
                assert isinstance(line, int)
                assert isinstance(other, int)
                told.append((int(plain(claim)), line, str(rule), other))
    write_findings(told, output)
    return taken
