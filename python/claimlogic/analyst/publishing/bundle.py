"""A bundle: the files of a knowledge base with its scenarios and tests, under one hash of what is in them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from claimlogic.knowledge.index import content_hash, knowledge_files

_FORMAT = 1
_KNOWLEDGE, _SCENARIOS, _TESTS = "kb", "scenarios", "tests"


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle is made of: each file (below ``kb/``, ``scenarios/`` or ``tests/``) with the sha256 of its bytes.

    ``hash`` is the sha256 of that list, so the same files have the same hash whenever and wherever they are published.
    ``kb_version`` is what answers carry as ``kb.version``: the sha256 of rules and tables alone.
    """

    hash: str
    kb_version: str
    files: Mapping[str, str]

    @property
    def tables(self) -> Mapping[str, str]:
        """The table files and their hashes."""
        return {name: hash for name, hash in self.files.items() if name.startswith(f"{_KNOWLEDGE}/tables/")}

    @property
    def counts(self) -> Mapping[str, int]:
        """The number of rule files, table files, rule tests and scenarios."""
        names = list(self.files)
        return {
            "rule_files": sum(n.startswith(f"{_KNOWLEDGE}/") and n.endswith(".lp") for n in names),
            "tables": sum(n.endswith((".tsv", ".tsv.xz")) for n in self.tables),
            "scenarios": sum(n.startswith(f"{_SCENARIOS}/") and n.endswith("/expected.yaml") for n in names),
            "tests": sum(n.startswith(f"{_TESTS}/") for n in names),
        }


def read_bundle(directory: Path) -> tuple[Bundle, dict[str, Path]]:
    """The bundle of the knowledge base in ``directory`` as it is now, and where each of its files stands.

    Raises InputError where there is no knowledge base.
    """
    places = dict(_places(directory))
    files = {name: sha256(place.read_bytes()) for name, place in sorted(places.items())}
    return Bundle(bundle_hash(files), content_hash(directory), files), places


def bundle_hash(files: Mapping[str, str]) -> str:
    """The hash of a list of files: 64 hexadecimal digits."""
    listed = json.dumps({"format": _FORMAT, "files": dict(files)}, sort_keys=True, separators=(",", ":"))
    return sha256(listed.encode("utf-8"))


def sha256(content: bytes) -> str:
    """The sha256 of some bytes: 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _places(directory: Path) -> Iterator[tuple[str, Path]]:
    for path in knowledge_files(directory):
        yield f"{_KNOWLEDGE}/{path.relative_to(directory).as_posix()}", path
    for name, pattern in ((_SCENARIOS, "*"), (_TESTS, "*.lp")):
        folder = directory.resolve().parent / name
        for path in sorted(folder.rglob(pattern)):
            inside = path.relative_to(folder)
            if path.is_file() and not any(part.startswith((".", "__")) for part in inside.parts):
                yield f"{name}/{inside.as_posix()}", path
