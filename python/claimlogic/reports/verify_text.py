"""Properties as text: one line each where they hold, with the claims where they do not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from claimlogic.analyst.verifying.properties import EACH_CODE, Property
from claimlogic.analyst.verifying.verify import Counterexample, Outcome
from claimlogic.analyst.witness.claims import claim_yaml
from claimlogic.reports.check_notes import message
from claimlogic.reports.words import SIGNS, counted, listed
from claimlogic.results import ClaimResult

_WIDTH = 100
_SHOWN_CODES = 12


def verify_text(outcomes: Sequence[Outcome]) -> str:
    """The report on all properties."""
    return "\n".join(row for outcome in outcomes for row in _outcome(outcome))


def _outcome(outcome: Outcome) -> Iterator[str]:
    sign = "✓" if outcome.holds else "✗" if outcome.counterexample or outcome.codes else "?"
    yield f"{sign} {outcome.about.name}: {outcome.about.title}"
    yield from _wrapped(_how_far(outcome), "    ")
    if outcome.codes:
        yield from _wrapped(f"no such claim for {listed(outcome.codes, _SHOWN_CODES)}", "    ")
    if outcome.counterexample is not None:
        yield from _counterexample(outcome.about, outcome.counterexample)


def _how_far(outcome: Outcome) -> str:
    lines = counted(outcome.lines, "line")
    codes = counted(outcome.tried.get("code", 0), "code")
    took = f"{outcome.seconds:.1f} s"
    excepted = counted(len(outcome.about.exceptions), "expected exception")
    besides = f", with {excepted}" if outcome.about.exceptions else ""
    if outcome.counterexample is not None:
        held = f"holds up to {lines}, but not of this claim" if outcome.lines else "does not hold of this claim"
        return f"{held} ({took}):" if len(outcome.counterexample.told) == 1 else f"{held} and the second ({took}):"
    if not outcome.finished:
        return f"the time ran out: shown up to {lines} ({took})"
    if outcome.about.form == EACH_CODE:
        within = f"tried with up to {codes} at a time, on up to {lines}"
        return f"{within} ({took})" if outcome.codes else f"holds, {within} ({took})"
    return f"holds up to {lines} of {codes}{besides} ({took})"


def _counterexample(about: Property, found: Counterexample) -> Iterator[str]:
    if about.second and len(found.told) > 1:
        yield from _wrapped(f"the second claim: {about.second}", "    ")
    for told, result in zip(found.told, found.results, strict=True):
        yield from (f"    {row}" for row in claim_yaml(told.claim).splitlines())
        if told.trust:
            yield f"    with --trust {told.trust}"
        if told.strict_dates:
            yield "    with --strict-dates"
        yield from _answer(result)


def _answer(result: ClaimResult) -> Iterator[str]:
    for line in result.lines:
        yield f"      {line.line}  {line.code}  {SIGNS[line.verdict]} {line.verdict}"
        for finding in line.findings:
            if finding.severity != "advise":
                told = f"{finding.severity}: {message(finding, line.line)} [{finding.rule}]"
                yield from _wrapped(told, " " * 13)


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
