"""Allowed code sets against all subsets of the lines that there could be."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claimlogic.claims.encounter import Encounter, Procedure
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.search.allowed import allowed
from claimlogic.search.answers import CodeSet
from claimlogic.search.fitting import fit

_PROCEDURES = st.sampled_from(
    [
        Procedure("interlaminar_epidural", (("imaging", "fluoroscopy"), ("region", "lumbar"))),
        Procedure("interlaminar_epidural", (("imaging", "none"), ("region", "cervical"))),
        Procedure("joint_injection", (("imaging", "fluoroscopy"), ("joint", "knee"), ("side", "right"))),
        Procedure("joint_injection", (("imaging", "ct"), ("joint", "wrist"))),
        Procedure("joint_injection", (("imaging", "ultrasound"), ("joint", "hip"))),
        Procedure("soft_tissue_biopsy", (("imaging", "ct"), ("method", "needle"), ("region", "thorax"))),
        Procedure("nasoenteric_tube", (("imaging", "fluoroscopy"),)),
        Procedure("blood_patch", (("imaging", "fluoroscopy"), ("region", "lumbar"))),
        Procedure("picc", (("imaging", "fluoroscopy"),)),
        Procedure("sacroiliac_injection", (("imaging", "ct"), ("side", "left"))),
        Procedure("central_line_nontunneled", (("imaging", "fluoroscopy"),)),
    ]
)


@settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    procedures=st.lists(_PROCEDURES, min_size=1, max_size=3, unique_by=lambda p: p.concept),
    setting=st.sampled_from(["office", "hospital_outpatient"]),
    trust=st.sampled_from([None, "article"]),
)
def test_no_subset_of_lines_does_better(
    kb: KnowledgeBase, procedures: list[Procedure], setting: str, trust: str | None
) -> None:
    told = Encounter("e", 20240815, setting, "professional", tuple(procedures), "medicare", 54)
    options = Options(trust=trust)
    result = allowed(kb, told, options)
    tried = _by_brute_force(kb, told, options, {broad for broad, _ in result.ranking[0].out})
    fewest = min((left, unknown) for left, unknown, _ in tried)
    assert (len(_pieces(told) - _reported(kb, told, result.sets[0])), result.sets[0].cost[1]) == fewest
    lines_of_best = {frozenset(line.code for line in one.lines) for one in result.sets}
    smallest = {lines for left, unknown, lines in tried if (left, unknown) == fewest}
    assert lines_of_best <= smallest


def _pieces(told: Encounter) -> set[tuple[int, str]]:
    """What was done: each procedure, and its imaging."""
    done = {(number, "part") for number, _ in enumerate(told.procedures, start=1)}
    return done | {
        (number, "imaging")
        for number, procedure in enumerate(told.procedures, start=1)
        if set(procedure.of("imaging")) - {"none"}
    }


def _reported(kb: KnowledgeBase, told: Encounter, one: CodeSet) -> set[tuple[int, str]]:
    """What a set reports, read off its own account of what it leaves out."""
    left = {(out.procedure, "imaging" if out.what.startswith("guidance") else "part") for out in one.left_out}
    return _pieces(told) - left


def _by_brute_force(
    kb: KnowledgeBase, told: Encounter, options: Options, out: set[str]
) -> list[tuple[int, int, frozenset[str]]]:
    """For every subset of lines that is not denied, 26 added where it helps: parts left out, unknown, codes."""
    fitting = fit(kb, told, "practitioner", "professional", options)
    offered = [c for c in fitting.useful if c.line.code not in out]
    sides = {"left": "LT", "right": "RT"}
    found = []
    for size in range(len(offered) + 1):
        for chosen in itertools.combinations(offered, size):
            parts = [(p, part) for c in chosen for line, p, part in fitting.fits if line == c.line.number]
            if len(parts) != len(set(parts)):
                continue
            by_side = kb.store.match
            choices = []
            for c in chosen:
                paid = any(row[1] == '"1"' for row in by_side("bilateral", (f'"{c.line.code}"', None, None, None)))
                own = (sides[c.side],) if c.side in sides and paid else ()
                choices.append([own, ("26", *own)] if c.guides else [own])
            for modifiers in itertools.product(*choices):
                lines = tuple(
                    replace(c.line, number=at, modifiers=m)
                    for at, (c, m) in enumerate(zip(chosen, modifiers, strict=True), start=1)
                )
                left = _left(kb, fitting, chosen)
                if left is None:
                    continue
                if not lines:
                    found.append((len(_pieces(told)), 0, frozenset[str]()))
                    continue
                claim = replace(_claim(told), lines=lines)
                verdict = kb.check(claim, options)
                if verdict.verdict != "denied":
                    unknown = sum(line.verdict == "unknown" for line in verdict.lines)
                    found.append((left, unknown, frozenset(c.line.code for c in chosen)))
    return found


def _claim(told: Encounter) -> Any:
    from claimlogic.search.candidates import proposal

    return proposal(told, "practitioner", "professional", ())


def _left(kb: KnowledgeBase, fitting: Any, chosen: Any) -> int | None:
    """How much a subset leaves out; None where a guidance line guides nothing that the others leave to it."""
    told = fitting.encounter
    parts = {p: c.line.code for c in chosen for line, p, _ in fitting.fits if line == c.line.number}
    inside = {p for p, code in parts.items() if kb.store.match("covers", (f'"{code}"', "imaging"))}
    guided = {
        c.line.number: {
            p for line, p, _ in fitting.guidable if line == c.line.number and p in parts and p not in inside
        }
        for c in chosen
        if c.guides
    }
    if any(not numbers for numbers in guided.values()):
        return None
    reported = {(p, "part") for p in parts} | {(p, "imaging") for p in inside}
    reported |= {(p, "imaging") for numbers in guided.values() for p in numbers}
    return len(_pieces(told) - reported)
