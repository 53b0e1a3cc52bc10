"""A property of the rules as its file describes it: the sentence, the form, the bound, and the rule text.

    %%% A modifier never makes an NCCI pair deny a line
    %
    % Form      no two claims
    % Second    one modifier more on one of the lines
    % Lines     2
    % Codes     40
    % Source    NCCI Policy Manual I E

Three forms. ``no claim``: claim "c", and ``broken(L)`` holds of no claim (L is a line, or 0). ``no two claims``: claim
"d" says what "c" does, line L of it on line K where the file has ``goes(L, K)``, and what the file says besides.
``for each code``: for each ``wanted(Code)`` there is a claim with it on line 1 for which ``met`` holds.

``Says`` names what is said of claims besides their lines and days; without it, all that the rules read. ``Rules``
names the rule ids that matter; without it, all. ``Beside`` names the predicate that tells which codes to try together.
Codes that the text names are tried first. What is ``excepted(...)`` stands under a ``% @source``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from clingo import ast

from claimlogic.errors import InputError, did_you_mean
from claimlogic.knowledge.query_files import predicates_named, read_header, without_comments
from claimlogic.knowledge.rule_text import read_rule_text
from claimlogic.shipped import shipped

NO_CLAIM, NO_TWO, EACH_CODE = "no claim", "no two claims", "for each code"
_FORMS = (NO_CLAIM, NO_TWO, EACH_CODE)
_NEEDED = ("Form", "Source")
_OPTIONAL = ("Second", "Lines", "Codes", "Says", "Rules", "Beside")
_EXCEPTION = re.compile(r"excepted\(([^)]*)\)\.")
_SOURCED = re.compile(r'%\s*@source\s+(\w+)\s*(?:,\s*"([^"]*)")?')
_OUTSIDE = re.compile(r"#\s*(include|script|external|const)\b")


@dataclass(frozen=True, slots=True)
class Excepted:
    """What is expected not to follow the property: the argument of ``excepted``, and the source that says so."""

    of: str
    source: str
    where: str


@dataclass(frozen=True, slots=True)
class Property:
    """A property, its form and bound, and its rule text without comments."""

    name: str
    title: str
    form: str
    second: str
    lines: int
    codes: int
    says: frozenset[str] | None
    rules: frozenset[str] | None
    beside: str
    source: str
    exceptions: tuple[Excepted, ...]
    text: str

    @property
    def mentions(self) -> frozenset[str]:
        """The predicates that its text names, its own included."""
        return predicates_named(self.text)


def default_properties() -> Path:
    """The properties that come with claimlogic."""
    return shipped("queries", "verify")


def read_properties(directory: Path, names: tuple[str, ...] = ()) -> list[Property]:
    """The properties in a folder, or those of these names. Raises InputError for a name or a header that is wrong."""
    files = {path.stem: path for path in sorted(directory.glob("*.lp"))}
    if not files:
        raise InputError("there is no property here; give a folder of .lp files", str(directory))
    for name in names:
        if name not in files:
            hint = did_you_mean(name, files, f"there are {', '.join(files)}")
            raise InputError(f"there is no property {name!r}; {hint}", "verify")
    return [read_property(files[name]) for name in names or files]


def read_property(path: Path) -> Property:
    """The property of one file. Raises InputError, with file and line, for an incomplete header."""
    place = f"{path.parent.name}/{path.name}"
    whole = read_rule_text(path, place)
    header = read_header(whole, place, "the property as a sentence", _NEEDED, _OPTIONAL)
    fields = header.fields
    if fields["Form"] not in _FORMS:
        raise InputError(f"the form is one of: {'; '.join(_FORMS)}", f"{place}:1")
    text = without_comments(whole)
    _check_text(text, place)
    return Property(
        name=path.stem,
        title=header.title,
        form=fields["Form"],
        second=fields.get("Second", ""),
        lines=_number(fields.get("Lines", "3"), place),
        codes=_number(fields.get("Codes", "60"), place),
        says=frozenset(re.split(r",\s*", fields["Says"])) if "Says" in fields else None,
        rules=frozenset(re.split(r",\s*", fields["Rules"])) if "Rules" in fields else None,
        beside=fields.get("Beside", ""),
        source=fields["Source"],
        exceptions=_exceptions(whole.splitlines(), place),
        text=text,
    )


def _check_text(text: str, place: str) -> None:
    """Raises InputError for text that clingo does not take, or that reaches outside the file."""
    if _OUTSIDE.search(text):
        raise InputError("a property includes no file and holds no script", place)
    messages: list[str] = []
    try:
        ast.parse_string(text, lambda _node: None, logger=lambda _code, message: messages.append(message))
    except RuntimeError:
        told = messages[0].splitlines()[0].partition("error: ")[2] if messages else "this is not rule text"
        raise InputError(f"{told.strip().rstrip(',')}; see the rules of the property", place) from None


def _number(written: str, place: str) -> int:
    if not written.isdecimal() or not int(written):
        raise InputError(f"{written!r} is no number of lines or codes", f"{place}:1")
    return int(written)


def _exceptions(rows: list[str], place: str) -> tuple[Excepted, ...]:
    found = []
    source: re.Match[str] | None = None
    for number, row in enumerate(rows, start=1):
        if not row.strip():
            source = None  # A source holds for what stands right below it.
        elif said := _SOURCED.match(row):
            source = said
        elif excepted := _EXCEPTION.match(row):
            if source is None:
                raise InputError("an expected exception stands under a `% @source`", f"{place}:{number}")
            found.append(Excepted(excepted[1], source[1], source[2] or ""))
    return tuple(found)
