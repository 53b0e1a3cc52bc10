"""Scenarios: stories across rules, each a folder that a person can read.

``README.md`` tells the story, ``*.yaml`` beside it hold the claims, ``expected.yaml`` says what must come out::

    - claim: claim.yaml
      verdicts: {1: payable, 2: denied}
      findings:
        - {line: 2, rule: includes_guidance, with: [1], cites: [ncci_manual_2026]}

Findings that deny, package or leave a line unknown must be listed, all of them; advice may be. ``trust`` answers by
another authority, ``disputes`` names those that the answer must mention.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claimlogic.claims.model import Claim
from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.results import ClaimResult, Finding


@dataclass(frozen=True, slots=True)
class ExpectedFinding:
    """A finding that must come out: its line, rule, other lines (None: not looked at), and sources to be cited."""

    line: int
    rule: str
    with_lines: tuple[int, ...] | None
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What one claim of a scenario must answer."""

    claim: Path
    options: Options
    verdicts: Mapping[int, str]
    findings: tuple[ExpectedFinding, ...]
    disputes: tuple[str, ...]


def read_scenario(folder: Path) -> list[Expectation]:
    """The expectations of a scenario folder. Raises InputError where ``expected.yaml`` cannot be read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    place = folder / "expected.yaml"
    try:
        entries = YAML(typ="safe", pure=True).load(place.read_text(encoding="utf-8"))
        return [_expectation(folder, entry) for entry in entries]
    except (OSError, YAMLError, KeyError, TypeError, AttributeError) as fault:
        why = f"not a list of expectations ({type(fault).__name__}); see scenarios/README.md"
        raise InputError(why, str(place)) from None


def run_expectation(kb: KnowledgeBase, expected: Expectation) -> tuple[Claim, ClaimResult, list[str]]:
    """The claim, its answer, and in words what differs from what is expected; nothing when it holds."""
    claims = kb.read(expected.claim)
    if len(claims) != 1:
        raise InputError("a scenario's file holds one claim", str(expected.claim))
    result = kb.check(claims[0], expected.options)
    words = []
    for line in result.lines:
        wanted = expected.verdicts.get(line.line)
        if wanted != line.verdict:
            words.append(f"line {line.line} ({line.code}) is {line.verdict}; expected is {wanted}")
    words += _differing_findings(result, expected.findings)
    missing = sorted(set(expected.disputes) - {d.id for d in result.disputes})
    words += [f"dispute {dispute} is not named" for dispute in missing]
    return claims[0], result, words


def _expectation(folder: Path, entry: Mapping[str, Any]) -> Expectation:
    findings = tuple(
        ExpectedFinding(
            line=int(f["line"]),
            rule=str(f["rule"]),
            with_lines=tuple(f["with"]) if "with" in f else None,
            cites=tuple(f.get("cites", ())),
        )
        for f in entry.get("findings", ())
    )
    return Expectation(
        claim=folder / entry["claim"],
        options=Options(entry.get("trust"), bool(entry.get("strict_dates", False))),
        verdicts={int(line): str(verdict) for line, verdict in entry["verdicts"].items()},
        findings=findings,
        disputes=tuple(entry.get("disputes", ())),
    )


def _differing_findings(result: ClaimResult, expected: Sequence[ExpectedFinding]) -> list[str]:
    words = []
    found = {(line.line, f.rule): f for line in result.lines for f in line.findings if not f.waived_by}
    for wanted in expected:
        finding = found.get((wanted.line, wanted.rule))
        if finding is None:
            words.append(f"line {wanted.line}: {wanted.rule} is expected, and missing")
        else:
            words += _differing_details(finding, wanted)
    listed = {(w.line, w.rule) for w in expected}
    for (line, rule), finding in sorted(found.items()):
        if finding.severity != "advise" and (line, rule) not in listed:
            words.append(f"line {line}: {rule} is found, and not expected ({finding.message})")
    return words


def _differing_details(finding: Finding, wanted: ExpectedFinding) -> list[str]:
    words = []
    if wanted.with_lines is not None and finding.with_lines != wanted.with_lines:
        words.append(f"line {wanted.line}: {wanted.rule} speaks of lines {finding.with_lines}, not {wanted.with_lines}")
    missing = sorted(set(wanted.cites) - {c.id for c in finding.citations})
    words += [f"line {wanted.line}: {wanted.rule} does not cite {source}" for source in missing]
    return words
