"""Rows of CMS's published files, as the tables of the knowledge base have them: codes, days and indicators."""

from __future__ import annotations

import csv
import lzma
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TextIO

Row = tuple[str, ...]
Dated = dict[tuple[str, str], str]
Span = tuple[str, str]

OPEN = "#sup"
CODE_LENGTH = 5
FIRST_IOCE_DAY = "20190701"
FIRST_ADDON_DAY = "20130401"
FIRST_2024Q3_DAY = "20240701"
NO_LIST = "CCCCC"

PTP_PRACTITIONER = "ncci_ptp_practitioner_2024q3_v302.tsv.xz"
PTP_HOSPITAL_2024 = "ncci_ptp_hospital_2024q3_v302.tsv.xz"
PTP_HOSPITAL = "ioce_ptp_hospital_2019q3-2026q2.tsv.xz"
PTP_REASONS = "ncci_ptp_rationale_codes.tsv"
MUE_PRACTITIONER_2024 = "ncci_mue_practitioner_eff_2024-07-01.tsv.xz"
MUE_PRACTITIONER_2026 = "ncci_mue_practitioner_eff_2026-04-01.tsv.xz"
MUE_HOSPITAL = "ncci_mue_outpatient_hospital_eff_2024-07-01.tsv.xz"
ADDON_DATED = "ioce_addon_2019q3-2026q2.tsv.xz"
ADDON_NEWEST = "ncci_aoc_2026q3_active.tsv"
STATUS = "ioce_hcpcs_status_2019q3-2026q2.tsv.xz"
MODIFIERS = "ioce_modifiers_2019q3-2026q2.tsv"
FEE_2024 = "pfs_rvu_indicators_2024_july.tsv.xz"
FEE_2025 = "PPRRVU2025_Oct.nodesc.csv.xz"

MUE_EDITIONS = {
    "hospital": ((MUE_HOSPITAL, "hospital", "20240701", OPEN, "2024 Q3"),),
    "practitioner": (
        (MUE_PRACTITIONER_2024, "practitioner", "20240701", "20260331", "2024 Q3"),
        (MUE_PRACTITIONER_2026, "practitioner", "20260401", OPEN, "2026 Q2"),
    ),
}

INDICATORS = {"0": "never", "1": "with_modifier", "9": "not_specified"}


@dataclass(frozen=True)
class AscEdition:
    """The file names of one edition of the ASC addenda share a suffix."""

    suffix: str
    name: str
    first: str
    last: str


ASC_EDITIONS = (
    AscEdition("20240701", "2024 July", "20240701", "20250930"),
    AscEdition("20251001", "2025 October", "20251001", "20260331"),
    AscEdition("20260401", "2026 April", "20260401", OPEN),
)


def open_text(path: Path) -> TextIO:
    """Open a plain or xz-compressed text file."""
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def split_rows(path: Path) -> Iterator[list[str]]:
    """Yield the rows of a tab-separated file without its header, split."""
    with open_text(path) as lines:
        next(lines)
        for line in lines:
            yield line.rstrip("\r\n").split("\t")


def records(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a tab-separated file by column name."""
    with open_text(path) as lines:
        yield from csv.DictReader(lines, delimiter="\t")


def reasons(cms: Path) -> dict[str, str]:
    """Return the official reasons for pairs by their letter."""
    return {row[0]: row[1] for row in split_rows(cms / PTP_REASONS)}


def ptp_practitioner(cms: Path, codes: set[str]) -> list[Row]:
    """Return the practitioner pairs of 2024 Q3 in force on or after its first day."""
    texts = reasons(cms)
    last: dict[tuple[str, str], Row] = {}
    for a, b, deleted, modifier, reason in split_rows(cms / PTP_PRACTITIONER):
        if (a not in codes and b not in codes) or (deleted != "*" and deleted < FIRST_2024Q3_DAY):
            continue
        to = OPEN if deleted == "*" else deleted
        row = ("practitioner", a, b, INDICATORS[modifier], FIRST_2024Q3_DAY, to, texts[reason])
        last[a, b] = max(row, last.get((a, b), row), key=lambda kept: end_key(kept[5]))
    return sorted(last.values())


def end_key(to: str) -> str:
    """Return a key that sorts an open end last."""
    return "99999999" if to == OPEN else to


def hospital_reasons(cms: Path, codes: set[str]) -> Dated:
    """Return the reason of each hospital pair as of 2024 Q3, active rows first."""
    texts = reasons(cms)
    best: dict[tuple[str, str], tuple[str, str]] = {}
    for a, b, deleted, _, reason in split_rows(cms / PTP_HOSPITAL_2024):
        if a in codes or b in codes:
            found = ("99999999" if deleted == "*" else deleted, texts[reason])
            best[a, b] = max(found, best.get((a, b), found))
    return {pair: text for pair, (_, text) in best.items()}


def ptp_hospital(cms: Path, codes: set[str]) -> list[Row]:
    """Return the dated hospital pairs."""
    texts = hospital_reasons(cms, codes)
    return sorted(
        ("hospital", a, b, INDICATORS[modifier], since or FIRST_IOCE_DAY, to or OPEN, texts.get((a, b), ""))
        for a, b, since, to, modifier in split_rows(cms / PTP_HOSPITAL)
        if a in codes or b in codes
    )


def mue(cms: Path, codes: set[str], editions: tuple[Row, ...]) -> list[Row]:
    """Return the unit limits, one row for each edition."""
    return sorted(
        (table, code, units, indicator[0], since, to, name, reason)
        for file, table, since, to, name in editions
        for code, units, indicator, reason in split_rows(cms / file)
        if code in codes
    )


def newest_addons(cms: Path) -> Dated:
    """Return the first day of each row of the newest add-on list."""
    return {(row["add_on"], row["primary"]): row["edit_effective"] for row in records(cms / ADDON_NEWEST)}


def newest_types(cms: Path) -> dict[str, str]:
    """Return the type of each add-on of the newest list."""
    return {row["add_on"]: row["type"] for row in records(cms / ADDON_NEWEST)}


def addon_rows(cms: Path, codes: set[str]) -> list[Row]:
    """Return (add-on, parent or blank, type, from, to), the dated rows joined with the newest list."""
    newest = newest_addons(cms)
    first: dict[str, str] = {}
    for (a, _), since in newest.items():
        first[a] = min(since, first.get(a, since))
    rows: list[Row] = []
    seen: set[tuple[str, str]] = set()
    for row in records(cms / ADDON_DATED):
        a, p = row["add_on"], row["primary"]
        key = (a, p or NO_LIST)
        seen.add(key)
        until = row["effective_to"] or OPEN
        since = row["effective_from"] or newest.get(key) or first.get(a, FIRST_ADDON_DAY)
        if since > until != OPEN:
            # The add-on is older than the newest list, which tells only of the parents that it has now.
            since = FIRST_ADDON_DAY
        rows.append((a, p, row["type"], since, until))
    types = newest_types(cms)
    for (a, p), since in newest.items():
        if (a, p) not in seen:
            rows.append((a, "" if p == NO_LIST else p, types[a], since, OPEN))
    return sorted(row for row in rows if row[0] in codes or row[1] in codes)


def next_day(day: str) -> str:
    """Return the day after."""
    return (date(int(day[:4]), int(day[4:6]), int(day[6:])) + timedelta(days=1)).strftime("%Y%m%d")


def joined(spans: Iterable[Span]) -> list[Span]:
    """Join spans that overlap or meet."""
    out: list[Span] = []
    for since, to in sorted(spans, key=lambda span: (span[0], end_key(span[1]))):
        if out and (out[-1][1] == OPEN or since <= next_day(out[-1][1])):
            out[-1] = (out[-1][0], max(out[-1][1], to, key=end_key))
        else:
            out.append((since, to))
    return out


def addon(rows: list[Row]) -> list[Row]:
    """Return each add-on's type and the days on which it was one."""
    spans: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for a, _, kind, since, to in rows:
        spans[a, kind].append((since, to))
    return sorted((a, kind, since, to) for (a, kind), days in spans.items() for since, to in joined(days))


def addon_parent(rows: list[Row]) -> list[Row]:
    """Return each add-on's parents and the days on which they were."""
    spans: defaultdict[tuple[str, str], list[Span]] = defaultdict(list)
    for a, p, _, since, to in rows:
        if p:
            spans[a, p].append((since, to))
    return sorted((a, p, since, to) for (a, p), days in spans.items() for since, to in joined(days))


def opps_status(cms: Path, codes: set[str]) -> list[Row]:
    """Return the dated OPPS status and payment group."""
    return sorted(
        (row[0], row[3], row[4], row[1] or FIRST_IOCE_DAY, row[2] or OPEN)
        for row in split_rows(cms / STATUS)
        if row[0] in codes
    )


def listed_modifiers(cms: Path) -> list[Row]:
    """Return the modifiers of the outpatient code editor, dated."""
    return sorted((row[0], row[1] or FIRST_IOCE_DAY, row[2] or OPEN) for row in split_rows(cms / MODIFIERS))


def asc_file(addendum: str, edition: AscEdition) -> str:
    """Return the name of an addendum's file."""
    return f"asc_addendum_{addendum}_{edition.suffix}.nodesc.csv.xz"


def asc_listed(path: Path) -> Iterator[tuple[str, str]]:
    """Yield (code, indicator) from an addendum; the indicator is blank where the addendum has none."""
    with open_text(path) as lines:
        rows = csv.reader(lines)
        header = next(row for row in rows if row and row[0] == "HCPCS Code")
        column = next((n for n, name in enumerate(header) if name.strip().endswith("Payment Indicator")), None)
        for row in rows:
            if row and len(row[0].strip()) == CODE_LENGTH:
                yield row[0].strip(), row[column].strip() if column is not None else ""


def asc_indicator(cms: Path, codes: set[str]) -> list[Row]:
    """Return ASC payment indicators; a code that addendum EE names is `excluded`."""
    rows: set[Row] = set()
    for edition in ASC_EDITIONS:
        for addendum in ("AA", "BB", "EE"):
            for code, indicator in asc_listed(cms / asc_file(addendum, edition)):
                if code in codes:
                    rows.add((code, indicator or "excluded", edition.first, edition.last, edition.name, addendum))
    return sorted(rows)


def fee_2024(cms: Path) -> Iterator[Row]:
    """Yield (code, global days, component split, bilateral) of July 2024."""
    for row in records(cms / FEE_2024):
        if not row["mod"]:
            yield row["hcpcs_code"], row["glob"], row["pctc"], row["bilat_surg"]


def stacked_names(header: list[list[str]]) -> list[str]:
    """Return the column names of the relative value file, each stacked over several lines."""
    width = max(len(line) for line in header)
    columns = ([line[n].strip() for line in header if n < len(line)] for n in range(width))
    return [" ".join(part for part in column if part) for column in columns]


def fee_2025(cms: Path) -> Iterator[Row]:
    """Yield (code, global days, component split, bilateral) of October 2025."""
    with open_text(cms / FEE_2025) as lines:
        rows = csv.reader(lines)
        header: list[list[str]] = []
        for row in rows:
            header.append(row)
            if row[0] == "HCPCS":
                break
        names = stacked_names(header[5:])
        modifier, days, split, sides = (names.index(name) for name in ("MOD", "GLOB DAYS", "PCTC IND", "BILAT SURG"))
        for row in rows:
            if not row[modifier].strip():
                yield row[0], row[days].strip(), row[split].strip(), row[sides].strip()


def fee_schedule(cms: Path, codes: set[str], column: int) -> list[Row]:
    """Return one column of the fee schedule, one row for each edition."""
    editions = ((fee_2024(cms), "20240701", "20250930", "2024 July"), (fee_2025(cms), "20251001", OPEN, "2025 October"))
    return sorted(
        (row[0], row[column], since, to, name)
        for rows, since, to, name in editions
        for row in rows
        if row[0] in codes and row[column]
    )
