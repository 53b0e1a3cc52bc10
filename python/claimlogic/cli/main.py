"""``claimlogic``: the command line, and how its commands end.

Exit status: 0 nothing denied, 1 something denied, 2 bad input, 3 a limit was hit, 4 something unknown (and nothing
denied). A reader that closes the pipe early ends it with 0, Ctrl-C with 130.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from claimlogic.cli.common import BAD_INPUT
from claimlogic.cli.kb import kb_app
from claimlogic.cli.tables import tables_app
from claimlogic.errors import InputError

_INTERRUPTED = 130  # as of every program that a shell stops


class _ReaderGone(Exception):
    """Whoever read standard output has closed it."""


class _Interrupted(Exception):
    """The user has stopped the command."""


class _Commands(TyperGroup):
    """The commands. Typer would end with 1 for a closed pipe and for Ctrl-C, and here 1 says that a line is denied."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command, and say by what it was cut short."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            raise _ReaderGone from None
        except KeyboardInterrupt:
            raise _Interrupted from None


app = typer.Typer(
    name="claimlogic",
    cls=_Commands,
    help="How medical procedure codes relate: is this claim payable, and if not, exactly why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _knowledge_folder(given: Path | None) -> Path | None:
    if given is None or given.exists():
        return given
    from claimlogic.cli.publishing import knowledge_folder

    return knowledge_folder(given)


ClaimFiles = Annotated[
    list[str], typer.Argument(metavar="CLAIM...", help="YAML, JSON or X12 837 files; - is standard input.")
]
ClaimFile = Annotated[str, typer.Argument(metavar="CLAIM", help="A YAML, JSON or X12 837 file; - is standard input.")]
KnowledgeFolder = Annotated[
    Path | None,
    typer.Option(
        "--kb", metavar="DIR", callback=_knowledge_folder, help="Another knowledge base: a folder, or a published hash."
    ),
]
FactsFile = Annotated[Path | None, typer.Option("--facts", metavar="FILE", help="Dated facts to add for this run.")]
Trust = Annotated[str | None, typer.Option(help="Answer by this authority where sources disagree, such as article.")]
StrictDates = Annotated[bool, typer.Option("--strict-dates", help="Older editions are not good enough: say unknown.")]
TablesStore = Annotated[
    Path | None,
    typer.Option("--tables", metavar="STORE", envvar="CLAIMLOGIC_TABLES", help="A store of CMS's tables to judge by."),
]
TimeLimit = Annotated[float | None, typer.Option("--time-limit", metavar="SECONDS", help="Stop with the best so far.")]


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
    tables: TablesStore = None,
) -> None:
    """Give the verdict on every line of every claim, with the reasons."""
    from claimlogic.cli.judging import check_claims

    sys.exit(check_claims(claims, format, trust, strict_dates, kb, facts, tables))


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
    tables: TablesStore = None,
) -> None:
    """Prove the verdict: every reason down to the claim, the published facts and what is absent."""
    from claimlogic.cli.judging import explain_claims

    sys.exit(explain_claims(claim, claim_id, line, format, depth, trust, strict_dates, kb, facts, tables))


@app.command()
def fix(
    claims: ClaimFiles,
    format: Annotated[str, typer.Option(help="text, json or markdown.")] = "text",
    max_fixes: Annotated[int, typer.Option("--max-fixes", metavar="N", help="Show at most N fixes.")] = 20,
    time_limit: TimeLimit = None,
    trust: Trust = None,
    strict_dates: StrictDates = False,
    kb: KnowledgeFolder = None,
    facts: FactsFile = None,
    tables: TablesStore = None,
) -> None:
    """Find the smallest changes after which no line is denied; each is judged again before it is shown.

    The exit status tells the claims as submitted: 1 something denied, 4 something unknown, 3 a time limit was hit.
    """
    from claimlogic.cli.fixing import fix_command

    sys.exit(fix_command(claims, format, max_fixes, time_limit, trust, strict_dates, kb, facts, tables))


@app.command()
def allowed(
    given: Annotated[
        list[str], typer.Argument(metavar="ENCOUNTER...|CODE...", help="Encounter files, or codes with --codes.")
    ],
    codes: Annotated[
        bool, typer.Option("--codes", help="The arguments are codes: find the largest payable sets.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show every other clean set as well.")] = False,
    format: Annotated[str, typer.Option(help="text or json.")] = "text",
    setting: Annotated[str | None, typer.Option(help="With --codes: where, such as office.")] = None,
    date: Annotated[str | None, typer.Option(metavar="DAY", help="With --codes: when, such as 2024-08-15.")] = None,
    form: Annotated[str | None, typer.Option(help="With --codes: professional or institutional.")] = None,
    payer: Annotated[str | None, typer.Option(help="With --codes: who pays.")] = None,
    age: Annotated[int | None, typer.Option(help="With --codes: the patient's age.")] = None,
    time_limit: TimeLimit = None,
    trust: Trust = None,
    strict_dates: StrictDates = False,
    kb: KnowledgeFolder = None,
    facts: FactsFile = None,
    tables: TablesStore = None,
) -> None:
    """Find every best code set for what was done, or the largest payable sets of some codes."""
    from claimlogic.cli.searching import allowed_command

    status = allowed_command(
        encounters=() if codes else given,
        codes=given if codes else (),
        format=format,
        everything=everything,
        time_limit=time_limit,
        trust=trust,
        strict_dates=strict_dates,
        directory=kb,
        facts=facts,
        tables=tables,
        setting=setting,
        date=date,
        form=form,
        payer=payer,
        age=age,
    )
    sys.exit(status)


@app.command()
def whynot(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The code that is in no set.")],
    encounter: Annotated[str, typer.Argument(metavar="ENCOUNTER", help="The file of the encounter.")],
    format: Annotated[str, typer.Option(help="text or json.")] = "text",
    depth: Annotated[int | None, typer.Option(min=0, help="How deep the proofs go; 0 shows everything.")] = None,
    time_limit: TimeLimit = None,
    trust: Trust = None,
    strict_dates: StrictDates = False,
    kb: KnowledgeFolder = None,
    facts: FactsFile = None,
    tables: TablesStore = None,
) -> None:
    """Tell why a code is in no allowed set for what was done, and where it would be."""
    from claimlogic.cli.searching import whynot_command

    sys.exit(whynot_command(code, encounter, format, depth, time_limit, trust, strict_dates, kb, facts, tables))


@app.command()
def ask(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The question; --list shows them.")] = None,
    arguments: Annotated[list[str] | None, typer.Argument(metavar="ARG...", help="What it is asked about.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Show the questions.")] = False,
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="As of this day, such as 2024-08-15.")] = None,
    goal: Annotated[str | None, typer.Option("--goal", metavar="ATOM", help="One atom of the vocabulary.")] = None,
    places: Annotated[bool, typer.Option("--places", help="Show the file and line of each row.")] = False,
    format: Annotated[str, typer.Option(help="text or json.")] = "text",
    trust: Trust = None,
    kb: KnowledgeFolder = None,
    facts: FactsFile = None,
    tables: TablesStore = None,
) -> None:
    """Answer a named question about codes, such as `ask parents 77003 --on 2024-08-15`."""
    from claimlogic.cli.asking import ask_question

    sys.exit(ask_question(name, arguments or (), goal, listed, on, format, places, trust, kb, facts, tables))


@app.command()
def screen(
    claims: Annotated[str, typer.Argument(metavar="CLAIMS", help="A Parquet or CSV file, a folder, or a pattern.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FOLDER", help="Where the findings go.")],
    engine: Annotated[str, typer.Option(help="duckdb, clingo or spark.")] = "duckdb",
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a page with charts as well.")] = None,
    format: Annotated[str, typer.Option(help="How the summary is printed: text or json.")] = "text",
    part_size: Annotated[
        int | None, typer.Option("--part-size", metavar="N", min=1, help="Claims judged at a time, by default 500,000.")
    ] = None,
    memory: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Such as 8GB; by default 60% of the machine's.")
    ] = None,
    threads: Annotated[int | None, typer.Option(metavar="N", min=1, help="By default one a processor.")] = None,
    quarantine_ok: Annotated[
        bool, typer.Option("--quarantine-ok", help="Rows that cannot be read do not make the status 2.")
    ] = False,
    master: Annotated[str | None, typer.Option(metavar="URL", help="With --engine spark: where Spark runs.")] = None,
    trust: Trust = None,
    strict_dates: StrictDates = False,
    kb: KnowledgeFolder = None,
    facts: FactsFile = None,
    tables: TablesStore = None,
) -> None:
    """Judge claims in bulk: Parquet of findings, a summary, and rows that cannot be read set apart.

    Killed and started again, it goes on where it was. The exit status: 2 rows were set apart, else 1 something denied,
    4 something unknown, 0 neither.
    """
    from claimlogic.cli.screening import screen_command
    from claimlogic.knowledge_base import Options
    from claimlogic.screening.screen import PART_SIZE, Plan

    plan = Plan(claims, output, engine, tables, part_size or PART_SIZE, memory, threads, master)
    sys.exit(screen_command(plan, format, html, quarantine_ok, Options(trust, strict_dates), kb, facts))


app.add_typer(tables_app)
app.add_typer(kb_app)


def run(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; bad input ends with status 2 and one sentence on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8")
    try:
        app(args=arguments)
    except InputError as fault:
        print(f"claimlogic: {fault}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except OSError as fault:  # A full disk, a file that goes away meanwhile: nothing that the program can mend.
        place = f"{fault.filename}: " if fault.filename else ""
        print(f"claimlogic: {place}{fault.strerror or fault}", file=sys.stderr)
        sys.exit(BAD_INPUT)
    except _ReaderGone:
        # What is left to print would be written at the very end, and told as an error of the program.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except _Interrupted:
        sys.exit(_INTERRUPTED)
