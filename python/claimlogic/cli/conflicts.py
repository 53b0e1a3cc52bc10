"""``kb conflicts``: where the sources contradict each other, found in whole tables.

Exit status: 0 looked for, whatever was found; 2 bad input.
"""

from __future__ import annotations

import sys
from pathlib import Path

from claimlogic.cli.common import one_of

_SHOWN = 3


def conflicts_command(store: Path | None, on: str | None, format: str, directory: Path | None) -> int:
    """Print the conflicts between the tables of a store (or of the knowledge base), its facts and the articles.

    ``on`` is a day such as 2024-07-01; without it, the newest that every table covers. Raises InputError.
    """
    one_of(format, ("text", "json"))
    from claimlogic.analyst.conflicts.conflicts import find_conflicts
    from claimlogic.reports.conflicts_json import conflicts_json
    from claimlogic.reports.conflicts_text import conflicts_text
    from claimlogic.tables.days import read_day

    day = read_day(on, "--on") if on else None
    with find_conflicts(day, directory, store) as conflicts:
        lines = conflicts_json(conflicts) if format == "json" else conflicts_text(conflicts, _SHOWN)
        sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0
