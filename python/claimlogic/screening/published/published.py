"""The published facts of a knowledge base in one connection, loaded once for any number of judges."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from claimlogic.screening.compiling.bases import declared_bases
from claimlogic.screening.compiling.living import Said, followed_words
from claimlogic.screening.compiling.plan import NUMBER
from claimlogic.screening.compiling.unique import Range
from claimlogic.screening.published.dictionary import Dictionary
from claimlogic.screening.published.publishing import load_published
from claimlogic.screening.published.relations import Relations

if TYPE_CHECKING:
    import duckdb

    from claimlogic.knowledge_base import KnowledgeBase

_TRUST = "trust"


class Published:
    """The published relations of one knowledge base, with numbers in the place of texts (see ``Dictionary``)."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        knowledge_base: KnowledgeBase,
        *,
        trust: str | None = None,
        beside: Published | None = None,
        differing: Collection[str] | None = (),
    ) -> None:
        """Nothing is loaded yet. ``trust`` is the authority whose side is taken.

        ``beside`` holds those of another version in the same connection, judged with the same trust. The relations of
        both are the same but for ``differing`` (None: all of them), so they are loaded once.
        """
        self._connection = connection
        self._store = knowledge_base.store
        self._directory = knowledge_base.knowledge.directory
        self._vocabulary = knowledge_base.knowledge.vocabulary
        self._trust = trust
        self._beside = beside if differing is not None else None
        self._differing = frozenset(differing or ())
        self.bases = declared_bases(self._vocabulary, claim=NUMBER)
        self.dictionary: Dictionary = Dictionary(connection, self.bases, beside.dictionary if beside else None)
        self._words: dict[str, Said] = {}
        self._ranges: dict[str, Range | None] = {}

    def load(self, predicates: Collection[str], constants: Collection[str]) -> None:
        """Load these relations, and number these texts, as far as that is not done."""
        wanted = {*predicates, _TRUST} - set(self.dictionary.names)
        shared = wanted - self._differing if self._beside is not None else set()
        if self._beside is not None and shared:
            self._beside.load(shared, ())
            self.dictionary.share(self._beside.dictionary, shared)
        relations = Relations(self._connection, self._vocabulary, claim=NUMBER)
        load_published(relations, self._store, self._directory, wanted - shared - {_TRUST})
        if _TRUST in wanted - shared:
            name = relations.declare(_TRUST)
            if self._trust:
                self._connection.execute(f"INSERT INTO \"{name}\" SELECT ?, '', '', '', '', 0", [self._trust])
        self.dictionary.add(relations, set(constants) - set(self.dictionary.numbers))

    def said(self, predicates: Collection[str]) -> Said:
        """What these relations say at all."""
        found: Said = set()
        for predicate in predicates:
            if predicate not in self._words:
                self._words[predicate] = self._said(predicate)
            found |= self._words[predicate]
        return found

    def ranges(self, predicates: Collection[str]) -> dict[str, Range]:
        """Those of these relations of whose rows with one key no two hold on one day, with that key and those days."""
        for predicate in predicates:
            if predicate not in self._ranges:
                self._ranges[predicate] = self._range(predicate)
        return {predicate: found for predicate in predicates if (found := self._ranges[predicate])}

    def _said(self, predicate: str) -> Said:
        if not self.dictionary.sizes[predicate]:
            return set()
        words = self.dictionary.words_at
        places = followed_words(self._vocabulary).get(predicate, ())
        return {(predicate, -1, "")} | {(predicate, place, w) for place in places for w in words(predicate, place)}

    def _range(self, predicate: str) -> Range | None:
        declared = self._vocabulary.predicates[predicate]
        days = [i for i, kind in enumerate(declared.kinds) if kind == "day"]
        key = tuple(i for i in declared.key if declared.kinds[i] != "day")
        if len(days) != 2 or not key:
            return None
        return (key, days[0], days[1]) if self.dictionary.holds_one_a_day(predicate, key, *days) else None
