"""Excludes1 notes of ICD-10-CM, out of the tabular list as it is published in XML.

Its schema: `ICD10CM.tabular` holds `version` and chapters; a `chapter` has a `name` and sections, a `section` an `id`
and `diag` elements, a `diag` a `name` (the code) and further `diag` elements; each may carry `excludes1` with `note`s.
A note bears on everything below the element that carries it. What it keeps out is told in words, mostly by codes in
brackets: `(E13.-)`, `(A04.0-A04.4)`, `(F10-F19 with .17, .27)`. A note that names no code is left out and counted.

A code's place is its number in the order of the list, so a category, a section or a range is a run of places. Comparing
codes as text would go wrong: M1A stands between M08 and M10.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import Locator

from claimlogic.errors import InputError
from claimlogic.tables.documents import Document
from claimlogic.tables.editions import Edition, edition_in_name, fiscal_year
from claimlogic.tables.reading import Field, RawRow, Reading, text, whole, whole_or_none

_ROOT = "ICD10CM.tabular"
_CODE = r"[A-Z][0-9][0-9A-Z](?:\.[0-9A-Z]{1,4})?"
_REFERENCE = re.compile(rf"({_CODE})(?:\.?-)?\s*-\s*({_CODE})(?:\.?-)?|({_CODE})(?:\.?-)?")
_GROUP = re.compile(r"\(([^()]*)\)")
_ENDING = re.compile(rf"((?:{_CODE})\.?-?(?:\s*-\s*(?:{_CODE})\.?-?)?)\.?$")
_SUFFIX = re.compile(r"\.[0-9A-Z]+")
_CHARACTER = re.compile(r"((?:(?:fourth|fifth|sixth)(?: or )?)+) characters? ([0-9](?:-[0-9])?(?:(?:,| or) ?[0-9])*)")
_FINAL = re.compile(r"final characters? -?([0-9]+)$")
_ORDINALS = {"fourth": 4, "fifth": 5, "sixth": 6}


@dataclass(slots=True)
class _Node:
    code: str
    line: int
    above: int | None
    last: int = 0
    notes: list[tuple[int, str]] = field(default_factory=list)


class Tabular:
    """The rows of a tabular list: every code with its place, every note with the run of places that it keeps out."""

    def __init__(self) -> None:
        self.left_out = 0

    def rows(self, document: Document) -> Iterator[RawRow]:
        """The rows, codes first among those of a place. Raises InputError for a file that is no such XML."""
        nodes = _parsed(document.path, document.name).nodes
        places = {node.code: place for place, node in enumerate(nodes)}
        self.left_out = 0
        for place, node in enumerate(nodes):
            above = "" if node.above is None else str(node.above)
            own = [node.code, str(place), str(node.last), above]
            yield node.line, None, [*own, "", "", "", ""]
            for line, note in node.notes:
                runs = excluded_runs(note, nodes, places)
                self.left_out += not runs
                for first, last in runs:
                    shown = [nodes[first].code, nodes[last].code]
                    yield line, None, [*own, *shown, str(first), str(nodes[last].last)]

    def count_left_out(self) -> int:
        """How many notes named no code that the list holds."""
        return self.left_out


def recognise(document: Document) -> Reading | None:
    """How to read the document, None where it is no tabular list."""
    start = "\n".join(document.head_lines)
    if document.form != "xml" or f"<{_ROOT}" not in start:
        return None
    tabular = Tabular()
    return Reading(
        layout="excludes1",
        published="excludes1",
        judges="",
        fields=(
            Field("code", 0, text),
            Field("place", 1, whole),
            Field("last_place", 2, whole),
            Field("above", 3, whole_or_none),
            Field("excluded_from", 4, text),
            Field("excluded_to", 5, text),
            Field("excluded_place", 6, whole_or_none),
            Field("excluded_last_place", 7, whole_or_none),
        ),
        edition=_edition(document, start),
        rows=tabular.rows,
        left_out=tabular.count_left_out,
    )


def _edition(document: Document, start: str) -> Edition | None:
    """The fiscal year that the list names; from April on where the file name tells of its April update."""
    if not (found := re.search(r"<version>\D*(20\d\d)", start)):
        return None
    year = fiscal_year(int(found[1]))
    update = edition_in_name(document.name)
    if update and year.first < update.first <= year.last and "april" in document.name.lower():
        return Edition(update.first, year.last, f"{year.id} April")
    return year


def excluded_runs(note: str, nodes: list[_Node], places: dict[str, int]) -> list[tuple[int, int]]:
    """The places that a note keeps out, as (place of the first code, place of the last), in the order of the note."""
    runs: list[tuple[int, int]] = []
    groups = [group for group in _GROUP.findall(note) if _REFERENCE.search(group)]
    if not groups and (ending := _ENDING.search(note)):
        groups = [ending[1]]
    for group in groups:
        codes, _, condition = group.partition(" with ")
        found = [_run(reference, places) for reference in _REFERENCE.finditer(codes)]
        if None in found:
            return []
        whole_runs = [run for run in found if run]
        if condition:
            whole_runs = _narrowed(whole_runs, condition, nodes)
        runs.extend(run for run in whole_runs if run not in runs)
    return runs


def _run(reference: re.Match[str], places: dict[str, int]) -> tuple[int, int] | None:
    first, last = places.get(reference[1] or reference[3]), places.get(reference[2] or reference[3])
    return None if first is None or last is None or last < first else (first, last)


def _narrowed(runs: list[tuple[int, int]], condition: str, nodes: list[_Node]) -> list[tuple[int, int]]:
    """Those codes of the runs that meet a condition on their characters; none where it is not understood."""
    suffixes = tuple(_SUFFIX.findall(condition))
    character = _CHARACTER.search(condition)
    final = _FINAL.search(condition)
    if suffixes:

        def fits(code: str) -> bool:
            return code[3:] in suffixes
    elif character:
        positions = [_ORDINALS[word] for word in re.findall(r"\w+th", character[1])]
        values = _values(character[2])

        def fits(code: str) -> bool:
            plain = code.replace(".", "")
            return any(len(plain) == position and plain[-1] in values for position in positions)
    elif final:

        def fits(code: str) -> bool:
            return "." in code and code.endswith(final[1])
    else:
        return []
    return [
        (place, place)
        for first, last in runs
        for place in range(first, nodes[last].last + 1)
        if "." in nodes[place].code and fits(nodes[place].code)
    ]


def _values(listed: str) -> set[str]:
    found = re.fullmatch(r"([0-9])-([0-9])", listed)
    if found:
        return {str(n) for n in range(int(found[1]), int(found[2]) + 1)}
    return set(re.findall(r"[0-9]", listed))


class _Reader(ContentHandler):
    """Collects codes in order, with their notes."""

    def __init__(self) -> None:
        super().__init__()
        self.nodes: list[_Node] = []
        self._open: list[int] = []
        self._path: list[str] = []
        self._text = ""
        self._locator: Locator | None = None

    def setDocumentLocator(self, locator: Locator) -> None:  # noqa: N802
        self._locator = locator

    def startElement(self, name: str, attrs: Any) -> None:  # noqa: N802
        self._path.append(name)
        if name in ("chapter", "section", "diag"):
            self._open.append(len(self.nodes))
            above = self._open[-2] if len(self._open) > 1 else None
            self.nodes.append(_Node(attrs.get("id", ""), self._line(), above))
        elif name in ("name", "note"):
            self._text = ""

    def characters(self, content: str) -> None:
        self._text += content

    def endElement(self, name: str) -> None:  # noqa: N802
        self._path.pop()
        if name == "name" and self._open:
            node = self.nodes[self._open[-1]]
            words = self._text.strip()
            node.code = words if self._path[-1] == "diag" else f"chapter {words}"
        elif name == "note" and self._open and self._path[-1] == "excludes1":
            self.nodes[self._open[-1]].notes.append((self._line(), " ".join(self._text.split())))
        elif name in ("chapter", "section", "diag"):
            self.nodes[self._open.pop()].last = len(self.nodes) - 1

    def _line(self) -> int:
        return (self._locator.getLineNumber() or 0) if self._locator else 0


def _parsed(path: Path, name: str) -> _Reader:
    from xml.sax import SAXParseException

    from defusedxml.common import DefusedXmlException
    from defusedxml.sax import parse

    reader = _Reader()
    try:
        with path.open("rb") as source:
            parse(source, reader)
    except SAXParseException as fault:
        place = f"{name}:{fault.getLineNumber()}"
        raise InputError(f"this is no well-formed XML ({fault.getMessage()})", place) from None
    except DefusedXmlException:
        raise InputError("this XML declares entities, which the tabular list never does", name) from None
    for node in reader.nodes:
        if not node.code:
            raise InputError("an element of the tabular list has no name", f"{name}:{node.line}")
    return reader
