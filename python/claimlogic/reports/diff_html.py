"""What an edit of the rules does, as one HTML page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from claimlogic.analyst.impact.model import KINDS, Cause, Difference, Example, Group
from claimlogic.reports.diff_words import (
    CAUSE_WORDS,
    CORPUS_WORDS,
    KIND_WORDS,
    TextChange,
    fact_changes,
    looked_at,
    no_meaning,
    reasons_words,
    row_changes,
    rule_changes,
    summary,
    title,
)
from claimlogic.reports.markdown import sentence_case
from claimlogic.reports.page import page, style
from claimlogic.reports.words import SIGNS, listed

_ROWS = 200
_HEADS = ("Rules", "Code", "Beside", "Before", "After", "Setting", "Where")

_STYLE = style(
    68,
    {"focus": ("#0b5394", "#8ec5ff")},
    """
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; font-weight: 600; padding: 0.5rem 0; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0;
  border-bottom: 1px solid var(--rule); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: 2px solid var(--focus); }
code, .soft, footer { color: var(--soft); font-size: 0.875rem; overflow-wrap: anywhere; }
ol.path { list-style: none; padding-left: 0; } ol.path li { border-left: 1px solid var(--rule); padding-left: 0.9rem; }
article { border-top: 1px solid var(--rule); padding: 0.5rem 0; }
@media print { body { max-width: none; padding: 0; } article, tr { break-inside: avoid-page; } }
""",
)


def diff_html(difference: Difference) -> str:
    """The page: the same bytes for the same answer."""
    name = title(difference)
    versions = (f"<code>{escape(v)}</code>" for v in (difference.base_version, difference.draft_version))
    footer = f"<p>Knowledge base before and after: {', '.join(versions)}</p>"
    return page(f"{name}: impact", _STYLE, _main(name, difference), footer) + "\n"


def _main(name: str, difference: Difference) -> Iterator[str]:
    yield f"<h1>{escape(name)}</h1>\n<section>\n<h2>What the edit does to claims</h2>"
    yield _list((*looked_at(difference.corpora), *summary(difference)))
    for kind in KINDS:
        yield from _groups(KIND_WORDS[kind], [group for group in difference.groups if group.kind == kind])
    yield "</section>"
    if difference.examples:
        yield "<section>\n<h2>Examples, the smallest</h2>"
        for example in difference.examples:
            yield from _example(example)
        yield "</section>"
    yield "<section>\n<h2>What the text changes</h2>"
    yield from _changes(difference)
    yield "</section>"


def _groups(name: str, groups: Sequence[Group]) -> Iterator[str]:
    if not groups:
        return
    yield '<div class="scroll" role="region" tabindex="0">\n<table>'
    yield f"<caption>{escape(sentence_case(name))}</caption>"
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    yield f'<thead><tr><th scope="col" class="number">Lines</th>{heads}</tr></thead>\n<tbody>'
    for group in groups[:_ROWS]:
        setting = group.setting.replace("_", " ")
        rules, pair, corpus = listed(group.rules), listed(group.pair), CORPUS_WORDS[group.corpus]
        cells = (rules, group.code, pair, group.before, group.after, setting, corpus)
        told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
        yield f'<tr><td class="number">{group.lines:,}</td>{told}</tr>'
    yield "</tbody>\n</table>\n</div>"
    if len(groups) > _ROWS:
        rest = sum(group.lines for group in groups[_ROWS:])
        yield f'<p class="soft">{rest:,} more lines in {len(groups) - _ROWS:,} more groups</p>'


def _example(example: Example) -> Iterator[str]:
    change = example.change
    what = f"{change.corpus}: {change.claim}, line {change.line} ({change.code})"
    yield f"<article>\n<h3>{escape(KIND_WORDS[change.kind])}: {escape(what)}</h3>"
    told = []
    for name, outcome in (("before", change.before), ("after", change.after)):
        differing = reasons_words((r for r in outcome.reasons if r in change.differing), change.line)
        sign = SIGNS.get(outcome.verdict, "?")
        told.append(f"{name} {sign} {outcome.verdict}{f': {differing}' if differing else ''}")
    yield _list(told)
    for cause in example.causes:
        yield from _cause(cause)
    yield "</article>"


def _cause(cause: Cause) -> Iterator[str]:
    steps = "".join(f'<li style="margin-left: {depth}rem">{escape(s)}</li>' for depth, s in enumerate(cause.path))
    if steps:
        yield f'<ol class="path">{steps}</ol>'
    yield f"<p>decided by {CAUSE_WORDS[cause.kind]} <code>{escape(cause.place)}</code>: {escape(cause.words)}</p>"


def _changes(difference: Difference) -> Iterator[str]:
    changes = difference.changes
    if words := no_meaning(changes):
        yield f"<p>{escape(words)}</p>"
    for name, told in (
        ("Rules", rule_changes(changes)),
        ("Facts", fact_changes(changes)),
        ("Table rows", row_changes(changes)),
    ):
        if told:
            yield f"<h3>{name}</h3>\n<ul>{''.join(map(_change, told[:_ROWS]))}</ul>"
        if len(told) > _ROWS:
            yield f'<p class="soft">and {len(told) - _ROWS:,} more</p>'
    if changes.declarations:
        yield f"<h3>Declarations</h3>\n{_list(changes.declarations)}"


def _change(change: TextChange) -> str:
    how = f": {'; '.join(change.words)}" if change.words else ""
    return f"<li>{escape(change.kind)} {escape(change.name)} <code>{escape(change.place)}</code>{escape(how)}</li>"


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(item)}</li>' for item in items)}</ul>"
