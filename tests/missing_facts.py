"""A store of facts that has lost one, to see what rested on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from claimlogic.knowledge.store import FactStore
from claimlogic.terms import Atom, Term


class Without(FactStore):
    """The facts of a store but one."""

    def __init__(self, store: FactStore, missing: Atom) -> None:
        super().__init__(store.shelves, store.vocabulary)
        self._missing = missing

    def slices(self, predicates: Iterable[str], touched: Mapping[str, Collection[str]]) -> dict[str, list[Atom]]:
        found = super().slices(predicates, touched)
        return {predicate: [atom for atom in atoms if atom != self._missing] for predicate, atoms in found.items()}

    def match(self, predicate: str, arguments: Sequence[Term | None]) -> list[tuple[Term, ...]]:
        return [held for held in super().match(predicate, arguments) if Atom(predicate, held) != self._missing]
