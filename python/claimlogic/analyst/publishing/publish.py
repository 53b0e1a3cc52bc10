"""``kb publish`` and ``kb rollback``: rules that passed lint and tests, kept under a hash of what is in them.

A knowledge base is published with its tables, scenarios and tests, and with the impact against the one that is current.
The current one is the last that the log names; rolling back names an earlier one again and changes no rule file.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.analyst.impact.diff import compare
from claimlogic.analyst.impact.versions import Version, opened_version
from claimlogic.analyst.publishing.bundle import Bundle, read_bundle, sha256
from claimlogic.analyst.publishing.place import add_file
from claimlogic.analyst.publishing.read import Entry, bundle_of, find_bundle, object_path, read_log, read_object
from claimlogic.analyst.testing import Failure, run_tests
from claimlogic.errors import InputError
from claimlogic.reports.diff_json import diff_json

if TYPE_CHECKING:
    from claimlogic.analyst.impact.model import Difference
    from claimlogic.analyst.linting.model import Finding

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Refused:
    """Why nothing was published: what lint found, and the tests that fail."""

    lint: tuple[Finding, ...]
    failures: tuple[Failure, ...]


@dataclass(frozen=True, slots=True)
class Published:
    """What was published: its entry in the log, and the impact against what was current before (None: nothing was).

    ``new`` is False where this very content was current already, and nothing was written.
    """

    entry: Entry
    impact: Difference | None
    new: bool


def publish(
    directory: Path, folder: Path, message: str = "", claims: Path | None = None, now: datetime.datetime | None = None
) -> Published | Refused:
    """Publish the knowledge base in ``directory``, unless lint finds something or a test fails.

    ``claims`` is a file of claims on which the impact is told besides. Raises InputError where something cannot be read
    or written, and where the files changed while they were tested.
    """
    from claimlogic.analyst.linting.registry import lint

    bundle, places = read_bundle(directory)
    if claims is not None:
        _check_claims(claims)
    log = read_log(folder)
    if log and log[-1].bundle == bundle.hash:
        bundle_of(folder, bundle.hash)
        return Published(log[-1], None, new=False)
    findings, failures = tuple(lint(directory)), run_tests(directory).failures
    if findings or failures:
        return Refused(findings, failures)
    impact = _impact(folder, log, directory, bundle, claims)
    report = (diff_json(impact) + "\n").encode("utf-8") if impact else b""
    contents = {hash: places[name].read_bytes() for name, hash in bundle.files.items()}
    if any(sha256(content) != hash for hash, content in contents.items()):
        raise InputError("the knowledge base changed while it was tested; publish it again", str(directory))
    for content in (*contents.values(), *((report,) if impact else ())):
        _add_object(folder, content)
    _add_bundle(folder, bundle)
    entry = _append(folder, "publish", bundle, message, now, sha256(report) if impact else "", impact)
    return Published(entry, impact, new=True)


def rollback(folder: Path, name: str, message: str = "", now: datetime.datetime | None = None) -> tuple[Bundle, bool]:
    """Make a published bundle current again, after every byte of it was held against its hash.

    Returns the bundle, and whether it was not current before. Raises InputError where there is none of that hash, and
    where it is damaged.
    """
    bundle = published_bundle(folder, name)
    for hash in bundle.files.values():
        read_object(folder, hash)
    if read_log(folder)[-1].bundle == bundle.hash:
        return bundle, False
    _append(folder, "rollback", bundle, message, now)
    return bundle, True


def published_bundle(folder: Path, name: str) -> Bundle:
    """The published bundle whose hash or kb version begins with ``name``. Raises InputError where there is none."""
    if len(name) < 8 or name.strip("0123456789abcdef"):
        raise InputError("a hash is told by its first 8 digits or more, 0 to 9 and a to f; see kb log", name)
    bundle = find_bundle(folder, name)
    if bundle is None:
        raise InputError(f"no bundle published in {folder} begins with this; see kb log", name)
    return bundle


def _check_claims(claims: Path) -> None:
    """Raises InputError for claims that cannot be read, though the first that is published is compared with nothing."""
    import duckdb

    from claimlogic.screening.reading.sources import find_sources

    with duckdb.connect() as connection:
        find_sources(str(claims), connection)


def _impact(
    folder: Path, log: Sequence[Entry], directory: Path, bundle: Bundle, claims: Path | None
) -> Difference | None:
    if not log:
        return None
    current = log[-1].bundle
    with opened_version(current, directory, folder) as base, opened_version(None, directory) as draft:
        named = Version(bundle.hash[:_SHOWN], draft.directory, draft.knowledge)
        return compare(Version(current[:_SHOWN], base.directory, base.knowledge), named, claims)


def _add_object(folder: Path, content: bytes) -> None:
    name = sha256(content)
    if not add_file(object_path(folder, name), content):
        read_object(folder, name)


def _add_bundle(folder: Path, bundle: Bundle) -> None:
    document = {"files": dict(bundle.files), "kb_version": bundle.kb_version, "tables": dict(bundle.tables)}
    text = json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    if not add_file(folder / "bundles" / f"{bundle.hash}.json", text.encode("utf-8")):
        bundle_of(folder, bundle.hash)


def _append(
    folder: Path,
    action: str,
    bundle: Bundle,
    message: str,
    now: datetime.datetime | None,
    report: str = "",
    impact: Difference | None = None,
) -> Entry:
    """Add an entry to the log; where another run was quicker, after its entry."""
    date = (now or datetime.datetime.now(datetime.UTC)).astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    while True:
        log = read_log(folder)
        entry = Entry(
            number=len(log) + 1,
            action=action,
            bundle=bundle.hash,
            kb_version=bundle.kb_version,
            date=date,
            message=message,
            before=log[-1].bundle if log else "",
            impact=report,
            changed={kind: number for kind, number in impact.counts.items() if number} if impact else {},
            counts=dict(bundle.counts),
        )
        text = json.dumps(asdict(entry), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        if add_file(folder / "log" / f"{entry.number:06}.json", text.encode("utf-8")):
            return entry
