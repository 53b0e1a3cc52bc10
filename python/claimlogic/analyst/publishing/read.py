"""Published bundles read back: the log, one bundle by its hash, and its files, each held against its own hash."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from claimlogic.analyst.publishing.bundle import Bundle, bundle_hash, sha256
from claimlogic.errors import InputError

_HASH = re.compile(r"[0-9a-f]{64}")
_ENTRY = re.compile(r"\d{6}\.json")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log. ``action`` is publish or rollback, ``date`` UTC (2026-01-31T12:00:00Z).

    ``before`` is what was current until then. ``impact`` is the sha256 of the impact report in ``objects``, blank where
    there is none, and ``changed`` its number of lines of each kind.
    """

    number: int
    action: str
    bundle: str
    kb_version: str
    date: str
    message: str
    before: str
    impact: str
    changed: Mapping[str, int]
    counts: Mapping[str, int]


def read_log(folder: Path) -> list[Entry]:
    """The entries of the log, oldest first; none where nothing was published. Raises InputError for a damaged one."""
    found = []
    names = sorted(p for p in (folder / "log").glob("*.json") if _ENTRY.fullmatch(p.name))
    for number, path in enumerate(names, start=1):
        try:
            entry = Entry(**_document(path))
        except TypeError:
            raise InputError("this entry of the log is damaged", str(path)) from None
        if not (_HASH.fullmatch(entry.bundle) and _HASH.fullmatch(entry.kb_version)):
            raise InputError("this entry of the log is damaged", str(path))
        if entry.number != number or path.name != f"{number:06}.json":
            raise InputError(f"an entry of the log is missing before this one: number {number}", str(path))
        found.append(entry)
    return found


def find_bundle(folder: Path, name: str) -> Bundle | None:
    """The published bundle whose hash, or whose knowledge base's version, begins with ``name``; None where none does.

    Raises InputError where several do, and for a bundle that is damaged.
    """
    log = read_log(folder)
    hashes = {e.bundle for e in log if e.bundle.startswith(name) or e.kb_version.startswith(name)}
    if len(hashes) > 1:
        # Scenarios and tests may change while the rules do not: then the newest is meant.
        newest = next(e for e in reversed(log) if e.bundle in hashes)
        if not all(e.kb_version == newest.kb_version for e in log if e.bundle in hashes):
            raise InputError(f"{len(hashes)} published bundles begin with this; give more digits", name)
        hashes = {newest.bundle}
    return bundle_of(folder, hashes.pop()) if hashes else None


def bundle_of(folder: Path, name: str) -> Bundle:
    """The bundle whose whole hash is ``name``. Raises InputError where it is missing or damaged."""
    path = folder / "bundles" / f"{name}.json"
    found = _document(path)
    files = found.get("files")
    if not isinstance(files, dict) or bundle_hash(files) != name or not all(map(_is_safe, files.items())):
        raise InputError("this bundle is damaged: what it lists does not have its hash", str(path))
    return Bundle(name, str(found.get("kb_version", "")), files)


def read_object(folder: Path, name: str) -> bytes:
    """The bytes whose sha256 is ``name``. Raises InputError where they are missing or have another hash."""
    path = object_path(folder, name)
    try:
        content = path.read_bytes()
    except OSError:
        raise InputError("a file of this bundle is missing; it cannot be used", str(path)) from None
    if sha256(content) != name:
        raise InputError("this file of a bundle is damaged: its bytes do not have its hash", str(path))
    return content


def object_path(folder: Path, name: str) -> Path:
    """Where bytes are kept, by their sha256."""
    return folder / "objects" / name[:2] / name


def restore(folder: Path, bundle: Bundle, into: Path) -> None:
    """Write the files of a bundle below ``into``, which is made: all of them, or none.

    Raises InputError where the bundle is damaged, and where ``into`` is there already and not empty.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise InputError("this folder is not empty; nothing is overwritten, so give another one", str(into))
    contents = {name: read_object(folder, hash) for name, hash in bundle.files.items()}
    try:
        into.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".restored-", dir=into.parent))
    except OSError as fault:
        raise InputError(f"this folder cannot be made ({fault.strerror})", str(into)) from None
    try:
        for name, content in contents.items():
            path = aside / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        aside.chmod(0o755)
        aside.replace(into)
    except OSError as fault:
        raise InputError(f"this folder cannot be written ({fault.strerror})", str(into)) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _is_safe(file: tuple[str, str]) -> bool:
    name, hash = file
    path = PurePosixPath(name)
    return bool(_HASH.fullmatch(hash)) and not path.is_absolute() and ".." not in path.parts and "\\" not in name


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError("this part of the published bundles is missing or damaged", str(path)) from None
    if not isinstance(found, dict):
        raise InputError("this part of the published bundles is damaged", str(path))
    return found
