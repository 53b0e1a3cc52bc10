"""A revision of a git repository, laid out in a folder as its bytes are: no filter, no attribute, no checkout."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from claimlogic.errors import InputError
from claimlogic.knowledge.vocabulary import VOCABULARY

_FILE_MODES = ("100644", "100755")
_BESIDE = ("tests", "scenarios")


def lay_out(revision: str, knowledge: Path, into: Path) -> Path:
    """Write the knowledge base in ``knowledge``, and the tests and scenarios beside it, as of ``revision``.

    Returns its folder below ``into``. Raises InputError where git is lacking, ``knowledge`` lies in no repository, the
    revision is unknown, or it holds no knowledge base there.
    """
    top = _repository(revision, knowledge)
    commit = _commit(revision, top)
    place = PurePosixPath(knowledge.resolve().relative_to(top).as_posix())
    wanted = [place, *(place.parent / name for name in _BESIDE)]
    blobs = _blobs(commit, top, wanted)
    if place / VOCABULARY not in {path for path, _ in blobs}:
        raise InputError(f"this revision has no knowledge base at {place}", revision)
    _write(blobs, top, into)
    return into / place


def _repository(revision: str, knowledge: Path) -> Path:
    if not knowledge.is_dir():
        raise InputError("there is no such folder", str(knowledge))
    done = _git(knowledge, "rev-parse", "--show-toplevel")
    if done.returncode:
        raise InputError(
            f"there is no such folder, and no revision of that name either: {knowledge} is in no git repository",
            revision,
        )
    return Path(done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")).resolve()


def _commit(revision: str, top: Path) -> str:
    # ``--verify`` takes one name, and what begins with a dash is none: a revision is never read as an option.
    done = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if done.returncode:
        raise InputError("there is no such folder, and no such revision in the git repository", revision)
    return done.stdout.decode("ascii").strip()


def _blobs(commit: str, top: Path, places: Sequence[PurePosixPath]) -> list[tuple[PurePosixPath, str]]:
    listed = _git(top, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *map(str, places))
    if listed.returncode:
        raise InputError("git cannot list the files of this revision", commit[:12])
    found = []
    for entry in listed.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        about, _, name = entry.partition("\t")
        mode, _, blob = about.split(" ")
        path = PurePosixPath(name)
        # Links and submodules lead elsewhere, and a path that climbs is no path of a repository.
        if mode in _FILE_MODES and not path.is_absolute() and ".." not in path.parts:
            found.append((path, blob))
    return found


def _write(blobs: Sequence[tuple[PurePosixPath, str]], top: Path, into: Path) -> None:
    asked = "".join(f"{blob}\n" for _, blob in blobs).encode("ascii")
    told = _git(top, "cat-file", "--batch", given=asked).stdout
    at = 0
    for path, _ in blobs:
        end = told.index(b"\n", at)
        size = int(told[at:end].split(b" ")[2])
        file = into / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(told[end + 1 : end + 1 + size])
        at = end + 1 + size + 1


def _git(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(("git", "-C", str(folder), *arguments), input=given, capture_output=True, check=False)
    except FileNotFoundError:
        raise InputError("git is not installed, so no revision can be read; give a folder") from None
