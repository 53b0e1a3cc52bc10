"""A knowledge base as loaded: vocabulary, rules, published facts, and the version of its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from claimlogic.knowledge.codec import decode_rule
from claimlogic.knowledge.index import open_index
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.shelf import Shelf
from claimlogic.knowledge.store import FactStore
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.shipped import shipped


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The rules and published facts of one knowledge base. ``version`` is the sha256 of its text."""

    directory: Path
    version: str
    vocabulary: Vocabulary
    rules: tuple[Rule, ...]
    store: FactStore

    def rules_by_head(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules that conclude each predicate."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            found.setdefault(rule.head.predicate, []).append(rule)
        return {name: tuple(rules) for name, rules in found.items()}


def default_directory() -> Path:
    """The knowledge base that comes with claimlogic."""
    return shipped("kb")


def load_knowledge(directory: Path | None = None) -> Knowledge:
    """The knowledge base in ``directory`` (by default the one that comes with claimlogic).

    Raises InputError, with file and line, for text that cannot be compiled.
    """
    return _from_index(directory or default_directory(), with_tables=True)


def load_rules_only(directory: Path) -> Knowledge:
    """The knowledge base without its tables: for rule tests, which bring the rows they need."""
    return _from_index(directory, with_tables=False)


def _from_index(directory: Path, with_tables: bool) -> Knowledge:
    index = open_index(directory, with_tables)
    vocabulary = index.vocabulary
    encoded = index.text.execute("SELECT encoded FROM rule ORDER BY number")
    rules = tuple(decode_rule(text) for (text,) in encoded)
    shelves = [Shelf(connection, vocabulary) for connection in (index.text, index.tables) if connection is not None]
    return Knowledge(directory, index.version, vocabulary, rules, FactStore(shelves, vocabulary))
