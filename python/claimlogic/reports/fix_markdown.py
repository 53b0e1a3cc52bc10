"""The fixes of claims as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from claimlogic.claims.changed import Change
from claimlogic.reports import fix_words as words
from claimlogic.reports.check_notes import LAST_LINE
from claimlogic.reports.markdown import code, escaped, sentence_case
from claimlogic.reports.words import counted
from claimlogic.search.repair_model import Fix, FixResult, Kind


def fix_markdown(results: Sequence[FixResult]) -> str:
    """The answers as Markdown, a section for each claim."""
    sections = ["\n".join(_claim(result)) for result in results]
    return "\n\n".join([*sections, LAST_LINE])


def _claim(result: FixResult) -> Iterator[str]:
    yield f"## {escaped(result.claim)}: {result.verdict} as submitted"
    yield ""
    if result.denied:
        yield f"Denied: {words.denied_lines(result)}."
    if nothing := words.no_fix(result):
        yield f"{sentence_case(nothing)}."
    kinds: tuple[Kind, ...] = ("honest", "if_record_supports")
    for kind in kinds:
        if fixes := result.of(kind):
            yield from _kind(result, kind, fixes)
    notes = [*map(escaped, words.looks(result))]
    if not result.proven:
        notes.append(words.NOT_PROVEN)
    if result.uncoded_lines:
        numbers = ", ".join(map(str, result.uncoded_lines))
        notes.append(f"Not judged, for want of a procedure code: {numbers}.")
    notes += [f"Judged with the added fact {code(str(fact))}." for fact in result.added_facts]
    if notes:
        yield ""
        yield from (f"- {sentence_case(note)}" for note in notes)
    yield ""
    yield f"Knowledge base {code(result.version[:12])}."


def _kind(result: FixResult, kind: Kind, fixes: Sequence[Fix]) -> Iterator[str]:
    yield ""
    yield f"### Fix, {words.HEADINGS[kind]}"
    yield ""
    groups = words.by_groups(result, kind)
    for group in groups:
        yield f"- {sentence_case(words.choice(group))}"
        yield from (f"  - {_acts(way)}" for way in group.ways)
        if more := words.left_out_of(group):
            yield f"  - {more}"
    if groups:
        yield from (f"- Then {told}." for told in words.after_any(fixes, result))
        if more := words.left_out(result, kind):
            yield f"- {counted(len(fixes), 'combination')} judged again, {more}"
        return
    for fix in fixes:
        yield f"- {_acts(fix.changes)}"
        yield f"  - Then {words.after(fix, result)}."
        yield from (f"  - {sentence_case(escaped(sentence))}." for sentence in fix.record_must_show)
    if more := words.left_out(result, kind):
        yield f"- {more}"


def _acts(changes: Sequence[Change]) -> str:
    told = (f"{words.act(change)}{f' ({change.reason})' if change.reason else ''}" for change in changes)
    return f"{sentence_case(escaped('; '.join(told)))}."
