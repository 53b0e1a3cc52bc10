"""Table files: rows of one predicate as tab-separated text, plain or xz.

The file name begins with the predicate (``ptp__hospital.tsv.xz`` holds ``ptp``). The first line is
``# @source id, "where"``, the second the header: the predicate's argument names as in the vocabulary, then columns of
annotation in lower case, which no rule reads and a proof shows.
"""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from claimlogic.errors import InputError
from claimlogic.knowledge.vocabulary import Predicate, Vocabulary
from claimlogic.terms import OPEN_END, Term, text

_SOURCE = re.compile(r'#\s*@source\s+(\w+)\s*(?:,\s*"([^"]*)")?')


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the arguments of its predicate, its line in the file, and its annotation ("rationale: ...")."""

    arguments: tuple[Term, ...]
    line: int
    note: str


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table file: its predicate and source, and its rows when asked."""

    path: Path
    predicate: Predicate
    source: str
    where: str
    header: tuple[str, ...]

    def rows(self, vocabulary: Vocabulary) -> Iterator[TableRow]:
        """The rows, in the order of the file. Raises InputError for a row that cannot be read."""
        columns = [self.header.index(argument) for argument in self.predicate.arguments]
        bases = [vocabulary.kinds[kind].base for kind in self.predicate.kinds]
        notes = [(i, name) for i, name in enumerate(self.header) if name not in self.predicate.arguments]
        with _open(self.path) as lines:
            next(lines)
            next(lines)
            for number, line in enumerate(lines, start=3):
                cells = line.rstrip("\n").split("\t")
                if len(cells) != len(self.header):
                    raise InputError(
                        f"{len(self.header)} columns expected, {len(cells)} found", f"{self.path}:{number}"
                    )
                try:
                    arguments = tuple(_term(cells[c], base) for c, base in zip(columns, bases, strict=True))
                except ValueError:
                    raise InputError("a number is expected here", f"{self.path}:{number}") from None
                note = "; ".join(f"{name}: {cells[i]}" for i, name in notes if cells[i])
                yield TableRow(arguments, number, note)


def open_table(path: Path, vocabulary: Vocabulary) -> TableFile:
    """The table file at ``path``. Raises InputError where its name or header does not fit the vocabulary."""
    name = path.name.split(".")[0].split("__")[0]
    predicate = vocabulary.predicates.get(name)
    if predicate is None:
        raise InputError(f"no predicate {name}: a table file is named after its predicate", str(path))
    with _open(path) as lines:
        source = _SOURCE.match(next(lines, ""))
        header = tuple(next(lines, "").rstrip("\n").split("\t"))
    if source is None:
        raise InputError('the first line must be `# @source id, "where"`', f"{path}:1")
    if missing := [a for a in predicate.arguments if a not in header]:
        raise InputError(f"the header lacks column {missing[0]}", f"{path}:2")
    return TableFile(path, predicate, source[1], source[2] or "", header)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8", newline="\n")
    return path.open(encoding="utf-8", newline="\n")


def _term(cell: str, base: str) -> Term:
    if cell == OPEN_END:
        return OPEN_END
    if base == "number":
        return int(cell)
    return cell if base == "word" else text(cell)
