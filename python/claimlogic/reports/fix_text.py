"""The fixes of claims for a terminal, and for a pipe: without colour, 100 columns wide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from io import StringIO

from claimlogic.claims.changed import Change
from claimlogic.reports import fix_words as words
from claimlogic.reports.check_notes import LAST_LINE
from claimlogic.reports.terminal import WIDTH, console_into, width_and_colour
from claimlogic.reports.words import SIGNS, counted, listed
from claimlogic.search.repair_model import Fix, FixResult, Kind

_COLOURS = {"denied": "bold red", "unknown": "yellow", "packaged": "cyan", "payable": "green"}

Row = tuple[int, str, str]
"""Columns to indent, the text, its style."""


def print_fixes(results: Sequence[FixResult], shorts: Mapping[str, str]) -> None:
    """Print the answers to standard output, in colour where it is a terminal and NO_COLOR is not set."""
    width, colour = width_and_colour()
    print(fix_text(results, shorts, width, colour))


def fix_text(
    results: Sequence[FixResult], shorts: Mapping[str, str], console_width: int = WIDTH, colour: bool = False
) -> str:
    """The answers as text. ``shorts`` gives codes a wording of our own; ``colour`` adds terminal escapes."""
    from rich.text import Text

    written = StringIO()
    console = console_into(written, console_width, colour)
    for result in results:
        for indent, told, style in _claim(result, shorts):
            lines = Text(told, style).wrap(console, max(console.width - indent - 2, 20))
            for number, line in enumerate(lines):
                line.rstrip()
                console.print(Text(" " * (indent + (2 if number else 0))) + line, soft_wrap=True)
        console.print()
    console.print(LAST_LINE)
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines())


def _claim(result: FixResult, shorts: Mapping[str, str]) -> Iterator[Row]:
    denied = f", {words.denied_lines(result)}" if result.denied else ""
    yield 0, f"{result.claim}: {SIGNS.get(result.verdict, ' ')} {result.verdict} as submitted{denied}", "bold"
    if nothing := words.no_fix(result):
        yield 2, nothing, ""
    kinds: tuple[Kind, ...] = ("honest", "if_record_supports")
    for kind in kinds:
        if fixes := result.of(kind):
            yield from _kind(result, kind, fixes, shorts)
    for told in words.looks(result):
        yield 2, told, ""
    if not result.proven:
        yield 2, words.NOT_PROVEN, "yellow"
    if result.uncoded_lines:
        numbers = listed([str(number) for number in result.uncoded_lines])
        yield 2, f"not judged, for want of a procedure code: {numbers}", "dim"
    if result.added_facts:
        facts = listed([str(fact) for fact in result.added_facts])
        yield 2, f"judged with {counted(len(result.added_facts), 'added fact')}: {facts}", "dim"
    yield 2, f"knowledge base {result.version[:12]}", "dim"


def _kind(result: FixResult, kind: Kind, fixes: Sequence[Fix], shorts: Mapping[str, str]) -> Iterator[Row]:
    groups = words.by_groups(result, kind)
    heading = f"fix, {words.HEADINGS[kind]}"
    if groups:
        total = f"{counted(len(groups), 'part')}, each mended apart"
        yield 2, f"{heading}: {total}", "bold"
        for group in groups:
            yield 4, words.choice(group), ""
            for way in group.ways:
                yield from _changes(way, shorts, 6)
            if more := words.left_out_of(group):
                yield 6, more, ""
        for told in words.after_any(fixes, result):
            yield 4, f"then {told}", ""
        if more := words.left_out(result, kind):
            yield 4, f"{counted(len(fixes), 'combination')} judged again, {more}", "dim"
        return
    for number, fix in enumerate(fixes, start=1):
        yield 2, f"{heading}{f' ({number} of {len(fixes)})' if len(fixes) > 1 else ''}", "bold"
        yield from _changes(fix.changes, shorts, 4)
        yield 4, f"then {words.after(fix, result)}", _COLOURS.get(fix.verdict_after, "")
    if more := words.left_out(result, kind):
        yield 2, more, ""


def _changes(changes: Sequence[Change], shorts: Mapping[str, str], indent: int) -> Iterator[Row]:
    for number, change in enumerate(changes):
        yield indent, f"{'-' if not number else '+'} {words.act(change)}", ""
        short = shorts.get(change.new_code or "", "")
        meaning = f"{change.new_code}: {short}" if short else ""
        yield indent + 4, "; ".join(filter(None, (meaning, change.reason))), "dim"
        if change.record_must_show:
            yield indent + 4, change.record_must_show, "yellow"
