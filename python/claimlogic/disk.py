"""Files that survive a crash, and folders that one process holds at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


def take_lock(path: Path) -> BinaryIO:
    """A file that is made where it is missing, held by this process until it is closed or the process ends.

    Raises BlockingIOError where another holds it, OSError where it cannot be made or locked.
    """
    lock = path.open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Its last holder may have removed it between the two lines above; then the next one would make another.
        if not os.fstat(lock.fileno()).st_nlink:
            raise BlockingIOError(f"{path} was removed just now")
    except BaseException:
        lock.close()
        raise
    return lock


def flush(path: Path) -> None:
    """Have what is written to a file, or the names in a folder, on the disk. Raises OSError."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def made_aside(path: Path) -> Iterator[Path]:
    """A path beside ``path`` to write to, moved into its place at the end: a killed run leaves no half-made file there.

    Raises OSError where it cannot be moved.
    """
    half = path.with_name(f"{path.name}.{os.getpid()}")
    half.unlink(missing_ok=True)
    try:
        yield half
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)


def keep_newest(folder: Path, pattern: str, count: int) -> None:
    """Remove all files of a pattern but the ones written or touched last. Raises OSError."""
    made = sorted(folder.glob(pattern), key=lambda path: path.stat().st_mtime)
    for path in made[:-count]:
        path.unlink(missing_ok=True)


def put(made: Path, path: Path) -> None:
    """Put a file that is ready in its place in one step: a crash leaves the old one or the new one. Raises OSError."""
    flush(made)
    os.replace(made, path)
