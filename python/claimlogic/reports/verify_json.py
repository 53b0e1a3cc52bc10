"""Properties as JSON Lines, one object a property, keys sorted.

{"claims": [], "codes": [], "exceptions": [{"of": "...", "source": "...", "where": "..."}], "finished": true,
 "form": "no claim", "holds": true, "line": null, "lines": 1, "name": "one_line_alone", "title": "...", "tried": {}}
"""

from __future__ import annotations

import json
from dataclasses import asdict

from claimlogic.analyst.verifying.verify import Outcome
from claimlogic.analyst.witness.claims import document
from claimlogic.reports.check_json import check_json


def verify_json(outcome: Outcome) -> str:
    """The object of one property, without a line end. ``claims`` are its counterexample, each with its answer."""
    shown = outcome.counterexample
    claims = [
        {
            "answer": json.loads(check_json(result)),
            "claim": document(told.claim),
            "strict_dates": told.strict_dates,
            "trust": told.trust,
        }
        for told, result in (zip(shown.told, shown.results, strict=True) if shown else ())
    ]
    told = {
        "claims": claims,
        "codes": list(outcome.codes),
        "exceptions": [asdict(exception) for exception in outcome.about.exceptions],
        "finished": outcome.finished,
        "form": outcome.about.form,
        "holds": outcome.holds,
        "line": shown.line if shown else None,
        "lines": outcome.lines,
        "name": outcome.about.name,
        "title": outcome.about.title,
        "tried": outcome.tried,
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
