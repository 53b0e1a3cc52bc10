"""A screening run in words: what was read, what was found most, and what the data do not hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claimlogic.screening.summary import Summary

_RULES, _PAIRS = 15, 10
VERDICTS = ("denied", "unknown", "packaged", "payable", "uncoded")


def screen_text(summary: Summary) -> str:
    """The summary as lines of text, without a closing newline."""
    return "\n".join(_lines(summary))


def _lines(summary: Summary) -> Iterator[str]:
    read = summary.input
    yield f"{read['claims']:,} claims read: {read['claims_judged']:,} judged, {read['claims_quarantined']:,} set apart"
    yield f"  claims  {counted(summary.claims)}"
    yield f"  lines   {counted(summary.lines)}"
    yield from _table("findings by rule", [_rule(each) for each in summary.rules if each["findings"]], _RULES)
    yield from _table("findings by pair of codes", [_pair(each) for each in summary.pairs], _PAIRS)
    if summary.quarantine:
        yield ""
        yield f"set apart, in quarantine.parquet: {read['rows_quarantined']:,} rows"
        for each in summary.quarantine:
            yield f"  {each['rows']:>9,}  {each['meaning']}"
    if summary.carried_forward:
        yield ""
        yield "judged by the newest edition, older than the day of service"
        for each in summary.carried_forward:
            yield f"  {each['claims']:>9,}  claims by {each['published']} {each['judged_by']} {each['edition']}"
    if summary.disputes:
        yield ""
        yield "resting on a matter on which sources disagree"
        for each in summary.disputes:
            yield f"  {each['lines']:>9,}  lines, {each['dispute'].upper()}"
    yield ""
    yield "what the data do not hold"
    yield from (f"  - {limit['meaning']}" for limit in summary.limits)
    yield from (f"  - {note}" for note in summary.notes)
    yield ""
    yield f"knowledge base {summary.run['knowledge_base'][:12]}"
    yield "Coding checked; coverage and medical necessity not judged."


def counted(counts: Mapping[str, int]) -> str:
    """Counts by verdict in their order: ``12 denied, 3 payable``."""
    return ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in VERDICTS if counts.get(verdict)) or "none"


def denial_of(rule: Mapping[str, Any]) -> str:
    """How a payer reports it (``CO-97 M15``), blank where no payer does."""
    return " ".join(filter(None, [f"{rule['group_code']}-{rule['carc']}" if rule["carc"] else "", rule["rarc"]]))


def _rule(rule: Mapping[str, Any]) -> str:
    denial = denial_of(rule)
    waived = f"; {rule['waived']:,} more waived" if rule["waived"] else ""
    return f"{rule['findings']:>9,}  {rule['severity']:<8}  {rule['rule']}{f' ({denial})' if denial else ''}{waived}"


def _pair(pair: Mapping[str, Any]) -> str:
    return f"{pair['findings']:>9,}  {pair['severity']:<8}  {pair['code']} with {pair['other_code']}  {pair['rule']}"


def _table(title: str, rows: list[str], shown: int) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield title
    yield from (f"  {row}" for row in rows[:shown])
    if len(rows) > shown:
        yield f"  ... and {len(rows) - shown} more"
