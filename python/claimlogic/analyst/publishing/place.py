"""Where published bundles lie: ``.claimlogic/published`` in the folder that holds the knowledge base.

    objects/ab/abcd...   the bytes of a file, named by their sha256; a file that did not change is kept once
    bundles/HASH.json    what a bundle is made of: its files and their sha256
    log/000001.json      what was done, in order; the last entry names the bundle that is current

Nothing in it is ever written twice: each file is made aside and linked into place, an entry of the log last of all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from claimlogic.disk import flush
from claimlogic.errors import InputError
from claimlogic.knowledge.load import default_directory
from claimlogic.shipped import PACKAGE

_DEFAULT = Path(".claimlogic") / "published"


def publish_folder(given: Path | None, directory: Path | None) -> Path:
    """The folder of published bundles: the one given, else that of a knowledge base.

    The knowledge base that is part of an installed package has the folder in which the command runs. Raises InputError
    where there is a file, or no such knowledge base.
    """
    if given is not None:
        if given.is_file():
            raise InputError("this is a file; what is published lies in a folder", str(given))
        return given
    knowledge = directory or default_directory()
    if not knowledge.is_dir():
        raise InputError("there is no such knowledge base; give its folder", str(knowledge))
    if knowledge.resolve().is_relative_to(PACKAGE):
        return Path.cwd() / _DEFAULT
    return knowledge.resolve().parent / _DEFAULT


def add_file(path: Path, content: bytes) -> bool:
    """Write a file whole or not at all; False, and nothing done, where there is one already. Raises InputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            Path(name).chmod(0o644)
            flush(Path(name))
            os.link(name, path)
            flush(path.parent)
        except FileExistsError:
            return False
        finally:
            Path(name).unlink(missing_ok=True)
    except OSError as fault:
        raise InputError(f"this cannot be written ({fault.strerror})", str(path)) from None
    return True


def laid_out(name: str) -> Path | None:
    """The knowledge base of a published bundle in a folder of its own; None where no bundle has this hash.

    Looked for in the folder that CLAIMLOGIC_PUBLISHED names, else in that of the working knowledge base. The files go
    into the user's cache once, and are used there while they are what was published. Raises InputError for a bundle
    that is damaged.
    """
    from claimlogic.analyst.publishing.read import find_bundle, restore
    from claimlogic.knowledge.index import cache_folder, content_hash

    told = os.environ.get("CLAIMLOGIC_PUBLISHED")
    folder = publish_folder(Path(told) if told else None, None)
    bundle = find_bundle(folder, name)
    if bundle is None:
        return None
    place = cache_folder() / "bundles" / bundle.hash
    if place.is_dir() and content_hash(place / "kb") != bundle.kb_version:
        shutil.rmtree(place)
    if not place.is_dir():
        restore(folder, bundle, place)
    return place / "kb"
