"""What a store of CMS's tables holds: its manifest, which names every file of it.

A store is a directory. ``manifest.json`` is its only entry: a file that it does not name is no part of the store, so
renaming a new manifest over the old one is what puts an import into force. It holds nothing that changes from one run
to the next.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from claimlogic.errors import InputError

FORMAT = 1
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as the user gave it: its name (``archive.zip:member`` for a member), its sha256, the rows read of it."""

    name: str
    sha256: str
    rows: int
    part: str = ""


@dataclass(frozen=True, slots=True)
class StoredEdition:
    """An edition in the store: its id, first and last day (YYYYMMDD), rows, files, and where its Parquet file lies.

    ``dated`` is whether its rows tell their own first days; ``missing`` are the parts that were not given; ``left_out``
    counts notes that name no code. ``quarantine`` is the file of rows that could not be read, blank for none.
    """

    id: str
    first: int
    last: int
    rows: int
    dated: bool
    parquet: str
    files: tuple[SourceFile, ...]
    missing: tuple[str, ...] = ()
    quarantined: int = 0
    quarantine: str = ""
    left_out: int = 0

    @property
    def whole(self) -> bool:
        """Whether no part of it is missing."""
        return not self.missing


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table of the store: its editions by first day, and its index (blank for a table that no rule reads).

    ``published`` is the kind of table, ``judges`` whose claims it judges (blank: it has no such argument).
    """

    published: str
    judges: str
    index: str
    editions: tuple[StoredEdition, ...]

    @property
    def key(self) -> str:
        """The table's name: ``ptp/practitioner``, ``opps_status``."""
        return table_key(self.published, self.judges)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All tables of a store by key."""

    tables: Mapping[str, StoredTable] = field(default_factory=dict)

    def files(self) -> frozenset[str]:
        """The names of all files that belong to the store, relative to it."""
        named = {MANIFEST}
        for table in self.tables.values():
            named.add(table.index)
            for edition in table.editions:
                named.update((edition.parquet, edition.quarantine))
        return frozenset(named - {""})

    def text(self) -> str:
        """The manifest as JSON, keys sorted."""
        tables = {key: asdict(table) for key, table in self.tables.items()}
        return json.dumps({"format": FORMAT, "tables": tables}, indent=1, sort_keys=True) + "\n"


def table_key(published: str, judges: str) -> str:
    """The name of a table: its kind, and whose claims it judges where there are several."""
    return f"{published}/{judges}" if judges else published


def read_manifest(store: Path) -> Manifest:
    """The manifest of the store at ``store``. Raises InputError where there is no store, or one of another format."""
    path = store / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise InputError("this store was made by another version; import its files into a new one", str(store))
        return Manifest({key: _table(value) for key, value in found["tables"].items()})
    except OSError:
        raise InputError("here is no store of tables; make one with `claimlogic tables import`", str(store)) from None
    except (ValueError, KeyError, TypeError):
        raise InputError("this manifest is damaged; import the tables again", str(path)) from None


def _table(value: dict[str, Any]) -> StoredTable:
    return StoredTable(value["published"], value["judges"], value["index"], tuple(map(_edition, value["editions"])))


def _edition(value: dict[str, Any]) -> StoredEdition:
    files = tuple(SourceFile(**file) for file in value["files"])
    return StoredEdition(**{**value, "files": files, "missing": tuple(value["missing"])})
