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
TextJsonOrJUnit = Annotated[str, typer.Option("--format", help="text, json or junit.")]
PublishFolder = Annotated[
    Path | None,
    typer.Option(
        "--into",
        metavar="DIR",
        envvar="CLAIMLOGIC_PUBLISHED",
        help="Where bundles lie, by default .claimlogic/published beside kb/.",
    ),
]


@kb_app.command()
def lint(
    kb: Folder = None,
    format: Annotated[str, typer.Option(help="text, json, sarif or junit.")] = "text",
    explain: Annotated[str | None, typer.Option(metavar="CHECK", help="Show the page of this check instead.")] = None,
) -> None:
    """Tell what is wrong in the rule text; --explain CHECK shows what a check looks for, and why."""
    from claimlogic.cli.analyst import explain_command, lint_command

    sys.exit(explain_command(explain) if explain is not None else lint_command(kb, format))


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
    format: TextJsonOrJUnit = "text",
) -> None:
    """Run the rule tests and the scenarios, and tell in words what differs."""
    from claimlogic.cli.analyst import test_command

    sys.exit(test_command(kb, watch, format))


@kb_app.command()
def cover(
    kb: Folder = None,
    rule: Annotated[str | None, typer.Option(metavar="ID", help="Only this rule, with the tests that see it.")] = None,
    minimum: Annotated[float | None, typer.Option("--min", metavar="PERCENT", help="Fail below this.")] = None,
    format: TextOrJson = "text",
) -> None:
    """Tell of every rule whether a test fires it, and whether a test would notice without it."""
    from claimlogic.cli.analyst import cover_command

    sys.exit(cover_command(kb, format, minimum, rule))


@kb_app.command()
def mutate(
    kb: Folder = None,
    rule: Annotated[str | None, typer.Option(metavar="ID", help="Only this rule.")] = None,
    minimum: Annotated[float | None, typer.Option("--min", metavar="PERCENT", help="Fail below this.")] = None,
    sample: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Try N of the changes, the same ones each time.")
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(metavar="S", min=0, help="How long to look whether any claim tells a survivor apart."),
    ] = None,
    format: TextJsonOrJUnit = "text",
) -> None:
    """Change the rules in small ways and tell which change no test notices."""
    from claimlogic.cli.analyst import mutate_command

    sys.exit(mutate_command(kb, rule, format, minimum, sample, seconds))


@kb_app.command("try")
def try_draft(
    draft: Annotated[Path, typer.Argument(metavar="DRAFT", help="A folder laid out like kb/, or one file.")],
    claims: Annotated[list[str] | None, typer.Argument(metavar="CLAIM...", help="Claims to judge by it.")] = None,
    name: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Where the one file belongs, as payers/my_plan.lp.")
    ] = None,
    trust: Annotated[str | None, typer.Option(help="Answer by this authority where sources disagree.")] = None,
    format: TextOrJson = "text",
    kb: Folder = None,
) -> None:
    """Check a draft that nobody vouches for, and judge claims by it, in a process that can open and write nothing.

    Exit status: 0 nothing found or changed, 1 something is, 2 the draft is refused, 3 it hit a limit.
    """
    from claimlogic.cli.trying import try_command

    sys.exit(try_command(draft, claims or (), name, kb, trust, format))


@kb_app.command()
def diff(
    base: Annotated[str, typer.Argument(metavar="BASE", help="A folder, a git revision or a published hash.")],
    draft: Annotated[
        str | None, typer.Argument(metavar="DRAFT", help="Another; the working knowledge base where left out.")
    ] = None,
    claims: Annotated[
        Path | None, typer.Option("--claims", metavar="FILE", help="Judge these claims as well: Parquet or CSV.")
    ] = None,
    format: TextOrJson = "text",
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="Write a page as well.")] = None,
    tables: Annotated[
        Path | None,
        typer.Option("--tables", metavar="STORE", envvar="CLAIMLOGIC_TABLES", help="A store of CMS's tables."),
    ] = None,
    published: PublishFolder = None,
    kb: Folder = None,
) -> None:
    """Tell what an edit does to claims: newly denied, newly payable, another reason, and by which clause.

    Exit status: 0 no verdict changes, 1 some verdict changes, 2 bad input.
    """
    from claimlogic.cli.difference import diff_command

    sys.exit(diff_command(base, draft, claims, format, html, published, kb, tables))


@kb_app.command()
def witness(
    base: Annotated[str, typer.Argument(metavar="BASE", help="A folder, a git revision or a published hash.")],
    draft: Annotated[
        str | None, typer.Argument(metavar="DRAFT", help="Another; the working knowledge base where left out.")
    ] = None,
    lines: Annotated[int, typer.Option("--lines", metavar="N", min=1, help="Claims of up to N lines.")] = 4,
    codes: Annotated[int, typer.Option("--codes", metavar="N", min=1, help="Up to N codes that differ in kind.")] = 60,
    seconds: Annotated[float, typer.Option("--seconds", metavar="S", min=0, help="Look no longer than this.")] = 60.0,
    format: TextOrJson = "text",
    published: PublishFolder = None,
    kb: Folder = None,
) -> None:
    """Find a smallest claim on which two versions of the rules differ, rule by rule, out of all claims up to a bound.

    Exit status: 0 there is none, 1 there is one, 2 bad input, 3 the time ran out before the bound.
    """
    from claimlogic.cli.verifying import witness_command

    sys.exit(witness_command(base, draft, lines, codes, seconds, format, published, kb))


@kb_app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="Properties; all of them where left out.")
    ] = None,
    properties: Annotated[
        Path | None, typer.Option("--properties", metavar="DIR", help="Other ones than those of claimlogic.")
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", metavar="S", min=0, help="For each property.")] = 120.0,
    format: TextOrJson = "text",
    kb: Folder = None,
) -> None:
    """Hold properties against the rules: each holds of all claims up to a bound, or a smallest claim breaks it.

    Exit status: 0 all hold, 1 one is broken, 2 bad input, 3 the time ran out before the bound.
    """
    from claimlogic.cli.verifying import verify_command

    sys.exit(verify_command(names or (), properties, seconds, format, kb))


@kb_app.command()
def publish(
    message: Annotated[str, typer.Option("-m", "--message", metavar="TEXT", help="What changed, for the log.")] = "",
    into: PublishFolder = None,
    claims: Annotated[
        Path | None, typer.Option("--claims", metavar="FILE", help="Tell the impact on these claims as well.")
    ] = None,
    format: TextOrJson = "text",
    kb: Folder = None,
) -> None:
    """Keep the rules, tables, tests and scenarios under a hash of their content, if lint and tests find nothing.

    Exit status: 0 published, 1 refused, 2 bad input.
    """
    from claimlogic.cli.publishing import publish_command

    sys.exit(publish_command(kb, into, message, claims, format))


@kb_app.command()
def log(into: PublishFolder = None, format: TextOrJson = "text", kb: Folder = None) -> None:
    """List what was published, the current version first."""
    from claimlogic.cli.publishing import log_command

    sys.exit(log_command(kb, into, format))


@kb_app.command()
def rollback(
    hash: Annotated[str, typer.Argument(metavar="HASH", help="Of a bundle or of its knowledge base; 8 digits do.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Write its files into this folder, which is made.")
    ] = None,
    message: Annotated[str, typer.Option("-m", "--message", metavar="TEXT", help="Why, for the log.")] = "",
    into: PublishFolder = None,
    kb: Folder = None,
) -> None:
    """Make a published version current again, after its bytes are held against their hashes."""
    from claimlogic.cli.publishing import rollback_command

    sys.exit(rollback_command(hash, kb, into, to, message))


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


@kb_app.command()
def sql(
    dialect: Annotated[str, typer.Option(help="duckdb or spark.")] = "duckdb",
    rule: Annotated[str | None, typer.Option(metavar="ID", help="Only this rule, and what it rests on.")] = None,
    kb: Folder = None,
) -> None:
    """Print the SQL that the rules are compiled to, each statement under the rules it comes from."""
    from claimlogic.cli.sql import sql_command

    sys.exit(sql_command(kb, dialect, rule))
