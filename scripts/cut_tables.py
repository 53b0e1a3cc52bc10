"""Cut the default tables in kb/tables out of CMS's published files.

    python scripts/cut_tables.py --cms DIR

DIR holds the CMS files under the names in cms_files.py. Every row that touches a code named in kb/codes is kept; codes,
dates and indicators are copied, nothing else. The same input gives the same output, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clingo import ast
from cms_files import (
    ADDON_DATED,
    ADDON_NEWEST,
    ASC_EDITIONS,
    FEE_2024,
    FEE_2025,
    MODIFIERS,
    MUE_EDITIONS,
    PTP_HOSPITAL,
    PTP_HOSPITAL_2024,
    PTP_PRACTITIONER,
    PTP_REASONS,
    STATUS,
    Row,
    addon,
    addon_parent,
    addon_rows,
    asc_file,
    asc_indicator,
    fee_schedule,
    listed_modifiers,
    mue,
    opps_status,
    ptp_hospital,
    ptp_practitioner,
)

CODE_ARGUMENTS = 4


@dataclass(frozen=True)
class Edition:
    """An edition of a published table, as a fact of editions.lp."""

    published: str
    table: str
    name: str
    first: str
    last: str


@dataclass(frozen=True)
class Cut:
    """One file of kb/tables."""

    file: str
    source: str
    where: str
    columns: Row
    rows: list[Row]
    origins: Row
    covers: str
    note: str


EDITIONS = (
    Edition("addon", "hospital", "I/OCE 20.2-27.1 and AOC 2026 Q3", "20190701", "20260930"),
    Edition("addon", "practitioner", "I/OCE 20.2-27.1 and AOC 2026 Q3", "20190701", "20260930"),
    Edition("asc_indicator", "practitioner", "2024 July", "20240701", "20240930"),
    Edition("asc_indicator", "practitioner", "2025 October", "20251001", "20251231"),
    Edition("asc_indicator", "practitioner", "2026 April", "20260401", "20260630"),
    Edition("fee_schedule", "practitioner", "2024 July", "20240701", "20240930"),
    Edition("fee_schedule", "practitioner", "2025 October", "20251001", "20251231"),
    Edition("mue", "hospital", "2024 Q3", "20240701", "20240930"),
    Edition("mue", "practitioner", "2024 Q3", "20240701", "20240930"),
    Edition("mue", "practitioner", "2026 Q2", "20260401", "20260630"),
    Edition("opps_status", "hospital", "I/OCE 20.2-27.1", "20190701", "20260630"),
    Edition("ptp", "hospital", "I/OCE 20.2-27.1", "20190701", "20260630"),
    Edition("ptp", "practitioner", "2024 Q3 (v30.2)", "20240701", "20240930"),
)

EDITION_SOURCES = {
    ("addon", "hospital"): ("cms_addon_edits", "dated I/OCE rows, and the list of 2026 Q3"),
    ("addon", "practitioner"): ("cms_addon_edits", "dated I/OCE rows, and the list of 2026 Q3"),
    ("asc_indicator", "practitioner"): (
        "cms_asc_addenda",
        "three quarterly releases; ASC claims go by practitioner tables",
    ),
    ("fee_schedule", "practitioner"): ("cms_fee_schedule", "two quarterly releases"),
    ("mue", "hospital"): ("cms_mue_hospital", "one quarterly release"),
    ("mue", "practitioner"): ("cms_mue_practitioner", "two quarterly releases"),
    ("opps_status", "hospital"): ("opps_status", "28 quarters, dated row by row"),
    ("ptp", "hospital"): ("cms_ncci_ptp_hospital", "28 quarters, dated row by row"),
    ("ptp", "practitioner"): (
        "cms_ncci_ptp_practitioner",
        "one quarterly release; the edits' first days are not in it",
    ),
}


def named_codes(folder: Path) -> set[str]:
    """Return every code that has a code/4 fact in the folder's .lp files."""
    codes: set[str] = set()

    def collect(statement: ast.AST) -> None:
        if statement.ast_type != ast.ASTType.Rule or statement.head.ast_type != ast.ASTType.Literal:
            return
        term: Any = getattr(statement.head.atom, "symbol", None)
        if getattr(term, "name", "") == "code" and len(term.arguments) == CODE_ARGUMENTS:
            codes.add(term.arguments[0].symbol.string)

    ast.parse_files([str(path) for path in sorted(folder.rglob("*.lp"))], collect)
    return codes


def cut_pairs(cms: Path, codes: set[str]) -> Iterator[Cut]:
    """Yield the NCCI pairs."""
    columns = ("Table", "A", "B", "Indicator", "From", "To", "rationale")
    yield Cut(
        "ptp__hospital.tsv.xz",
        "cms_ncci_ptp_hospital",
        "I/OCE 20.2-27.1, pairs that touch a named code",
        columns,
        ptp_hospital(cms, codes),
        (PTP_HOSPITAL, PTP_HOSPITAL_2024, PTP_REASONS),
        "2019-07-01 to 2026-06-30",
        "An unknown first day is written as the first covered day. `rationale` is of 2024 Q3, else blank.",
    )
    yield Cut(
        "ptp__practitioner.tsv.xz",
        "cms_ncci_ptp_practitioner",
        "2024 Q3 (v30.2), pairs that touch a named code",
        columns,
        ptp_practitioner(cms, codes),
        (PTP_PRACTITIONER, PTP_REASONS),
        "2024-07-01 to 2024-09-30",
        "The source has no first days: the edition's first day stands for them. Pairs deleted before it are left out.",
    )


def cut_limits(cms: Path, codes: set[str]) -> Iterator[Cut]:
    """Yield the unit limits and the add-on lists."""
    for table, editions in MUE_EDITIONS.items():
        yield Cut(
            f"mue__{table}.tsv",
            f"cms_mue_{table}",
            " and ".join(edition[4] for edition in editions),
            ("Table", "Code", "N", "Mai", "From", "To", "edition", "rationale"),
            mue(cms, codes, editions),
            tuple(edition[0] for edition in editions),
            "2024-07-01 on",
            "An edition holds to the day before the next on hand, and is kept apart even where nothing changed.",
        )
    rows = addon_rows(cms, codes)
    origins = (ADDON_DATED, ADDON_NEWEST)
    covers = "2019-07-01 to 2026-09-30"
    note = (
        "A first day before 2019-07-01 is the one of the newest list; where that no longer has the row, the add-on's "
        "first day there, else 2013-04-01."
    )
    yield Cut(
        "addon.tsv",
        "cms_addon_edits",
        "I/OCE 20.2-27.1 and the list of 2026 Q3",
        ("A", "Type", "From", "To"),
        addon(rows),
        origins,
        covers,
        note,
    )
    yield Cut(
        "addon_parent.tsv",
        "cms_addon_edits",
        "I/OCE 20.2-27.1 and the list of 2026 Q3",
        ("A", "P", "From", "To"),
        addon_parent(rows),
        origins,
        covers,
        note,
    )


def cut_settings(cms: Path, codes: set[str]) -> Iterator[Cut]:
    """Yield what a code is worth in a hospital and in a surgical center."""
    yield Cut(
        "opps_status.tsv",
        "opps_status",
        "I/OCE 20.2-27.1",
        ("Code", "Status", "Apc", "From", "To"),
        opps_status(cms, codes),
        (STATUS,),
        "2019-07-01 to 2026-06-30",
        "An unknown first day is written as the first covered day.",
    )
    yield Cut(
        "asc_indicator.tsv",
        "cms_asc_addenda",
        "addenda AA, BB and EE",
        ("Code", "Indicator", "From", "To", "edition", "addendum"),
        asc_indicator(cms, codes),
        tuple(asc_file(addendum, edition) for edition in ASC_EDITIONS for addendum in ("AA", "BB", "EE")),
        "2024-07-01 on",
        "An edition holds to the day before the next on hand. `excluded` stands for a code of addendum EE.",
    )


def cut_modifiers(cms: Path) -> Iterator[Cut]:
    """Yield the list of modifiers."""
    yield Cut(
        "listed_modifier.tsv",
        "ioce_tables",
        "modifiers of I/OCE 20.2-27.1",
        ("M", "From", "To"),
        listed_modifiers(cms),
        (MODIFIERS,),
        "2019-07-01 to 2026-06-30",
        "Every modifier of the source. An unknown first day is written as the first covered day.",
    )


def cut_fees(cms: Path, codes: set[str]) -> Iterator[Cut]:
    """Yield three columns of the fee schedule."""
    named = (("global_days", "Days", 1), ("component_split", "Indicator", 2), ("bilateral", "Indicator", 3))
    for name, column, place in named:
        yield Cut(
            f"{name}.tsv",
            "cms_fee_schedule",
            "2024 July and 2025 October, rows without a modifier",
            ("Code", column, "From", "To", "edition"),
            fee_schedule(cms, codes, place),
            (FEE_2024, FEE_2025),
            "2024-07-01 on",
            "An edition holds to the day before the next on hand.",
        )


def cuts(cms: Path, codes: set[str]) -> list[Cut]:
    """Return every table, in the order of their names."""
    limits, settings = cut_limits(cms, codes), cut_settings(cms, codes)
    found = [*cut_pairs(cms, codes), *limits, *settings, *cut_fees(cms, codes), *cut_modifiers(cms)]
    return sorted(found, key=lambda cut: cut.file)


def as_text(cut: Cut) -> str:
    """Return a table as the text of its file."""
    head = [f'# @source {cut.source}, "{cut.where}"', "\t".join(cut.columns)]
    return "\n".join([*head, *("\t".join(row) for row in cut.rows)]) + "\n"


def as_bytes(cut: Cut) -> bytes:
    """Return a table as the bytes of its file."""
    data = as_text(cut).encode()
    return lzma.compress(data, preset=9) if cut.file.endswith(".xz") else data


def editions_text() -> str:
    """Return editions.lp."""
    out = [
        "%%% Editions of CMS's tables on hand, written by scripts/cut_tables.py",
        "%",
        "% A later day is judged by the newest edition begun before it, and the answer says so.",
    ]
    above = None
    for edition in sorted(EDITIONS, key=lambda e: (e.published, e.table, e.first)):
        source, where = EDITION_SOURCES[edition.published, edition.table]
        if above != (source, where):
            out += ["", f'% @source {source}, "{where}"']
            above = (source, where)
        days = f"{edition.first}, {edition.last}"
        out.append(f'edition({edition.published}, {edition.table}, "{edition.name}", {days}).')
    return "\n".join(out) + "\n"


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


README_HEAD = """# Tables cut from CMS's files

Codes, dates and indicators only: no descriptors, no payment rates. `rationale` is CMS's own reason for an edit. CPT
codes are copyright of the American Medical Association.

The first line of a table names its source (`# @source id, "where"`, ids as in `kb/sources.lp`), the second its columns:
the arguments of the predicate after which the file is named, then notes in lower case. Tabs, LF, sorted, `#sup` for an
open end. Every row that touches a code with a `code` fact in `kb/codes` is here, and no other; the list of modifiers
is whole.

To cut them again, after a change of `kb/codes` or with other CMS files under the names below:

    python scripts/cut_tables.py --cms DIR

Everything below, and `editions.lp`, is written by that script.
"""


def readme_text(found: list[Cut], cms: Path, count: int) -> str:
    """Return README.md."""
    out = [README_HEAD, "## Tables", "", f"Named codes: {count}.", ""]
    out += ["| file | rows | covers | cut from |", "|---|---|---|---|"]
    for cut in found:
        origins = ", ".join(f"`{origin}`" for origin in cut.origins)
        out.append(f"| `{cut.file}` | {len(cut.rows):,} | {cut.covers} | {origins} |")
    out += ["", "## Notes", ""]
    notes: dict[str, list[str]] = {}
    for cut in found:
        notes.setdefault(cut.note, []).append(f"`{cut.file}`")
    out += [f"- {', '.join(files)}: {note}" for note, files in notes.items()]
    out += ["", "## CMS files", "", "| file | SHA-256 |", "|---|---|"]
    for origin in sorted({origin for cut in found for origin in cut.origins}):
        out.append(f"| `{origin}` | `{sha256(cms / origin)}` |")
    return "\n".join(out) + "\n"


def write_tables(cms: Path, kb: Path, out: Path) -> None:
    """Write every table, editions.lp and README.md."""
    codes = named_codes(kb / "codes")
    found = cuts(cms, codes)
    out.mkdir(parents=True, exist_ok=True)
    for cut in found:
        (out / cut.file).write_bytes(as_bytes(cut))
    (out / "editions.lp").write_text(editions_text(), encoding="utf-8")
    (out / "README.md").write_text(readme_text(found, cms, len(codes)), encoding="utf-8")


def main() -> None:
    """Read the command line and write the tables."""
    root = Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description="Cut the default tables out of CMS's files.")
    parser.add_argument("--cms", type=Path, required=True, help="the folder of CMS files")
    parser.add_argument("--kb", type=Path, default=root / "kb", help="the knowledge base (default: kb)")
    parser.add_argument("--out", type=Path, help="where to write (default: kb/tables)")
    options = parser.parse_args()
    write_tables(options.cms, options.kb, options.out or options.kb / "tables")


if __name__ == "__main__":
    main()
