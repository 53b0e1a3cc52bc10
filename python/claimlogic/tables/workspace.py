"""The folder beside a store in which an import is made ready, and the step that puts it into force.

Nothing is written into the store until everything is made. New files have new names; the manifest is renamed over the
old one last. An import that is killed leaves the folder behind, and the next import clears it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from claimlogic.disk import flush, take_lock
from claimlogic.errors import InputError
from claimlogic.tables.manifest import MANIFEST, Manifest, read_manifest


@contextmanager
def workspace(store: Path) -> Iterator[Path]:
    """A folder beside the store, empty but for its lock, and gone afterwards.

    Raises InputError where another import into the store is running or the place cannot be written.
    """
    folder = store.absolute().parent / f".{store.name}.importing"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = take_lock(folder / "lock")
    except BlockingIOError:
        raise InputError("another import into this store is running; wait for it", str(store)) from None
    except OSError as fault:
        raise InputError(f"the store cannot be written here ({fault.strerror})", str(store)) from None
    with lock:
        for left in folder.iterdir():
            if left.name != "lock":
                _remove(left)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def manifest_before(store: Path) -> Manifest:
    """The manifest of the store as it is, an empty one where there is no store yet.

    Raises InputError where something else stands at its place.
    """
    if (store / MANIFEST).is_file():
        return read_manifest(store)
    if store.exists() and (not store.is_dir() or any(store.iterdir())):
        raise InputError("this is no store of tables; give a folder of its own", str(store))
    return Manifest()


def put_into_force(store: Path, made: Path, manifest: Manifest) -> None:
    """Make the files below ``made`` and the manifest part of the store, then remove what it no longer names."""
    (made / MANIFEST).write_text(manifest.text(), encoding="utf-8")
    for path in sorted(made.rglob("*")):
        if path.is_file():
            flush(path)
    if not store.exists():
        os.rename(made, store)
        flush(store.absolute().parent)
        return
    for path in sorted(made.rglob("*")):
        target = store / path.relative_to(made)
        if path.is_dir():
            target.mkdir(exist_ok=True)
        elif path.name != MANIFEST:
            path.replace(target)
    for folder in {store, *(store / path.relative_to(made) for path in made.rglob("*") if path.is_dir())}:
        flush(folder)
    (made / MANIFEST).replace(store / MANIFEST)
    flush(store)
    _clear(store, manifest)


def _clear(store: Path, manifest: Manifest) -> None:
    named = manifest.files()
    for path in sorted(store.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(store).as_posix() not in named:
            path.unlink()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
