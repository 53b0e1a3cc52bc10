"""Shared by the tests of the store: samples of CMS's files, and ways to dress them up."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest

from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.store import FactStore
from claimlogic.tables.importing import import_tables
from claimlogic.tables.source import with_tables

SAMPLES = Path(__file__).parents[2] / "samples" / "cms"
HOSPITAL_PARTS = tuple(f"ccioph-v321r0-f{part}.txt" for part in "1234")

StoreOf = Callable[..., Path]


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of samples."""
    return SAMPLES


@pytest.fixture
def store_of(tmp_path: Path) -> StoreOf:
    """Import samples by name, or files by path, into a new store; each argument is one call's files."""

    def make(*calls: Sequence[str | Path], name: str = "store") -> Path:
        store = tmp_path / name
        for files in calls:
            import_tables([SAMPLES / file if isinstance(file, str) else file for file in files], store)
        return store

    return make


@pytest.fixture
def facts_of(knowledge: Knowledge, store_of: StoreOf) -> Callable[..., FactStore]:
    """The knowledge base's facts with a new store of these samples laid over them."""
    return lambda *calls: with_tables(knowledge.store, store_of(*calls))


def rows_of(path: Path, delimiter: str) -> list[list[str]]:
    """The rows of a delimited sample."""
    with path.open(encoding="cp1252", newline="") as text:
        return list(csv.reader(text, delimiter=delimiter))


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    """Rows as CSV."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def write_workbook(path: Path, rows: Sequence[Sequence[str | int]]) -> Path:
    """A workbook of one sheet: numbers where a cell is an int, texts elsewhere."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = []
        for at, cell in enumerate(row):
            name = f"{chr(65 + at)}{number}"
            if isinstance(cell, int):
                cells.append(f'<c r="{name}"><v>{cell}</v></c>')
            elif cell:
                cells.append(f'<c r="{name}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    spreadsheet = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType='
        f'"{spreadsheet}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType='
        f'"{spreadsheet}.worksheet+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type='
        f'"{relations}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{relations}"><sheets><sheet name="Edits" sheetId="1"'
        ' r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" Type='
        f'"{relations}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{"".join(lines)}</sheetData></worksheet>',
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return path


def write_zip(path: Path, members: Sequence[Path]) -> Path:
    """An archive of files."""
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.write(member, member.name)
    return path
