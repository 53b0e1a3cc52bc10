"""A version of the knowledge base by its name: a folder, a published bundle's hash, or a git revision."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from claimlogic.analyst.impact.git import lay_out
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge, default_directory, load_knowledge
from claimlogic.knowledge.vocabulary import VOCABULARY

_HASH = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Version:
    """A knowledge base that was opened, and the name by which it was asked for."""

    name: str
    directory: Path
    knowledge: Knowledge


@contextmanager
def opened_version(name: str | None, working: Path | None = None, published: Path | None = None) -> Iterator[Version]:
    """The version called ``name``; None is the working knowledge base itself.

    A folder is one that holds a knowledge base, or that has one in ``kb``. Revisions are those of the repository in
    which ``working`` lies, bundles those in the folder ``published``. What had to be written out is gone afterwards.
    Raises InputError where the name names nothing, or what it names cannot be read.
    """
    beside = working or default_directory()
    if name is None:
        yield _loaded(str(working or "kb"), beside)
        return
    folder = Path(name)
    if folder.is_dir():
        inside = folder / "kb"
        whole = (folder / VOCABULARY).is_file() or not (inside / VOCABULARY).is_file()
        yield _loaded(name, folder if whole else inside)
        return
    with tempfile.TemporaryDirectory(prefix="claimlogic-") as temporary:
        bundled = _bundle(name, published, Path(temporary))
        yield _loaded(name, bundled or lay_out(name, beside, Path(temporary)))


def _bundle(name: str, published: Path | None, into: Path) -> Path | None:
    if published is None or not published.is_dir() or not _HASH.fullmatch(name):
        return None
    from claimlogic.analyst.publishing.read import find_bundle, restore

    bundle = find_bundle(published, name)
    if bundle is None:
        return None
    restore(published, bundle, into / "bundle")
    return into / "bundle" / "kb"


def _loaded(name: str, directory: Path) -> Version:
    try:
        return Version(name, directory, load_knowledge(directory))
    except InputError as fault:
        # Of two versions, which one it is.
        named = fault.place if fault.place.startswith(name) else f"{name}: {fault.place}"
        raise InputError(fault.problem, named) from None
