"""Conflicts as JSON Lines: first what they were looked for in, with the counts, then one object a conflict.

    {"counts": {"cycles": {"by": [{"count": 2, "table": "hospital"}], "title": "...", "total": 2}, ...},
     "day": 20240930, "day_chosen": true, "editions": [...]}
    {"arguments": {...}, "conflict": "cycles", "rows": [{"arguments": {...}, "fact": "ptp", ...}], "says": [...]}

Keys are sorted, days are YYYYMMDD, an open end is null; the same tables give the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from claimlogic.analyst.conflicts.conflicts import Conflicts


def conflicts_json(conflicts: Conflicts) -> Iterator[str]:
    """The lines, without line ends."""
    counts = {}
    for kind in conflicts.kinds:
        count = conflicts.count(kind)
        counts[kind.name] = {
            "by": [{**dict(words), "count": number} for words, number in count.groups],
            "title": kind.title,
            "total": count.total,
        }
    summary = {
        "counts": counts,
        "day": conflicts.day,
        "day_chosen": conflicts.chosen,
        "editions": [asdict(edition) for edition in conflicts.editions()],
    }
    yield json.dumps(summary, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    for kind in conflicts.kinds:
        yield from conflicts.lines(kind)
