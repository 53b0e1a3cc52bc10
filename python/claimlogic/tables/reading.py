"""How the cells of a table are read: for each column of the store its cell, its value and what may be wrong with it.

A format finds the cells; values and faults are SQL over whole columns, so a table of millions of rows is never walked
in Python.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from claimlogic.tables.documents import Document, filled_rows
from claimlogic.tables.editions import Edition, edition_in_name, table_in_name

# A row as a format hands it over: the line on which it begins, what is wrong with it (None: nothing yet), its cells.
RawRow = tuple[int, str | None, list[str]]

# From the SQL of a stripped cell: SQL of its value, SQL that holds where it is wrong, what is then said of it.
CellReader = Callable[[str], tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Field:
    """A column of the store, the position of its cell (0 is the first; None: the file has none) and how it is read."""

    column: str
    at: int | None
    read: CellReader


@dataclass(frozen=True, slots=True)
class Reading:
    """A document recognised: which table it holds, of which edition where that is told, and how to read its rows.

    ``published`` and ``judges`` (practitioner, hospital, dme, or blank for a table that judges all) name the table;
    ``judges`` None says that nothing tells it. ``dated`` is whether rows carry days of their own. ``part`` names the
    piece of an edition that comes in several files. ``rows`` gives the rows, None where each line below ``after`` is
    one, separated by tabs. ``by_letter``: rows name their rationale by a letter. ``left_out`` tells, once the rows were
    taken, how many notes of the source named no code and so are no rows.
    """

    layout: str
    published: str
    judges: str | None
    fields: tuple[Field, ...]
    edition: Edition | None = None
    dated: bool = False
    part: str = ""
    after: int = 0
    rows: Callable[[Document], Iterator[RawRow]] | None = None
    by_letter: bool = False
    left_out: Callable[[], int] | None = None

    @property
    def width(self) -> int:
        """How many cells a row has at least."""
        return 1 + max(field.at for field in self.fields if field.at is not None)


def code(cell: str) -> tuple[str, str, str]:
    """A procedure code: five capital letters or digits."""
    return cell, f"NOT regexp_full_match({cell}, '[0-9A-Z]{{5}}')", "is no procedure code (five letters or digits)"


def code_or_none(*none: str) -> CellReader:
    """A procedure code, or one of these words for none."""
    listed = _listed(("", *none))

    def read(cell: str) -> tuple[str, str, str]:
        _, wrong, words = code(cell)
        return f"CASE WHEN {cell} NOT IN {listed} THEN {cell} END", f"{cell} NOT IN {listed} AND {wrong}", words

    return read


def day(required: bool = False) -> CellReader:
    """A day written YYYYMMDD; blank and * are none, unless one is required."""

    def read(cell: str) -> tuple[str, str, str]:
        wrong = f"(NOT regexp_full_match({cell}, '[0-9]{{8}}') OR try_strptime({cell}, '%Y%m%d') IS NULL)"
        if not required:
            wrong = f"({cell} NOT IN ('', '*') AND {wrong})"
        return f"try_cast({cell} AS INTEGER)", wrong, "is no day (YYYYMMDD)"

    return read


def ordinal_day(required: bool = False) -> CellReader:
    """A day written YYYYDDD, the year and the day of it; blank is none, unless one is required."""

    def read(cell: str) -> tuple[str, str, str]:
        known = f"CASE WHEN regexp_full_match({cell}, '[0-9]{{7}}') THEN {cell} END"
        found = f"(make_date(({known})[1:4]::INTEGER, 1, 1) + (({known})[5:7]::INTEGER - 1))"
        in_year = f"(({known})[5:7]::INTEGER BETWEEN 1 AND dayofyear(make_date(({known})[1:4]::INTEGER, 12, 31)))"
        wrong = f"NOT coalesce({in_year}, false)"
        if not required:
            wrong = f"({cell} <> '' AND {wrong})"
        value = f"CASE WHEN {in_year} THEN strftime({found}, '%Y%m%d')::INTEGER END"
        return value, wrong, "is no day (YYYYDDD)"

    return read


def whole(cell: str) -> tuple[str, str, str]:
    """A whole number."""
    return f"try_cast({cell} AS INTEGER)", f"NOT regexp_full_match({cell}, '[0-9]{{1,6}}')", "is no whole number"


def whole_or_none(cell: str) -> tuple[str, str, str]:
    """A whole number or a blank."""
    return f"try_cast({cell} AS INTEGER)", f"NOT regexp_full_match({cell}, '[0-9]{{0,6}}')", "is no whole number"


def leading_digit(digits: str) -> CellReader:
    """A number that leads a text (`3 Date of Service Edit`): one of these digits."""

    def read(cell: str) -> tuple[str, str, str]:
        wrong = f"NOT regexp_matches({cell}, '^[{digits}]($|[^0-9])')"
        return f"try_cast({cell}[1] AS INTEGER)", wrong, f"does not begin with one of {', '.join(digits)}"

    return read


def word(meanings: Mapping[str, str]) -> CellReader:
    """One of the words of a list, put into ours."""

    def read(cell: str) -> tuple[str, str, str]:
        cases = " ".join(f"WHEN '{said}' THEN '{meant}'" for said, meant in meanings.items())
        wrong = f"{cell} NOT IN {_listed(tuple(meanings))}"
        return f"CASE {cell} {cases} END", wrong, f"is none of {', '.join(meanings)}"

    return read


def indicator(cell: str) -> tuple[str, str, str]:
    """An indicator of a few letters or digits, in capitals however it is typed; it may not be blank."""
    wrong = f"NOT regexp_full_match({cell}, '[0-9A-Za-z]{{1,5}}')"
    return f"upper({cell})", wrong, "is no indicator (a few letters or digits)"


def text(cell: str) -> tuple[str, str, str]:
    """Any text, or none."""
    return f"nullif({cell}, '')", "false", ""


def padded(digits: int) -> CellReader:
    """A group number, filled with zeros on the left; blank counts as zero."""

    def read(cell: str) -> tuple[str, str, str]:
        wrong = f"NOT regexp_full_match({cell}, '[0-9]{{0,{digits}}}')"
        return f"lpad({cell}, {digits}, '0')", wrong, "is no group number"

    return read


def flag(said: str) -> CellReader:
    """Whether the cell says this; a blank or 0 is no."""

    def read(cell: str) -> tuple[str, str, str]:
        return f"({cell} = '{said}')", f"{cell} NOT IN ('', '0', '{said}')", f"is neither {said} nor blank"

    return read


def always(value: str) -> CellReader:
    """The same value in every row, whatever the file says."""
    return lambda _cell: (f"'{value}'", "false", "")


def renamed(table: str) -> CellReader:
    """A letter that stands for a text of the scratch table ``table(id, words)``; a letter not listed stays itself."""

    def read(cell: str) -> tuple[str, str, str]:
        return f"coalesce((SELECT words FROM {table} WHERE id = {cell}), nullif({cell}, ''))", "false", ""

    return read


def _listed(words: tuple[str, ...]) -> str:
    return "(" + ", ".join(f"'{said}'" for said in words) + ")"


def rows_below(after: int) -> Callable[[Document], Iterator[RawRow]]:
    """The data rows of a document below line ``after``, without blank rows and remarks."""

    def rows(document: Document) -> Iterator[RawRow]:
        return ((line, None, cells) for line, cells in filled_rows(document.rows(), after))

    return rows


def edition_told(document: Document) -> Edition | None:
    """The edition that the name tells: of the file itself, else of the archive that it came in."""
    return (document.member and edition_in_name(document.member)) or edition_in_name(document.name)


def table_told(document: Document) -> str | None:
    """Whose claims the table judges, as the name tells: of the file itself, else of the archive that it came in."""
    return (document.member and table_in_name(document.member)) or table_in_name(document.name) or None
