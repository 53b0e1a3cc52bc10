"""``kb``: what those who edit the rules ask of a knowledge base.

Exit status: 0 nothing found, 1 something found, 2 bad input.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

kb_app = typer.Typer(
    name="kb",
    help="Work on the rules: lint, format, test, coverage, mutation, conflicts between sources.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Folder = Annotated[Path | None, typer.Option("--kb", metavar="DIR", help="Another knowledge base.")]
TextOrJson = Annotated[str, typer.Option("--format", help="text or json.")]


@kb_app.command()
def lint(
    kb: Folder = None,
    format: Annotated[str, typer.Option(help="text, json, sarif or junit.")] = "text",
) -> None:
    """Tell what is wrong in the rule text, with the page of each check in docs/lint."""
    from claimlogic.cli.analyst import lint_command

    sys.exit(lint_command(kb, format))


@kb_app.command()
def fmt(
    kb: Folder = None,
    check: Annotated[bool, typer.Option("--check", help="Change nothing; tell where the layout differs.")] = False,
) -> None:
    """Bring the rule text into its one layout; comments stay."""
    from claimlogic.cli.analyst import fmt_command

    sys.exit(fmt_command(kb, check))


@kb_app.command("test")
def run_tests(
    kb: Folder = None,
    watch: Annotated[bool, typer.Option("--watch", help="Again after each change, until stopped.")] = False,
    format: TextOrJson = "text",
) -> None:
    """Run the rule tests and the scenarios, and tell in words what differs."""
    from claimlogic.cli.analyst import test_command

    sys.exit(test_command(kb, watch, format))


@kb_app.command()
def cover(
    kb: Folder = None,
    minimum: Annotated[float | None, typer.Option("--min", metavar="PERCENT", help="Fail below this.")] = None,
    format: TextOrJson = "text",
) -> None:
    """Tell of every rule whether a test fires it, and whether a test would notice without it."""
    from claimlogic.cli.analyst import cover_command

    sys.exit(cover_command(kb, format, minimum))


@kb_app.command()
def mutate(
    kb: Folder = None,
    rule: Annotated[str | None, typer.Option(metavar="ID", help="Only this rule.")] = None,
    minimum: Annotated[float | None, typer.Option("--min", metavar="PERCENT", help="Fail below this.")] = None,
    format: TextOrJson = "text",
) -> None:
    """Change the rules in small ways and tell which change no test notices."""
    from claimlogic.cli.analyst import mutate_command

    sys.exit(mutate_command(kb, rule, format, minimum))


@kb_app.command()
def conflicts(
    tables: Annotated[
        Path | None,
        typer.Option("--tables", metavar="STORE", envvar="CLAIMLOGIC_TABLES", help="A store of CMS's tables."),
    ] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="As of this day.")] = None,
    format: TextOrJson = "text",
    kb: Folder = None,
) -> None:
    """Find where one source requires what another forbids, with the rows responsible."""
    from claimlogic.cli.conflicts import conflicts_command

    sys.exit(conflicts_command(tables, on, format, kb))
