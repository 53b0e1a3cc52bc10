"""The difference of two versions as text: each claim that shows one with both answers, and how far there is none."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from claimlogic.analyst.witness.witness import Comparison, Equality, Witness
from claimlogic.reports.check_notes import message
from claimlogic.reports.words import SIGNS, counted, listed
from claimlogic.results import ClaimResult, LineResult

_WIDTH = 100
_TRIED = {"code": "code", "icd": "diagnosis", "modifier": "modifier", "day": "day"}
_PLURALS = {"diagnosis": "diagnoses"}
_SHOWN_CHANGES = 6


def witness_text(found: Comparison, base: str, draft: str) -> str:
    """The report; ``base`` and ``draft`` are the names by which the versions were asked for."""
    return "\n".join(_lines(found, base, draft))


def _lines(found: Comparison, base: str, draft: str) -> Iterator[str]:
    yield f"{draft} against {base}"
    if not found.changed:
        yield "  No rule and no fact differs but in comments, layout, wording, names of variables or order."
        return
    yield from _wrapped(f"differs: {listed([shown_name(name) for name in found.changed], _SHOWN_CHANGES)}", "  ")
    for witness in found.witnesses:
        yield ""
        yield from _witness(witness, _other_way(witness, found))
    equal = [e for e in found.equalities if not e.way]
    if not found.witnesses or equal:
        yield ""
    if not found.witnesses:
        yield _none(found)
    elif equal:
        yield from _wrapped(f"no difference found: {listed([_equal(e) for e in equal])}", "")
    yield ""
    yield from _wrapped(bound_words(found), "")


def shown_name(name: str) -> str:
    """A predicate, or the part of one that a rule id concludes, as a reader sees it."""
    whole, _, rule = name.partition("__")
    return f"{whole} of {rule}" if rule else whole


def _witness(witness: Witness, other: Equality | None) -> Iterator[str]:
    has, lacks = ("draft", "base") if witness.gained else ("base", "draft")
    where = f" [{listed(witness.clauses)}]" if witness.clauses else ""
    yield from _wrapped(f"{witness.rule}: {_holds(witness)} in the {has}, not in the {lacks}{where}", "")
    if besides := sorted({rule for rule, gained in witness.shows if gained == witness.gained} - {witness.rule}):
        yield from _wrapped(f"so does {listed(besides)}", "  ")
    for row in witness.document.splitlines():
        yield f"    {row}"
    for option in _options(witness):
        yield f"    {option}"
    for version, result in (("base", witness.base), ("draft", witness.draft)):
        yield from _answer(version, result)
    if witness.lines:
        up_to = "" if witness.lines == 1 else "up to "
        yield f"  No claim of {up_to}{counted(witness.lines, 'line')} shows it."
    if other is not None:
        yield from _wrapped(_only_way(witness, other), "  ")


def _holds(witness: Witness) -> str:
    of_rule = any(
        f.rule == witness.rule for result in (witness.base, witness.draft) for ln in result.lines for f in ln.findings
    )
    return "stands on line 1" if of_rule else "differs on line 1: it holds"


def _options(witness: Witness) -> Iterator[str]:
    if witness.told.trust:
        yield f"with --trust {witness.told.trust}"
    if witness.told.strict_dates:
        yield "with --strict-dates"


def _answer(version: str, result: ClaimResult) -> Iterator[str]:
    for at, line in enumerate(result.lines):
        label = version if at == 0 else ""
        yield f"  {label:<5}  {line.line}  {line.code}  {SIGNS[line.verdict]} {line.verdict}"
        yield from _findings(line)


def _findings(line: LineResult) -> Iterator[str]:
    for finding in line.findings:
        if finding.severity == "advise":
            continue
        waived = f" (waived by {finding.waived_by})" if finding.waived_by else ""
        yield from _wrapped(f"{finding.severity}: {message(finding, line.line)} [{finding.rule}]{waived}", " " * 12)


def _only_way(witness: Witness, other: Equality) -> str:
    more, less = ("draft", "base") if witness.gained else ("base", "draft")
    words = f"Wherever the {less} has {witness.rule}, the {more} has it too"
    return f"{words}: no claim of up to {counted(other.lines, 'line')} shows the contrary."


def _other_way(witness: Witness, found: Comparison) -> Equality | None:
    way = "lost" if witness.gained else "gained"
    return next((e for e in found.equalities if e.rule == witness.rule and e.way == way), None)


def _none(found: Comparison) -> str:
    if found.finished:
        return f"No claim of up to {counted(found.lines, 'line')} tells the two apart."
    if not found.lines:
        return "The time ran out: nothing was shown. Give it more with --seconds, or fewer codes with --codes."
    return f"None up to {counted(found.lines, 'line')}; then the time ran out (--seconds)."


def _equal(equality: Equality) -> str:
    return f"{equality.rule} (up to {counted(equality.lines, 'line')})"


def bound_words(found: Comparison) -> str:
    """What was tried, in a sentence: no claim beyond it was looked at."""
    tried = [_counted(found.tried[kind], noun) for kind, noun in _TRIED.items() if found.tried.get(kind)]
    if not tried:
        return f"Looked at for {found.seconds:.1f} s."
    words = f"Bound: {counted(found.bound.lines, 'line')}; {listed(tried)}"
    if any(found.left_out.values()):
        words += " (out of more kinds than there is room for: --codes takes more)"
    return f"{words}; {found.seconds:.1f} s."


def _counted(number: int, noun: str) -> str:
    plural = _PLURALS.get(noun)
    return f"{number} {plural}" if plural and number != 1 else counted(number, noun)


def _wrapped(text: str, indent: str) -> Sequence[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
