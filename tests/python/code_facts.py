"""The facts of kb/codes and the rows of kb/tables, read without the readers that they test."""

from __future__ import annotations

import csv
import lzma
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import clingo

ROOT = Path(__file__).resolve().parents[2]
KB = ROOT / "kb"
CODES = KB / "codes"
TABLES = KB / "tables"
CMS = ROOT.parent / "shared" / "cms"

Value = str | int
Fact = tuple[Value, ...]
Row = dict[str, str]

OPEN = "#sup"
GUIDANCE = {
    "fluoroscopy": {"77001", "77002", "77003"},
    "ct": {"77012"},
    "mr": {"77021"},
    "ultrasound": {"76937", "76942"},
}
GUIDANCE_CODES = {"76000", "76937", "76942", "77001", "77002", "77003", "77012", "77021"}

# Codes that contain imaging although no edit says so: facts marked as unverified.
UNPAIRED = {"64415", "64416", "64417", "64445", "64446", "64447", "64448", "64466", "64467", "64468", "64469"}
UNPAIRED_BY_CT = {"0200T", "0201T"}

# A list of CMS's that names codes whether or not we answer for them.
NAMES_ANY_CODE = {"paid_beside_comprehensive"}

SINCE_2020 = [
    "64400",
    "64405",
    "64408",
    "64415",
    "64416",
    "64417",
    "64418",
    "64420",
    "64421",
    "64425",
    "64430",
    "64435",
    "64445",
    "64446",
    "64447",
    "64448",
    "64450",
    "64455",
]


# --- reading


@cache
def vocabulary() -> dict[str, tuple[list[str], list[str], list[str]]]:
    """Each predicate's argument names, their kinds, and its key."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (KB / "vocabulary").glob("*.lp"))
    found = {}
    for name, body in re.findall(r"%\*! (\w+)\([^)]*\)\n(.*?)\*%", text, re.DOTALL):
        args = re.search(r"^Args: (.*)$", body, re.MULTILINE)
        if args is None:
            continue
        pairs = [arg.split(":") for arg in args.group(1).strip().split(",")]
        key = re.search(r"^Key: (.*)$", body, re.MULTILINE)
        names = [name.strip() for name, _ in pairs]
        keys = [part.strip() for part in key.group(1).split(",")] if key else names
        found[name] = (names, [kind.strip() for _, kind in pairs], keys)
    return found


def value(symbol: clingo.Symbol) -> Value:
    """A symbol as Python has it."""
    if symbol.type == clingo.SymbolType.String:
        return symbol.string
    if symbol.type == clingo.SymbolType.Number:
        return symbol.number
    return str(symbol)


@cache
def facts() -> dict[str, set[Fact]]:
    """Every fact of kb/codes, sources.lp, coverage.lp and the editions, by predicate."""
    control = clingo.Control(logger=lambda *_: None)
    for path in [*sorted(CODES.glob("*.lp")), KB / "sources.lp", KB / "coverage.lp", TABLES / "editions.lp"]:
        control.load(str(path))
    control.ground([("base", [])])
    found: defaultdict[str, set[Fact]] = defaultdict(set)
    for atom in control.symbolic_atoms:
        found[atom.symbol.name].add(tuple(value(argument) for argument in atom.symbol.arguments))
    return found


def lines(name: str) -> Iterator[str]:
    """The lines of a table after its source."""
    path = TABLES / name
    with lzma.open(path, "rt") if name.endswith(".xz") else path.open(encoding="utf-8") as text:
        next(text)
        yield from text


@cache
def table(name: str) -> list[Row]:
    """The rows of a small table."""
    return list(csv.DictReader(lines(name), delimiter="\t"))


@cache
def guidance_pairs(setting: str) -> list[Row]:
    """The pairs of a setting's table with a guidance code on either side."""
    wanted = re.compile(r"\t(?:" + "|".join(sorted(GUIDANCE_CODES)) + r")\t")
    found = lines(f"ptp__{setting}.tsv.xz")
    return list(csv.DictReader([next(found), *(line for line in found if wanted.search(line))], delimiter="\t"))


def holds(row: Row, day: int) -> bool:
    """Whether a row holds on a day."""
    return int(row["From"]) <= day and (row["To"] == OPEN or day <= int(row["To"]))


def overlap(row: Row, since: Value, to: Value) -> bool:
    """Whether a row holds on one of these days."""
    return (to == OPEN or int(row["From"]) <= int(to)) and (row["To"] == OPEN or int(since) <= int(row["To"]))


def parents(addon: str, day: int) -> set[str]:
    """An add-on's parents on a day, by the table."""
    return {row["P"] for row in table("addon_parent.tsv") if row["A"] == addon and holds(row, day)}


def pairs(setting: str, day: int) -> dict[tuple[str, str], Row]:
    """The guidance pairs that hold on a day."""
    return {(row["A"], row["B"]): row for row in guidance_pairs(setting) if holds(row, day)}


def guided_by(setting: str, code: str, day: int = 20240801) -> set[str]:
    """The guidance codes that are column 2 of a code."""
    return {b for a, b in pairs(setting, day) if a == code and b in GUIDANCE_CODES}
