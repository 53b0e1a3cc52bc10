"""What came of trying a draft as JSON: one object on one line, keys sorted."""

from __future__ import annotations

import json
from dataclasses import asdict

from claimlogic.analyst.isolation.trial import Trial


def trial_json(trial: Trial) -> str:
    """The trial; ``outcome`` is refused or tried."""
    outcome = "refused" if trial.refused else "tried"
    return json.dumps({"outcome": outcome, **asdict(trial)}, ensure_ascii=False, sort_keys=True)


def stopped_json(limit: str) -> str:
    """A draft that gave no answer: ``limit`` is cpu, time, memory, output or crash."""
    return json.dumps({"limit": limit, "outcome": "stopped"}, sort_keys=True)
