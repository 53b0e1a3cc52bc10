"""The difference of two versions as one JSON object, keys sorted.

    {"bound": {"lines": 4, ...}, "changed": ["finding__age_out_of_range"], "equal": [{"lines": 4, "rule": ...}],
     "finished": true, "lines": 4, "witnesses": [{"base": {...}, "claim": {...}, "draft": {...}, "gained": false, ...}]}

``claim`` is a claim as ``check`` reads it; ``base`` and ``draft`` are what ``check --format json`` answers on it.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from claimlogic.analyst.witness.claims import document
from claimlogic.analyst.witness.witness import Comparison, Witness
from claimlogic.reports.check_json import check_json


def witness_json(found: Comparison, base: str, draft: str) -> str:
    """The object on a line of its own; ``base`` and ``draft`` are the names of the versions."""
    told = {
        "base": base,
        "bound": asdict(found.bound),
        "changed": list(found.changed),
        "draft": draft,
        "equal": [asdict(equality) for equality in found.equalities],
        "finished": found.finished,
        "left_out": dict(found.left_out),
        "lines": found.lines,
        "tried": dict(found.tried),
        "witnesses": [_witness(witness) for witness in found.witnesses],
    }
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def _witness(witness: Witness) -> dict[str, object]:
    return {
        "base": json.loads(check_json(witness.base)),
        "claim": document(witness.told.claim),
        "clauses": list(witness.clauses),
        "draft": json.loads(check_json(witness.draft)),
        "gained": witness.gained,
        "none_up_to": witness.lines,
        "rule": witness.rule,
        "strict_dates": witness.told.strict_dates,
        "trust": witness.told.trust,
    }
