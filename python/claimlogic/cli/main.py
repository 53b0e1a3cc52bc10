"""``claimlogic``: the command line, and how its commands end.

Exit status: 0 nothing denied, 1 something denied, 2 bad input, 3 a limit was hit, 4 something unknown (and nothing
denied).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from claimlogic.errors import InputError

app = typer.Typer(
    name="claimlogic",
    help="How medical procedure codes relate: is this claim payable, and if not, exactly why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ClaimFiles = Annotated[
    list[str], typer.Argument(metavar="CLAIM...", help="YAML, JSON or X12 837 files; - is standard input.")
]
ClaimFile = Annotated[str, typer.Argument(metavar="CLAIM", help="A YAML, JSON or X12 837 file; - is standard input.")]
KnowledgeFolder = Annotated[Path | None, typer.Option("--kb", metavar="DIR", help="Another knowledge base.")]
FactsFile = Annotated[Path | None, typer.Option("--facts", metavar="FILE", help="Dated facts to add for this run.")]
Trust = Annotated[str | None, typer.Option(help="Answer by this authority where sources disagree, such as article.")]
StrictDates = Annotated[bool, typer.Option("--strict-dates", help="Older editions are not good enough: say unknown.")]


@app.callback()
def main() -> None:
    """How medical procedure codes relate: is this claim payable, and if not, exactly why."""


@app.command()
def check(
    claims: ClaimFiles,
    format: Annotated[str, typer.Option(help="text, json or markdown.")] = "text",
    trust: Trust = None,
    strict_dates: StrictDates = False,
    kb: KnowledgeFolder = None,
    facts: FactsFile = None,
) -> None:
    """Give the verdict on every line of every claim, with the reasons."""
    from claimlogic.cli.judging import check_claims

    sys.exit(check_claims(claims, format, trust, strict_dates, kb, facts))


@app.command()
def why(
    claim: ClaimFile,
    claim_id: Annotated[str | None, typer.Option("--claim", metavar="ID", help="Only this claim of the file.")] = None,
    line: Annotated[int | None, typer.Option(metavar="N", help="Only this line.")] = None,
    format: Annotated[str, typer.Option(help="text, json, html or markdown.")] = "text",
    depth: Annotated[int | None, typer.Option(min=0, help="How deep to go; 0 shows everything.")] = None,
    trust: Trust = None,
    strict_dates: StrictDates = False,
    kb: KnowledgeFolder = None,
    facts: FactsFile = None,
) -> None:
    """Prove the verdict: every reason down to the claim, the published facts and what is absent."""
    from claimlogic.cli.judging import explain_claims

    sys.exit(explain_claims(claim, claim_id, line, format, depth, trust, strict_dates, kb, facts))


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; bad input ends with status 2 and one sentence on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    try:
        app(args=arguments)
    except InputError as fault:
        print(f"claimlogic: {fault}", file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
