"""The answer on claims for a terminal, and for a pipe: without colour, 100 columns wide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING

from claimlogic.reports.check_notes import LAST_LINE, denial, message, notes
from claimlogic.reports.terminal import WIDTH, console_into, width_and_colour
from claimlogic.reports.words import SIGNS
from claimlogic.results import ClaimResult, Finding, LineResult

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_COLOURS = {
    "denied": "bold red",
    "deny": "red",
    "unknown": "yellow",
    "packaged": "cyan",
    "payable": "green",
    "advise": "blue",
    "waived": "dim",
}


def print_check(results: Sequence[ClaimResult], shorts: Mapping[str, str]) -> None:
    """Print the answers to standard output, in colour where it is a terminal and NO_COLOR is not set."""
    width, colour = width_and_colour()
    print(check_text(results, shorts, width, colour))


def check_text(
    results: Sequence[ClaimResult], shorts: Mapping[str, str], console_width: int = WIDTH, colour: bool = False
) -> str:
    """The answers as text. ``shorts`` gives codes a wording of our own; ``colour`` adds terminal escapes."""
    written = StringIO()
    console = console_into(written, console_width, colour)
    for result in results:
        _claim(console, result, shorts)
    console.print(LAST_LINE)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())


def _claim(console: Console, result: ClaimResult, shorts: Mapping[str, str]) -> None:
    console.print(_styled(f"{result.claim}: ", "bold"), _verdict(result.verdict), sep="")
    width = max((len(line.code) for line in result.lines), default=0)
    for line in result.lines:
        _line(console, line, width, shorts)
    told = notes(result)
    if told:
        console.print("  notes")
    for note in told:
        _hanging(console, "  - ", note)
    _hanging(console, "  - ", f"knowledge base {result.version[:12]}")
    console.print()


def _line(console: Console, line: LineResult, width: int, shorts: Mapping[str, str]) -> None:
    from rich.text import Text

    short = shorts.get(line.code, "")
    head = Text.assemble(f"{line.line:>4}  {line.code:<{width}}  ", _verdict(line.verdict, 8), f"  {short}".rstrip())
    _hanging(console, "", head, 4 + 2 + width + 2 + 10 + 2)
    for finding in line.findings:
        _finding(console, finding, line.line)


def _finding(console: Console, finding: Finding, line: int) -> None:
    from rich.text import Text

    severity = "waived" if finding.waived_by else finding.severity
    head = Text.assemble("      ", (f"{severity:<8}", _COLOURS.get(severity, "")), "  ", message(finding, line))
    _hanging(console, "", head, 16)
    waived = f"{finding.severity}, waived by {finding.waived_by}" if finding.waived_by else ""
    cites = (f"{citation.id} {citation.where}".rstrip() for citation in finding.citations)
    told = [finding.rule, waived, denial(finding.denial), *cites]
    _hanging(console, "", _styled(" " * 16 + "; ".join(filter(None, told)), "dim"), 16)


def _verdict(verdict: str, width: int = 0) -> Text:
    return _styled(f"{SIGNS.get(verdict, ' ')} {verdict:<{width}}", _COLOURS.get(verdict, ""))


def _styled(text: str, style: str) -> Text:
    from rich.text import Text

    return Text(text, style)


def _hanging(console: Console, first: str, text: str | Text, indent: int | None = None) -> None:
    """Print wrapped text, every line but the first indented."""
    from rich.text import Text

    indent = len(first) if indent is None else indent
    whole = Text.assemble(first, text)
    lead, body = whole[:indent], whole[indent:]
    lines = body.wrap(console, max(console.width - indent, 20)) if body else [Text()]
    for at, line in enumerate(lines):
        line.rstrip()
        console.print(Text.assemble(lead if at == 0 else " " * indent, line), soft_wrap=True)
