"""What an edit of the rules does, as text: the same bytes for the same answer, 100 columns wide."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from claimlogic.analyst.impact.model import KINDS, Difference, Example
from claimlogic.reports.diff_words import (
    CAUSE_WORDS,
    KIND_WORDS,
    TextChange,
    bounded,
    fact_changes,
    group_words,
    looked_at,
    no_meaning,
    reasons_words,
    row_changes,
    rule_changes,
    summary,
    title,
)
from claimlogic.reports.words import SIGNS

_WIDTH = 100
_CHANGES = 20
_GROUPS = 12


def diff_text(difference: Difference) -> str:
    """The whole report."""
    return "\n".join(_report(difference))


def _report(difference: Difference) -> Iterator[str]:
    yield from _wrapped(title(difference), "")
    yield f"  knowledge base {difference.base_version[:12]} before, {difference.draft_version[:12]} after"
    yield ""
    yield "What the text changes"
    yield from _changes(difference)
    yield ""
    yield "What that does to claims"
    for words in (*looked_at(difference.corpora), *summary(difference)):
        yield from _wrapped(words, "  - ")
    yield from _groups(difference)
    if difference.examples:
        yield ""
        yield "Examples, the smallest"
    for number, example in enumerate(difference.examples, start=1):
        yield from _example(number, example)


def _changes(difference: Difference) -> Iterator[str]:
    changes = difference.changes
    if words := no_meaning(changes):
        yield from _wrapped(words, "  ")
        return
    told = (
        ("rules", [_change(c) for c in rule_changes(changes)]),
        ("facts", [_change(c) for c in fact_changes(changes, whole=False)]),
        ("table rows", [_change(c) for c in row_changes(changes)]),
        ("declarations", list(changes.declarations)),
    )
    for name, sentences in told:
        if sentences:
            yield f"  {name}"
            for sentence in bounded(sentences, _CHANGES):
                yield from _wrapped(sentence, "    - ")


def _change(change: TextChange) -> str:
    how = f": {'; '.join(change.words)}" if change.words else ""
    return f"{change.kind} {change.name} [{change.place}]{how}"


def _groups(difference: Difference) -> Iterator[str]:
    for kind in KINDS:
        groups = [group for group in difference.groups if group.kind == kind]
        if not groups:
            continue
        yield ""
        yield KIND_WORDS[kind]
        for group in groups[:_GROUPS]:
            yield from _wrapped(group_words(group), f"  {group.lines:>7,}  ")
        if len(groups) > _GROUPS:
            rest = sum(group.lines for group in groups[_GROUPS:])
            yield f"  {rest:>7,}  in {len(groups) - _GROUPS:,} more groups; --format json tells them all"


def _example(number: int, example: Example) -> Iterator[str]:
    change = example.change
    yield from _wrapped(f"{change.corpus}: {change.claim}, line {change.line} ({change.code})", f"{number:>3}. ")
    for name, outcome in (("before", change.before), ("after", change.after)):
        sign = SIGNS.get(outcome.verdict, "?")
        differing = [reason for reason in outcome.reasons if reason in change.differing]
        told = reasons_words(differing, change.line)
        yield from _wrapped(f"{name:<6}  {sign} {outcome.verdict}{f': {told}' if told else ''}", " " * 5)
    for cause in example.causes:
        yield from _path(cause.path)
        yield from _wrapped(f"{CAUSE_WORDS[cause.kind]} [{cause.place}]: {cause.words}", "       decided by ")


def _path(path: Sequence[str]) -> Iterator[str]:
    for depth, sentence in enumerate(path):
        yield from _wrapped(sentence, "       " + "  " * depth)


def _wrapped(text: str, indent: str) -> list[str]:
    after = " " * len(indent)
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=after, break_long_words=False)
