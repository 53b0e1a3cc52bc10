"""Which changes of the rules no test notices, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby

from claimlogic.analyst.mutation import MutationReport


def mutation_text(report: MutationReport) -> str:
    """The survivors as sentences, by rule, and the score."""
    lines: list[str] = []
    for (file, line, head), group in groupby(report.survivors, key=lambda o: (o.file, o.line, o.head)):
        lines.append(f"{file}:{line}: {head}")
        lines.extend(f"  {outcome.sentence}" for outcome in group)
    equal = len(report.outcomes) - len(report.counted)
    noticed = len(report.counted) - len(report.survivors)
    lines.append(f"{noticed} of {len(report.counted)} changes are noticed: {report.score:.1f}%")
    if equal:
        lines.append(f"{equal} more follow from the other conditions of their rule, and are not counted")
    return "\n".join(lines)


def mutation_json(report: MutationReport) -> str:
    """The same as one line of JSON, with the case that notices each change."""
    document = {
        "counted": len(report.counted),
        "survived": len(report.survivors),
        "score": round(report.score, 2),
        "outcomes": [asdict(o) | {"sentence": "" if o.noticed_by else o.sentence} for o in report.outcomes],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True)
