"""``kb try``: a draft that nobody vouches for, checked and run in isolation.

Exit status: 0 nothing found and no verdict changed, 1 something found or changed, 2 the draft is refused, 3 it hit a
limit.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from claimlogic.analyst.isolation.files import read_draft_files
from claimlogic.analyst.isolation.keeper import LimitHit
from claimlogic.analyst.isolation.trial import Workshop
from claimlogic.cli.common import BAD_INPUT, FOUND, LIMIT_HIT, one_of
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.reports.trial_json import stopped_json, trial_json
from claimlogic.reports.trial_text import stopped_text, trial_text


def try_command(
    draft: Path, claims: Sequence[str], name: str | None, directory: Path | None, trust: str | None, format: str
) -> int:
    """Print what is wrong with a draft, or what it changes on claims. Raises InputError for what is no draft."""
    one_of(format, ("text", "json"))
    files = read_draft_files(draft, name)
    kb = KnowledgeBase(directory)
    judged = [claim for file in claims for claim in kb.read(file)]
    try:
        with Workshop(kb) as workshop:
            trial = workshop.try_draft(files, judged, Options(trust))
    except LimitHit as stopped:
        print(stopped_json(stopped.limit) if format == "json" else stopped_text(stopped.limit))
        return LIMIT_HIT
    print(trial_json(trial) if format == "json" else trial_text(trial))
    if trial.refused:
        return BAD_INPUT
    return FOUND if trial.remarks or trial.changed else 0
