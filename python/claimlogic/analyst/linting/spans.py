"""From and To of facts and of table rows, by key: what the checks on dates look at."""

from __future__ import annotations

import lzma
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter
from pathlib import Path

from claimlogic.analyst.linting.draft import Draft
from claimlogic.knowledge.tables import TableFile
from claimlogic.knowledge.vocabulary import Predicate
from claimlogic.terms import OPEN_END

OPEN = 2**31 - 1
_MONTH = 100


@dataclass(frozen=True, slots=True)
class Span:
    """The days on which a row holds, and the key that may hold one value on a day."""

    key: tuple[object, ...]
    begins: int
    to: int
    file: str
    line: int

    @property
    def what(self) -> str:
        """The key in words."""
        return f"{self.key[0]}({', '.join(map(str, self.key[1:]))})"


@dataclass(frozen=True, slots=True)
class TableSpans:
    """Of all tables: rows that end before they begin, neighbours of one key worth a look, the newest day by file."""

    backward: list[Span] = field(default_factory=list)
    neighbours: list[tuple[Span, Span]] = field(default_factory=list)
    newest: dict[Path, int] = field(default_factory=dict)


def spans_of_facts(draft: Draft) -> list[Span]:
    """The spans of all facts in rule text that have both From and To."""
    found = []
    for name, facts in draft.facts_of.items():
        declared = draft.vocabulary.predicates.get(name)
        places = _places(declared) if declared is not None else None
        if declared is None or places is None:
            continue
        for file, fact in facts:
            if len(fact.atom.arguments) != len(declared.arguments):
                continue
            begins, to = (fact.atom.arguments[i] for i in places[:2])
            key = (name, *(fact.atom.arguments[i] for i in places[2]))
            if isinstance(begins, int) and (isinstance(to, int) or to == OPEN_END):
                found.append(Span(key, begins, to if isinstance(to, int) else OPEN, file, fact.line))
    return found


def spans_of_tables(draft: Draft) -> TableSpans:
    """What the table files hold that is worth a look. Read once for each version of the files."""
    found = TableSpans()
    if draft.directory is None:
        return found
    for table in draft.tables:
        read = _read(table, draft.directory, table.path.stat().st_mtime_ns)
        found.backward.extend(read.backward)
        found.neighbours.extend(read.neighbours)
        found.newest.update(read.newest)
    return found


@lru_cache(maxsize=64)
def _read(table: TableFile, directory: Path, _changed: int) -> TableSpans:
    found = TableSpans()
    places = _places(table.predicate)
    if places is None:
        return found
    columns = [table.header.index(table.predicate.arguments[i]) for i in (*places[2], places[0], places[1])]
    file = table.path.relative_to(directory).as_posix()
    newest, open_ended = "0", False
    for run in _runs(table, columns):
        if len(run) > 1:
            run.sort(key=lambda r: r[1:3])
            for one, other in pairwise(run):
                if one[2] == OPEN_END or other[1] <= one[2] or int(other[1]) - int(one[2]) < 2 * _MONTH:
                    found.neighbours.append((_span(table, one, file), _span(table, other, file)))
        for row in run:
            to = row[2]
            if to == OPEN_END:
                open_ended = True
            elif to > newest or to < row[1]:
                newest = max(newest, to)
                if to < row[1]:
                    found.backward.append(_span(table, row, file))
    found.newest[table.path] = OPEN if open_ended else int(newest)
    return found


_Row = tuple[tuple[str, ...], str, str, int]
"""Key, From, To and the line of a row."""

_Chosen = Callable[[list[str]], tuple[str, ...]]


def _runs(table: TableFile, columns: list[int]) -> Iterator[list[_Row]]:
    """The rows of each key. A table is sorted by key; of one that is not, the rows are gathered first."""
    chosen: _Chosen = itemgetter(*columns)
    rows = _cells(table)
    run: list[_Row] = []
    last: tuple[str, ...] = ()
    for number, cells in rows:
        row = chosen(cells)
        key = row[:-2]
        if key == last:
            run.append((key, row[-2], row[-1], number))
            continue
        if key < last:
            break
        if run:
            yield run
        run, last = [(key, row[-2], row[-1], number)], key
    else:
        if run:
            yield run
        return
    yield from _gathered(table, chosen)


def _gathered(table: TableFile, chosen: _Chosen) -> Iterable[list[_Row]]:
    found: dict[tuple[str, ...], list[_Row]] = defaultdict(list)
    for number, cells in _cells(table):
        row = chosen(cells)
        found[row[:-2]].append((row[:-2], row[-2], row[-1], number))
    return found.values()


def _cells(table: TableFile) -> Iterator[tuple[int, list[str]]]:
    raw = table.path.read_bytes()
    text = (lzma.decompress(raw) if table.path.suffix == ".xz" else raw).decode("utf-8")
    for number, line in enumerate(text.split("\n")[2:], start=3):
        cells = line.split("\t")
        if len(cells) == len(table.header):
            yield number, cells


def _span(table: TableFile, row: _Row, file: str) -> Span:
    return Span((table.predicate.name, *row[0]), int(row[1]), _to(row[2]), file, row[3])


def _to(day: str) -> int:
    return OPEN if day == OPEN_END else int(day)


def _places(predicate: Predicate) -> tuple[int, int, tuple[int, ...]] | None:
    """Where From and To stand, and what is the key of a row on one day."""
    names = predicate.arguments
    if "From" not in names or "To" not in names:
        return None
    begins, to = names.index("From"), names.index("To")
    key = predicate.key or tuple(range(len(names)))
    return begins, to, tuple(i for i in key if i not in (begins, to))
