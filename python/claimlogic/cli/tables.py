"""``tables import``, ``tables info`` and ``tables diff``: CMS's tables in a store."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from claimlogic.cli.common import one_of
from claimlogic.errors import InputError

if TYPE_CHECKING:
    from claimlogic.knowledge.store import FactStore
    from claimlogic.tables.importing import ImportReport, Progress

tables_app = typer.Typer(
    name="tables",
    help="Keep CMS's published tables in a store, by edition, to judge claims by.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Store = Annotated[Path, typer.Argument(metavar="STORE", help="The folder of a store.")]
KnowledgeFolder = Annotated[Path | None, typer.Option("--kb", metavar="DIR", help="Another knowledge base.")]


@tables_app.command("import")
def import_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="CMS's files as downloaded: zip, text, CSV, xlsx.")
    ],
    into: Annotated[Path, typer.Option("--into", metavar="STORE", help="The store; made where there is none.")],
    quarantine: Annotated[bool, typer.Option("--quarantine", help="Set rows aside that cannot be read.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace an edition of the same days.")] = False,
    edition: Annotated[str | None, typer.Option(metavar="ID", help="The edition, such as '2024 Q3'.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="Its first day, such as 2024-07-01.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Its last day.")] = None,
    table: Annotated[
        str | None, typer.Option(metavar="TABLE", help="Whose claims it judges: practitioner, hospital or dme.")
    ] = None,
) -> None:
    """Import tables: all files of a call, or none. The same files twice change nothing."""
    from claimlogic.tables.days import read_day
    from claimlogic.tables.grouping import Choice
    from claimlogic.tables.importing import import_tables

    if table not in (None, "practitioner", "hospital", "dme"):
        raise InputError(f"no table {table}; choose practitioner, hospital or dme", "--table")
    choice = Choice(
        edition,
        read_day(first, "--from") if first else None,
        read_day(last, "--to") if last else None,
        table,
    )
    with _Bar() as progress:
        report = import_tables(files, into, choice, quarantine, replace, progress)
    print(_report_text(report))


@tables_app.command()
def info(
    store: Store,
    format: Annotated[str, typer.Option(help="text or json.")] = "text",
    kb: KnowledgeFolder = None,
) -> None:
    """Show what a store holds: editions, their days and rows, gaps between them, tables that are missing."""
    from claimlogic.tables.info import info_json, info_text, store_info

    one_of(format, ("text", "json"))
    found = store_info(store, _facts(kb))
    print(info_json(found) if format == "json" else info_text(found))


@tables_app.command()
def diff(
    store: Store,
    before: Annotated[str, typer.Argument(metavar="A", help="An edition, such as '2024 Q3', or a day.")],
    after: Annotated[str, typer.Argument(metavar="B", help="Another edition, or another day.")],
    table: Annotated[
        str | None, typer.Option(metavar="TABLE", help="One table only, such as ptp/practitioner.")
    ] = None,
    format: Annotated[str, typer.Option(help="text, json or parquet.")] = "text",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write here; parquet needs it.")
    ] = None,
    kb: KnowledgeFolder = None,
) -> None:
    """Show what changed from A to B: added, removed and changed rows, by table and family of codes."""
    from claimlogic.tables.diff import diff_json, diff_tables, diff_text

    one_of(format, ("text", "json", "parquet"))
    if format == "parquet" and output is None:
        raise InputError("Parquet is written to a file; name it with -o FILE", "--format")
    found = diff_tables(store, before, after, _families(_facts(kb)), table)
    if format == "parquet":
        assert output is not None
        found.write_parquet(output)
        return
    text = diff_json(found) if format == "json" else diff_text(found)
    if output is None:
        print(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as fault:
        raise InputError(f"this file cannot be written ({fault.strerror})", str(output)) from None


class _Bar:
    """A progress bar on standard error, shown on a terminal only."""

    def __enter__(self) -> Progress | None:
        if not sys.stderr.isatty():
            return None
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Shown

        columns = (BarColumn(bar_width=24), TimeElapsedColumn(), TextColumn("{task.description}", markup=False))
        self._shown = Shown(*columns, console=Console(stderr=True), transient=True)
        task = self._shown.add_task("")
        self._shown.start()
        return lambda step, done, steps: self._shown.update(task, description=step, completed=done, total=steps)

    def __exit__(self, *_fault: object) -> None:
        if hasattr(self, "_shown"):
            self._shown.stop()


def _report_text(report: ImportReport) -> str:
    from claimlogic.tables.days import written_day
    from claimlogic.tables.info import incomplete_text

    lines = []
    for found in report.added:
        edition = found.edition
        days = f"{written_day(edition.first)} to {written_day(edition.last)}"
        lines.append(f"imported {found.table} {edition.id}, {days}: {edition.rows:,} rows")
        if edition.missing:
            lines.append(f"  {incomplete_text(edition)}")
        if edition.quarantined:
            lines.append(f"  {edition.quarantined:,} rows could not be read; they stand in {edition.quarantine}")
        if edition.left_out:
            lines.append(f"  {edition.left_out:,} notes name no code and are left out")
    lines.extend(f"unchanged {found.table} {found.edition.id}" for found in report.unchanged)
    lines.extend(
        f"left aside {name}: not a table that the store keeps, or one that it has" for name in report.left_aside
    )
    return "\n".join(lines)


def _facts(kb: Path | None) -> FactStore:
    from claimlogic.knowledge.load import load_knowledge

    return load_knowledge(kb).store


def _families(facts: FactStore) -> dict[str, str]:
    from claimlogic.terms import plain

    rows = facts.match("code", (None, None, None, None))
    return {plain(code): str(family) for code, family, _, _ in sorted(rows, key=str, reverse=True)}
