"""``kb sql``: the rules as the SQL that screens claims in bulk, for a reader.

Exit status: 0 printed, 2 bad input.
"""

from __future__ import annotations

import sys
from pathlib import Path


def sql_command(directory: Path | None, dialect: str, rule: str | None) -> int:
    """Print the plan in a dialect, of all rules or of one with what it rests on. Raises InputError."""
    from claimlogic.knowledge.load import default_directory, load_rules_only
    from claimlogic.screening.compiling.listing import plan_lines

    knowledge = load_rules_only(directory or default_directory())
    lines = plan_lines(knowledge, dialect, None if rule is None else [rule])
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 0
