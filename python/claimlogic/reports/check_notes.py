"""What an answer rests on besides its findings, in sentences: what is unknown, which editions, which disputes."""

from __future__ import annotations

from collections.abc import Iterable

from claimlogic.reports.words import counted, day, listed
from claimlogic.results import CarriedForward, Citation, ClaimResult, DenialCode, Dispute, Edition, Finding

LAST_LINE = "Coding checked; coverage and medical necessity not judged."

_PUBLISHED = {
    "addon": "add-on list",
    "asc_indicator": "ASC indicators",
    "fee_schedule": "fee schedule",
    "mue": "MUE",
    "opps_status": "OPPS status",
    "ptp": "NCCI",
}


def notes(result: ClaimResult) -> list[str]:
    """The notes below the lines of a claim, the gravest first."""
    told = [f"not decided: {message}" for message in result.unknown]
    if result.uncoded_lines:
        numbers = listed([str(number) for number in result.uncoded_lines])
        lines = counted(len(result.uncoded_lines), "line")
        told.append(f"{lines} without a procedure code, not judged: {numbers}")
    told += _carried_forward(result.carried_forward)
    told += _disputes(result.disputes)
    told += _editions(result.editions)
    if result.added_facts:
        facts = listed([str(fact) for fact in result.added_facts])
        told.append(f"judged with {counted(len(result.added_facts), 'added fact')}: {facts}")
    return told


def published_name(published: str) -> str:
    """What a published table is called."""
    return _PUBLISHED.get(published, published.replace("_", " "))


def denial(code: DenialCode | None) -> str:
    """A denial as payers write it: "CO-97 M15"; nothing where there is none."""
    return " ".join([f"{code.group}-{code.carc}", *code.rarc]) if code else ""


def cited(citation: Citation) -> str:
    """A citation, short: title, edition, place."""
    title = citation.title or citation.id
    if citation.edition and not citation.where.startswith(citation.edition):
        title = f"{title} ({citation.edition})"
    return ", ".join(filter(None, (title, citation.where)))


def message(finding: Finding, line: int) -> str:
    """A finding's message without the line it stands under."""
    own = f"line {line}: "
    return "; ".join(part.removeprefix(own) for part in finding.message.split(f"; {own}")).removeprefix(own)


def _carried_forward(tables: Iterable[CarriedForward]) -> list[str]:
    editions: dict[tuple[str, int], list[str]] = {}
    for old in tables:
        name = f"{published_name(old.published)} edition {old.edition}"
        editions.setdefault((old.table, old.date), []).append(name)
    return [
        f"judged by the {table} {listed(names)}, the newest loaded; the day of service ({day(date)}) is later"
        for (table, date), names in editions.items()
    ]


def _disputes(disputes: Iterable[Dispute]) -> list[str]:
    lines: dict[Dispute, list[str]] = {}
    for dispute in disputes:
        same = Dispute(dispute.id, 0, dispute.follows, dispute.others)
        lines.setdefault(same, []).append(str(dispute.line))
    told = []
    for dispute, numbers in lines.items():
        others = "; ".join(f"{side.source} says otherwise: {side.says}" for side in dispute.others)
        where = f"{'line' if len(numbers) == 1 else 'lines'} {listed(numbers)}"
        follows = f"this answer follows {dispute.follows.source}: {dispute.follows.says}"
        told.append("; ".join(filter(None, (f"{dispute.id.upper()} ({where}): {follows}", others))))
    return told


def _editions(editions: Iterable[Edition]) -> list[str]:
    days: dict[tuple[str, int], list[str]] = {}
    for edition in editions:
        name = f"{published_name(edition.published)} {edition.edition}"
        days.setdefault((edition.table, edition.date), []).append(name)
    by_content: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (table, date), names in days.items():
        by_content.setdefault((table, tuple(names)), []).append(day(date))
    return [
        f"editions of the {table} tables for {listed(dates)}: {'; '.join(names)}"
        for (table, names), dates in by_content.items()
    ]
