"""A draft's files, read as if each were a trap: regular files of rule text only, by plain names, within a size."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from claimlogic.errors import InputError
from claimlogic.knowledge.rule_text import decoded

MOST_BYTES = 256 * 1024
MOST_FILES = 64
_NAME = re.compile(r"(?:[a-z0-9_]{1,64}/){0,4}[a-z0-9_]{1,64}\.lp")
_TABLES = "tables/"
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read_draft_files(path: Path, name: str | None = None) -> dict[str, bytes]:
    """The bytes of a draft by file name, as they would lie below ``kb/``.

    ``path`` is a folder laid out like ``kb/``, or one file, for which ``name`` says where it belongs (by default
    ``payers/`` and its own name). Follows no link, opens nothing but regular files. Raises InputError.
    """
    try:
        kind = os.lstat(path).st_mode
        if stat.S_ISDIR(kind):
            return _read_folder(path)
        return {name or f"payers/{path.name}": _read_file(str(path), None, path.name, MOST_BYTES)}
    except (OSError, ValueError):
        raise InputError("this draft cannot be read; give a folder or a file of rule text", _shown(str(path))) from None


def draft_texts(files: Mapping[str, bytes]) -> dict[str, str]:
    """The texts of a draft by name, however it came: an editor's names are checked here, and only label a text.

    Raises InputError for a name, a size or an encoding that no draft has.
    """
    if not files:
        raise InputError("there is no .lp file here; a draft is rule text", "draft")
    if len(files) > MOST_FILES:
        raise InputError(f"more than {MOST_FILES} files; a draft is one change", "draft")
    if sum(map(len, files.values())) > MOST_BYTES:
        raise InputError(f"more than {MOST_BYTES // 1024} KB of rule text; a draft is one change", "draft")
    return {name: decoded(files[name], _checked_name(name)) for name in sorted(files)}


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InputError(
            "this is no name of a draft's file; name it like payers/my_plan.lp, in a-z, 0-9 and _", _shown(name)
        )
    if name.startswith(_TABLES):
        raise InputError("tables are imported, not drafted; see `claimlogic tables import`", name)
    return name


def _read_folder(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    room = MOST_BYTES
    for name, at in _entries(folder):
        if len(found) == MOST_FILES:
            raise InputError(f"more than {MOST_FILES} files; a draft is one change", _shown(str(folder)))
        found[name] = _read_file(os.path.basename(name), at, name, room)
        room -= len(found[name])
    return found


def _entries(folder: Path) -> Iterator[tuple[str, int]]:
    """Each file's name below ``folder``, and the open folder that it lies in, which none can put another for."""
    for root, folders, files, at in os.fwalk(folder, follow_symlinks=False):
        folders.sort()
        inside = Path(root).relative_to(folder)
        for name in sorted([*folders, *files]):
            whole = (inside / name).as_posix()
            mode = os.stat(name, dir_fd=at, follow_symlinks=False).st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                raise InputError("neither a regular file nor a folder; a draft holds rule text only", _shown(whole))
            if stat.S_ISREG(mode):
                yield _checked_name(whole), at


def _read_file(path: str, at: int | None, name: str, room: int) -> bytes:
    # Not blocking: what was a file when it was listed may be a pipe now.
    descriptor = os.open(path, _FLAGS, dir_fd=at)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InputError("not a regular file; a draft holds rule text", _shown(name))
        content = b""
        while len(content) <= room and (chunk := os.read(descriptor, room + 1 - len(content))):
            content += chunk
    finally:
        os.close(descriptor)
    if len(content) > room:
        raise InputError(f"more than {MOST_BYTES // 1024} KB of rule text; a draft is one change", _shown(name))
    return content


def _shown(name: str) -> str:
    """A name that someone else gave, safe to print."""
    kept = "".join(c if c.isprintable() else "?" for c in name[:120])
    return kept + ("..." if len(name) > 120 else "")
