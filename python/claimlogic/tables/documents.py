"""Files as users download them, opened: archives unpacked, text decoded, workbooks read, nothing loaded whole.

A document is one table as one file holds it. Its rows come with the number of the line, or of the worksheet's row, on
which they begin.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import lzma
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import IO, cast

from claimlogic.errors import InputError

Row = tuple[int, list[str]]

_HEAD_ROWS = 60
_HEAD_BYTES = 1 << 16
_CHUNK = 1 << 20
_LARGEST = 4 << 30
_XZ, _GZIP, _ZIP, _OLD_WORKBOOK = b"\xfd7zXZ\x00", b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class Document:
    """One file with a table. ``name`` is the file's own (``archive.zip:member.txt``), ``sha256`` of the file given.

    ``path`` is where its content lies now: UTF-8 text for the forms text and xml, a workbook for the form sheet.
    ``scratch`` is the folder in which a workbook's rows are kept, since it can only be read as a whole.
    """

    name: str
    sha256: str
    path: Path
    form: str
    given: Path
    scratch: Path
    member: str = ""

    @property
    def stem(self) -> str:
        """The file's own name without its ending, in small letters."""
        return Path(self.member or self.given.name).stem.lower()

    @cached_property
    def head_lines(self) -> list[str]:
        """The first lines of a text, without their ends."""
        if self.form == "sheet":
            return []
        with self.path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
            return text.read(_HEAD_BYTES).splitlines()[:_HEAD_ROWS]

    @cached_property
    def head(self) -> list[Row]:
        """The first rows, with all their cells as stripped text."""
        return [(line, [cell.strip() for cell in cells]) for line, cells in islice(self.rows(), _HEAD_ROWS)]

    @cached_property
    def tabbed(self) -> bool:
        """Whether a text is separated by tabs rather than by commas."""
        return sum(line.count("\t") for line in self.head_lines) > sum(line.count(",") for line in self.head_lines)

    def rows(self) -> Iterator[Row]:
        """Every row with the number of the line on which it begins. Raises InputError where a cell is not readable."""
        if self.form == "sheet":
            yield from self._sheet_rows()
        elif self.form == "text":
            yield from self._text_rows()

    def _text_rows(self) -> Iterator[Row]:
        with self.path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text, delimiter="\t" if self.tabbed else ",")
            begins = 1
            try:
                for cells in reader:
                    yield begins, cells
                    begins = reader.line_num + 1
            except csv.Error as fault:
                raise InputError(f"this row is not readable ({fault})", f"{self.name}:{begins}") from None

    def _sheet_rows(self) -> Iterator[Row]:
        with self._sheet_copy.open(encoding="utf-8", newline="") as copy:
            for number, cells in enumerate(csv.reader(copy), start=1):
                yield int(cells[0]) if cells else number, cells[1:]

    @cached_property
    def _sheet_copy(self) -> Path:
        """The rows of the workbook's first sheet as CSV, each after its number."""
        from python_calamine import CalamineError, CalamineWorkbook

        copy = _new_file(self.scratch)
        try:
            with (
                CalamineWorkbook.from_path(str(self.path)) as workbook,
                copy.open("w", encoding="utf-8", newline="") as text,
            ):
                sheet = workbook.get_sheet_by_index(0)
                numbered = enumerate(sheet.iter_rows(), start=(sheet.start or (0, 0))[0] + 1)
                csv.writer(text).writerows((number, *map(_cell_text, cells)) for number, cells in numbered)
        except (CalamineError, OSError) as fault:
            raise InputError(f"this workbook cannot be read ({fault}); save it again as .xlsx", self.name) from None
        return copy


def _cell_text(cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y%m%d")
    return str(cell)


def open_documents(path: Path, scratch: Path) -> list[Document]:
    """The documents in the file at ``path``: several for an archive. Unpacked copies go into the folder ``scratch``.

    Raises InputError for a file that is missing or damaged.
    """
    try:
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as fault:
        raise InputError(f"this file cannot be read ({fault.strerror}); check its name", str(path)) from None
    return list(_opened(path, Document(path.name, sha256, path, "", path, scratch), scratch))


def _opened(path: Path, given: Document, scratch: Path) -> Iterator[Document]:
    with path.open("rb") as file:
        start = file.read(8)
    member = given.member
    if start.startswith(_ZIP) and not _is_workbook(path, given.name):
        yield from _members(path, given, scratch)
        return
    if start.startswith(_XZ) or start.startswith(_GZIP):
        path = _unpacked(path, given.name, scratch, xz=start.startswith(_XZ))
        with path.open("rb") as file:
            start = file.read(8)
    if start.startswith(_ZIP) or start.startswith(_OLD_WORKBOOK):
        form = "sheet"
    else:
        path = _as_utf8(path, scratch)
        with path.open(encoding="utf-8-sig") as text:
            form = "xml" if text.read(1000).lstrip().startswith("<") else "text"
    yield Document(given.name, given.sha256, path, form, given.given, scratch, member)


def _is_workbook(path: Path, name: str) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return any(member.startswith("xl/") for member in archive.namelist())
    except zipfile.BadZipFile:
        raise InputError("this archive is damaged; download it again", name) from None


def _members(path: Path, given: Document, scratch: Path) -> Iterator[Document]:
    if given.member:
        raise InputError("an archive inside an archive is not opened; unpack it first", given.name)
    with zipfile.ZipFile(path) as archive:
        for info in sorted(archive.infolist(), key=lambda info: info.filename):
            member = Path(info.filename).name
            if info.is_dir() or member.startswith(".") or info.filename.startswith("__MACOSX/"):
                continue
            name = f"{given.name}:{member}"
            target = _new_file(scratch)
            try:
                with archive.open(info) as source:
                    _copy(source, target, name)
            except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError) as fault:
                raise InputError(f"this archive is damaged or locked ({fault}); download it again", name) from None
            yield from _opened(target, Document(name, given.sha256, target, "", given.given, scratch, member), scratch)


def _unpacked(path: Path, name: str, scratch: Path, xz: bool) -> Path:
    target = _new_file(scratch)
    try:
        with _packed(path, xz) as source:
            _copy(source, target, name)
    except (lzma.LZMAError, gzip.BadGzipFile, EOFError):
        raise InputError("this file is damaged; download it again", name) from None
    return target


def _copy(source: IO[bytes], target: Path, name: str) -> None:
    """Unpack into ``target``, but no more than a table of CMS's can hold."""
    left = _LARGEST
    with target.open("wb") as copy:
        while chunk := source.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise InputError("unpacked, this file is larger than any table of CMS's; check the download", name)
            copy.write(chunk)


def _packed(path: Path, xz: bool) -> IO[bytes]:
    return cast(IO[bytes], lzma.open(path) if xz else gzip.open(path))


def _as_utf8(path: Path, scratch: Path) -> Path:
    """The file itself where it is UTF-8, else a copy: of UTF-16 by its mark, of anything else as Windows-1252."""
    encoding = _encoding(path)
    if encoding == "utf-8":
        return path
    target = _new_file(scratch)
    errors = "strict" if encoding == "utf-16" else "replace"
    with (
        path.open(encoding=encoding, errors=errors, newline="") as source,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        shutil.copyfileobj(source, copy, _CHUNK)
    return target


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        if file.read(2) in _UTF16:
            return "utf-16"
        file.seek(0)
        try:
            for chunk in iter(lambda: file.read(_CHUNK), b""):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _new_file(scratch: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix="document-", dir=scratch)
    os.close(handle)
    return Path(name)


def column_of(cells: Sequence[str], *beginnings: str) -> int | None:
    """The position of the first cell that begins with one of these words, in any case and spacing."""
    wanted = tuple(_plain(beginning) for beginning in beginnings)
    return next((i for i, cell in enumerate(cells) if _plain(cell).startswith(wanted)), None)


def _plain(cell: str) -> str:
    return re.sub(r"[^a-z0-9*=]+", " ", cell.lower()).strip()


def filled_rows(rows: Iterable[Row], after: int) -> Iterator[Row]:
    """The rows below line ``after`` that hold a table's data: no blank ones, no remarks in a first cell alone."""
    for line, cells in rows:
        if line <= after:
            continue
        filled = [i for i, cell in enumerate(cells) if cell.strip()]
        if not filled or (filled == [0] and " " in cells[0].strip()):
            continue
        yield line, cells
