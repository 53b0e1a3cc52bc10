"""Which columns of a file hold what: Tuva's names, those of CMS's research files, and the ``x_`` columns beside them.

The names stand in ``columns.csv``, a row for each field of ours and a column for each naming. Several names in one cell
are several columns of one field (modifiers, diagnoses, the two digits of a type of bill), in their order.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from claimlogic.errors import InputError

# Without these no line can be told apart and judged.
_NEEDED = ("claim_id", "line_number", "code")
_DATES = ("date", "claim_date")
# The naming in which a row is a claim and not a line: its numbered columns are the lines.
BY_CLAIM = "synpuf"

NAMINGS = {
    "tuva": "Tuva medical_claim",
    "rif_carrier": "CMS RIF carrier",
    "rif_outpatient": "CMS RIF outpatient",
    "lds_carrier": "CMS LDS carrier",
    "lds_outpatient": "CMS LDS outpatient",
    BY_CLAIM: "DE-SynPUF",
}

_RANGE = re.compile(r"\{(\d+)-(\d+)\}")


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file that are taken: for each field their names as the file writes them, in order.

    ``naming`` is a key of ``NAMINGS``; ``missing`` are the fields of that naming that the file does not have, or whose
    columns are empty in every row.
    """

    naming: str
    taken: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]

    def one(self, field: str) -> str | None:
        """The column of a field that has one, None where the file lacks it."""
        return self.taken[field][0] if field in self.taken else None

    def without(self, empty: Collection[str]) -> Columns:
        """The same without columns that are empty in every row; those that every file needs stay."""
        kept = {
            field: names if field in _NEEDED else tuple(name for name in names if name not in empty)
            for field, names in self.taken.items()
        }
        if len(kept.get("bill_type", ())) < len(self.taken.get("bill_type", ())):
            kept["bill_type"] = ()  # One of its two digits says nothing.
        gone = [field for field, names in kept.items() if not names]
        missing = [field for field in crosswalk()[self.naming] if field in {*self.missing, *gone}]
        return Columns(self.naming, {field: names for field, names in kept.items() if names}, tuple(missing))

    @property
    def names(self) -> tuple[str, ...]:
        """Every column that is taken, each once."""
        return tuple(dict.fromkeys(name for names in self.taken.values() for name in names))


@cache
def crosswalk() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """For each naming its fields and their column names; ``extension`` holds those that go with every naming."""
    text = resources.files(__package__).joinpath("columns.csv").read_text(encoding="utf-8")
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for row in csv.DictReader(text.splitlines()):
        for naming, names in row.items():
            if naming != "field" and names:
                found.setdefault(naming, {})[row["field"]] = tuple(n for name in names.split() for n in _each(name))
    return found


def find_columns(header: Sequence[str], place: str) -> Columns:
    """The columns to take of a file with this header, whatever case it is written in.

    Raises InputError where no naming fits, naming the columns that are missing of the one that fits best, and where a
    column that is taken stands there twice.
    """
    written: dict[str, str] = {}
    twice = set()
    for name in header:
        twice |= {name.strip().lower()} & set(written)
        written[name.strip().lower()] = name
    fits = {naming: _taken(naming, written) for naming in NAMINGS}
    naming = max(NAMINGS, key=lambda each: (_score(each, fits[each]), len(fits[each])))
    taken = fits[naming]
    _check_needed(naming, taken, place)
    if doubled := sorted(n for names in taken.values() for n in names if n.strip().lower() in twice):
        raise InputError(f"two columns are called {doubled[0]}: keep one of them", place)
    missing = [field for field in crosswalk()[naming] if field not in taken]
    return Columns(naming, taken, tuple(missing))


def _each(name: str) -> list[str]:
    found = _RANGE.search(name)
    if not found:
        return [name]
    return [name.replace(found[0], str(number)) for number in range(int(found[1]), int(found[2]) + 1)]


def _taken(naming: str, written: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    taken = {}
    for field, names in (*crosswalk()[naming].items(), *crosswalk()["extension"].items()):
        present = tuple(written[name.lower()] for name in names if name.lower() in written)
        if present and field not in taken:
            taken[field] = present
    if naming != "tuva" and len(taken.get("bill_type", ("", ""))) != 2:
        del taken["bill_type"]
    return taken


def _needed(naming: str) -> list[str]:
    return [field for field in _NEEDED if field in crosswalk()[naming]]


def _score(naming: str, taken: Mapping[str, object]) -> int:
    return sum(field in taken for field in _needed(naming)) - len(_needed(naming))


def _check_needed(naming: str, taken: Mapping[str, object], place: str) -> None:
    names = crosswalk()[naming]
    lacking = [names[field][0] for field in _needed(naming) if field not in taken]
    if len(lacking) == len(_needed(naming)):
        raise InputError(
            "these are no columns of claims: use the names of Tuva's medical_claim (claim_id, claim_line_number, "
            "hcpcs_code ...), of CMS's RIF or LDS files, or of DE-SynPUF",
            place,
        )
    if not any(field in taken for field in _DATES):
        lacking.append(" or ".join(names[field][0] for field in _DATES if field in names))
    if naming == "tuva" and "form" not in taken:
        lacking.append(names["form"][0])
    if lacking:
        listed = ", ".join(lacking)
        raise InputError(f"read by the names of {NAMINGS[naming]}, these columns are missing: {listed}", place)
