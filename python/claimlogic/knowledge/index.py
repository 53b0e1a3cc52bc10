"""The index of a knowledge base: its rules, facts and tables in SQLite, made once for each version of its text.

Opening a claim needs the few facts that its codes touch and no parsing, so the text is compiled: ``text.index`` holds
rules and curated facts, ``tables.index`` the tables, which change less often. Each is named by the hash of what it was
made from, and is never edited. A wheel brings both; a checkout keeps them in the user's cache.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.disk import keep_newest, made_aside
from claimlogic.errors import InputError
from claimlogic.knowledge.rule_text import read_rule_text
from claimlogic.knowledge.vocabulary import VOCABULARY, Vocabulary, vocabulary_of
from claimlogic.shipped import PACKAGE

if TYPE_CHECKING:
    from claimlogic.knowledge.parse import ParsedFile
    from claimlogic.knowledge.shelf import ShelfWriter

SHIPPED = PACKAGE / "index"
_FORMAT = "4"
_KEPT = 6


@dataclass(frozen=True, slots=True)
class OpenIndex:
    """The two databases of a knowledge base (``tables`` is None where it was left out), its vocabulary and the hash of
    its text.
    """

    vocabulary: Vocabulary
    text: sqlite3.Connection
    tables: sqlite3.Connection | None
    version: str


def knowledge_files(directory: Path) -> list[Path]:
    """The files that make up a knowledge base, sorted: all rule text and tables below ``directory``."""
    if not (directory / VOCABULARY).is_file():
        raise InputError(
            f"no {VOCABULARY} here, so this is no knowledge base; give the folder that holds it", str(directory)
        )
    found = (p for pattern in ("*.lp", "*.tsv", "*.tsv.xz") for p in directory.rglob(pattern))
    return sorted(p for p in found if p.is_file())


def content_hash(directory: Path) -> str:
    """The sha256 of a knowledge base: of the names and bytes of its files, 64 hexadecimal digits."""
    return _hash(directory, knowledge_files(directory))


def open_index(directory: Path, with_tables: bool = True) -> OpenIndex:
    """The index of the knowledge base in ``directory``, compiled first where there is none for its text yet.

    Raises InputError, with file and line, for text that cannot be compiled.
    """
    files = knowledge_files(directory)
    vocabulary = vocabulary_of(directory)
    text = _opened("text", _text_version(directory, files), lambda c: fill_text(c, directory, vocabulary))
    tables = None
    if with_tables:
        version = _tables_version(directory, files, vocabulary)
        tables = _opened("tables", version, lambda c: fill_tables(c, directory, vocabulary))
    return OpenIndex(vocabulary, text, tables, _hash(directory, files))


def write_shipped(directory: Path, folder: Path) -> None:
    """Compile ``directory`` into ``text.index`` and ``tables.index`` in ``folder``, for a wheel."""
    files = knowledge_files(directory)
    vocabulary = vocabulary_of(directory)
    text, tables = _text_version(directory, files), _tables_version(directory, files, vocabulary)
    _write(folder / "text.index", text, lambda c: fill_text(c, directory, vocabulary))
    _write(folder / "tables.index", tables, lambda c: fill_tables(c, directory, vocabulary))


def _text_version(directory: Path, files: Sequence[Path]) -> str:
    return _hash(directory, [f for f in files if not _is_table(f, directory)])


def _tables_version(directory: Path, files: Sequence[Path], vocabulary: Vocabulary) -> str:
    """The tables and the shape of their rows; what else the vocabulary says does not change their index."""
    shapes = [
        (p.arguments, [vocabulary.kinds[kind].base for kind in p.kinds], p.slice_arguments)
        for p in vocabulary.predicates.values()
        if "tables" in p.givers
    ]
    return _hash(directory, [f for f in files if _is_table(f, directory)], repr(shapes))


def fill_text(connection: sqlite3.Connection, directory: Path, vocabulary: Vocabulary) -> None:
    """Compile the rule text of ``directory``: rules and curated facts."""
    from claimlogic.knowledge.checks import check_rules
    from claimlogic.knowledge.codec import encode_rule
    from claimlogic.knowledge.parse import parse_rules
    from claimlogic.knowledge.rules import Rule
    from claimlogic.knowledge.shelf import ShelfWriter

    connection.execute("CREATE TABLE rule(number INTEGER PRIMARY KEY, encoded TEXT)")
    writer = ShelfWriter(connection, vocabulary)
    rules: list[Rule] = []
    for path in knowledge_files(directory):
        if _is_table(path, directory):
            continue
        name = path.relative_to(directory).as_posix()
        parsed = parse_rules(read_rule_text(path, name), name, len(rules))
        rules.extend(parsed.rules)
        _write_facts(writer, parsed, vocabulary)
    check_rules(rules, vocabulary)
    connection.executemany("INSERT INTO rule VALUES (?, ?)", ((r.number, encode_rule(r)) for r in rules))
    writer.finish()


def fill_tables(connection: sqlite3.Connection, directory: Path, vocabulary: Vocabulary) -> None:
    """Compile the table files of ``directory``."""
    from claimlogic.knowledge.parse import parse_rules
    from claimlogic.knowledge.shelf import ShelfWriter
    from claimlogic.knowledge.tables import open_table

    writer = ShelfWriter(connection, vocabulary)
    for path in knowledge_files(directory):
        if not _is_table(path, directory):
            continue
        name = path.relative_to(directory).as_posix()
        if path.suffix == ".lp":
            _write_facts(writer, parse_rules(read_rule_text(path, name), name), vocabulary)
            continue
        table = open_table(path, vocabulary)
        rows = ((r.arguments, r.line, r.note) for r in table.rows(vocabulary))
        writer.write(table.predicate.name, rows, name, table.source, table.where)
    writer.finish()


def _write_facts(writer: ShelfWriter, parsed: ParsedFile, vocabulary: Vocabulary) -> None:
    from claimlogic.knowledge.checks import check_fact

    for fact in parsed.facts:
        check_fact(fact.atom, vocabulary, f"{parsed.file}:{fact.line}")
        row = (fact.atom.arguments, fact.line, "")
        writer.write(fact.atom.predicate, [row], parsed.file, fact.source, fact.where)


def _is_table(path: Path, directory: Path) -> bool:
    """Whether a file belongs to the tables: all below ``tables/``, editions in rule text included."""
    return path.is_relative_to(directory / "tables")


def _hash(directory: Path, files: Sequence[Path], besides: str = "") -> str:
    whole = hashlib.sha256(f"{_FORMAT}{besides}".encode())
    for path in files:
        whole.update(f"\0{path.relative_to(directory).as_posix()}\0".encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _opened(name: str, version: str, fill: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    cached = cache_folder() / f"{name}-{version[:32]}.index"
    for path in (SHIPPED / f"{name}.index", cached):
        if path.is_file() and (connection := _open_read_only(path, version)):
            return connection
    try:
        cached.parent.mkdir(parents=True, exist_ok=True)
        _write(cached, version, fill)
        keep_newest(cached.parent, f"{name}-*.index", _KEPT)
        if connection := _open_read_only(cached, version):
            return connection
    except (OSError, sqlite3.OperationalError):
        pass  # No cache can be kept here; an index in memory serves this run.
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    fill(connection)
    return connection


def _write(path: Path, version: str, fill: Callable[[sqlite3.Connection], None]) -> None:
    with made_aside(path) as half, closing(sqlite3.connect(half)) as connection:
        connection.executescript(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; CREATE TABLE made_from(version TEXT)"
        )
        fill(connection)
        connection.execute("INSERT INTO made_from VALUES (?)", (version,))
        connection.commit()
        connection.execute("ANALYZE")
        connection.commit()


def cache_folder() -> Path:
    """Where what was made from a knowledge base is kept for the next run."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "claimlogic"


def _open_read_only(path: Path, version: str) -> sqlite3.Connection | None:
    connection = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False)
    try:
        found = connection.execute("SELECT version FROM made_from").fetchone()
    except sqlite3.DatabaseError:
        found = None
    if found and found[0] == version:
        return connection
    connection.close()
    return None
