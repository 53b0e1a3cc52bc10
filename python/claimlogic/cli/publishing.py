"""``kb publish``, ``kb log`` and ``kb rollback``: versions of the rules that passed, each under a hash.

Exit status: 0 done, 1 refused because lint or a test found something, 2 bad input.
"""

from __future__ import annotations

import re
from pathlib import Path

from claimlogic.cli.common import FOUND, one_of
from claimlogic.knowledge.load import default_directory

_HASH = re.compile(r"[0-9a-f]{8,64}")


def publish_command(directory: Path | None, into: Path | None, message: str, claims: Path | None, format: str) -> int:
    """Publish a knowledge base and print its hash, or why it was refused. Raises InputError."""
    from claimlogic.analyst.publishing.place import publish_folder
    from claimlogic.analyst.publishing.publish import Refused, publish
    from claimlogic.reports.publish_text import published_json, published_text, refused_text

    one_of(format, ("text", "json"))
    found = publish(directory or default_directory(), publish_folder(into, directory), message, claims)
    if format == "json":
        print(published_json(found))
    elif isinstance(found, Refused):
        print(refused_text(found))
    else:
        print(published_text(found))
    return FOUND if isinstance(found, Refused) else 0


def log_command(directory: Path | None, folder: Path | None, format: str) -> int:
    """Print the log of what was published. Raises InputError where it is damaged."""
    from claimlogic.analyst.publishing.place import publish_folder
    from claimlogic.analyst.publishing.read import read_log
    from claimlogic.reports.publish_text import log_json, log_text

    one_of(format, ("text", "json"))
    log = read_log(publish_folder(folder, directory))
    told = log_json(log) if format == "json" else log_text(log)
    if told:
        print(told)
    return 0


def rollback_command(hash: str, directory: Path | None, folder: Path | None, to: Path | None, message: str) -> int:
    """Make a published bundle current again, and write its files where ``to`` names a folder. Raises InputError."""
    from claimlogic.analyst.publishing.place import publish_folder
    from claimlogic.analyst.publishing.publish import published_bundle, rollback
    from claimlogic.analyst.publishing.read import restore

    place = publish_folder(folder, directory)
    if to is not None:
        restore(place, published_bundle(place, hash), to)
    bundle, moved = rollback(place, hash, message)
    print(f"{bundle.hash} {'is current again' if moved else 'is current already'}")
    print(f"  knowledge base {bundle.kb_version}")
    if to is None:
        print("  no rule file was changed; --to DIR writes its files")
    else:
        print(f"  its files stand in {to}, the rules in {to / 'kb'}")
    return 0


def knowledge_folder(given: Path | None) -> Path | None:
    """The folder meant by ``--kb``: a folder, or the hash of a published bundle, whose files are then laid out.

    Raises InputError for a bundle that is damaged.
    """
    if given is None or given.exists() or not _HASH.fullmatch(str(given)):
        return given
    from claimlogic.analyst.publishing.place import laid_out

    return laid_out(str(given)) or given
