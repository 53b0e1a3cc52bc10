"""``fix``: read claims, search for the smallest fixes, print.

The exit status tells the claims as submitted, not as mended: 0 nothing denied, 1 something denied, 4 something unknown
and nothing denied; 3 where the time ran out before the fixes were proven smallest.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from claimlogic.cli.common import LIMIT_HIT, check_time_limit, one_of, short_wordings
from claimlogic.cli.judging import exit_status
from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.search.repair import fixes
from claimlogic.search.repair_model import FixResult, Limits

FORMATS = ("text", "json", "markdown")


def fix_command(
    files: Sequence[str],
    format: str = "text",
    max_fixes: int = 20,
    time_limit: float | None = None,
    trust: str | None = None,
    strict_dates: bool = False,
    directory: Path | None = None,
    facts: Path | None = None,
    tables: Path | None = None,
) -> int:
    """Print every smallest fix of every claim of every file; the exit status tells the claims as submitted.

    Raises InputError.
    """
    one_of(format, FORMATS)
    if max_fixes < 1:
        raise InputError("give a whole number from 1 on", "--max-fixes")
    check_time_limit(time_limit)
    kb = KnowledgeBase(directory, facts, tables)
    options, limits = Options(trust, strict_dates), Limits(max_fixes, time_limit)
    claims = [claim for file in files for claim in kb.read(file)]
    results = [fixes(kb, claim, options, limits) for claim in claims]
    if format == "json":
        from claimlogic.reports.fix_json import fix_json

        for result in results:
            print(fix_json(result))
    elif format == "markdown":
        from claimlogic.reports.fix_markdown import fix_markdown

        print(fix_markdown(results))
    else:
        from claimlogic.reports.fix_text import print_fixes

        print_fixes(results, short_wordings(kb.store, _new_codes(results)))
    if not all(result.proven for result in results):
        return LIMIT_HIT
    return exit_status(result.verdict for result in results)


def _new_codes(results: Sequence[FixResult]) -> set[str]:
    changes = (change for result in results for fix in result.fixes for change in fix.changes)
    return {change.new_code for change in changes if change.new_code}
