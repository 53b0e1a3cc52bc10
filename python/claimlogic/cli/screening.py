"""``screen``: claims in bulk.

The exit status: 2 where rows could not be read and were set apart (unless ``--quarantine-ok``), else 1 where something
is denied, else 4 where something is unknown, else 0.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.cli.common import BAD_INPUT, check_page, one_of, write_page
from claimlogic.cli.judging import exit_status
from claimlogic.knowledge_base import KnowledgeBase, Options

if TYPE_CHECKING:
    from claimlogic.screening.screen import Plan, Progress
    from claimlogic.screening.summary import Summary


def screen_command(
    plan: Plan,
    format: str,
    html: Path | None,
    quarantine_ok: bool,
    options: Options,
    directory: Path | None,
    facts: Path | None,
) -> int:
    """Screen claims, print the summary and tell the exit status. Raises InputError."""
    from claimlogic.reports.screen_html import screen_html
    from claimlogic.reports.screen_text import screen_text
    from claimlogic.screening.screen import screen

    one_of(format, ("text", "json"))
    check_page(html)
    kb = KnowledgeBase(directory, facts, plan.tables)
    with _Bar() as progress:
        summary = screen(kb, plan, options, progress)
    if html is not None:
        write_page(html, screen_html(summary))
    print(json.dumps(asdict(summary), sort_keys=True) if format == "json" else screen_text(summary))
    return status_of(summary, quarantine_ok)


def status_of(summary: Summary, quarantine_ok: bool) -> int:
    """The exit status of a finished run."""
    if summary.input["rows_quarantined"] and not quarantine_ok:
        return BAD_INPUT
    return exit_status(verdict for verdict, count in summary.claims.items() if count)


class _Silent:
    """Progress that nobody watches."""

    def tell(self, step: str) -> None:
        pass

    def advance(self, done: int, claims: int) -> None:
        pass


class _Bar:
    """A bar on standard error with claims a second and the time left, shown on a terminal only."""

    def __enter__(self) -> Progress:
        if not sys.stderr.isatty():
            return _Silent()
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
        from rich.progress import Progress as Shown

        self._shown = Shown(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}", markup=False),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._shown.add_task("", total=None, rate="")
        self._shown.start()
        return self

    def tell(self, step: str) -> None:
        """Name the step that has begun."""
        self._shown.update(self._task, description=step)

    def advance(self, done: int, claims: int) -> None:
        """Show how many claims are done, and how many that is in a second."""
        elapsed = self._shown.tasks[0].elapsed or 0
        rate = f"{done / elapsed:,.0f} claims/s" if elapsed else ""
        self._shown.update(self._task, completed=done, total=claims, rate=rate)

    def __exit__(self, *_fault: object) -> None:
        if hasattr(self, "_shown"):
            self._shown.stop()
