"""Which changes of the rules no test notices, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby

from claimlogic.analyst.mutation import MutationReport, Outcome
from claimlogic.reports.junit import JUnitCase, junit


def mutation_text(report: MutationReport) -> str:
    """The survivors as sentences, by rule, each with a claim that would notice it; the equal ones; and the score."""
    lines = _by_rule(report.survivors)
    if found := report.equal:
        lines += ["not counted, since no test could notice them:", *(f"  {line}" for line in _by_rule(found))]
    noticed = len(report.counted) - len(report.survivors)
    lines.append(f"{noticed} of {len(report.counted)} changes are noticed: {report.score:.1f}%")
    return "\n".join(lines)


def _by_rule(outcomes: Sequence[Outcome]) -> list[str]:
    lines: list[str] = []
    for (file, line, head), group in groupby(outcomes, key=lambda o: (o.file, o.line, o.head)):
        lines.append(f"{file}:{line}: {head}")
        for outcome in group:
            lines.append(f"  {outcome.sentence}")
            if outcome.witness:
                lines.append("    this claim would tell:")
                lines.extend(f"      {told}" for told in outcome.witness.splitlines())
    return lines


def mutation_json(report: MutationReport) -> str:
    """The same as one line of JSON, with the case that notices each change."""
    document = {
        "counted": len(report.counted),
        "equal": len(report.equal),
        "survived": len(report.survivors),
        "score": round(report.score, 2),
        "outcomes": [asdict(o) | {"sentence": "" if o.noticed_by else o.sentence} for o in report.outcomes],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def mutation_junit(report: MutationReport) -> str:
    """The same as JUnit: a case a counted change, which fails where no test notices it."""
    cases = [
        JUnitCase(f"{o.file}:{o.line}", f"{o.head} {o.words}", () if o.noticed_by else (o.sentence,))
        for o in report.counted
    ]
    return junit("kb mutate", cases)
