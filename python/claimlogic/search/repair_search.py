"""The search for the smallest changes: one kind of fix, taken apart into parts that do not bear on one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from claimlogic.knowledge.rules import Rule
from claimlogic.search.program import Assumption, Deadline, Model, query_text
from claimlogic.search.repair_ground import PartedSearch
from claimlogic.search.repair_model import IF_RECORD_SUPPORTS, Kind
from claimlogic.terms import Atom, Term

_CHOICES = (("dropped", 2), ("recoded", 3), ("set_units", 3), ("removed", 3), ("added", 4), ("split", 4))
_SHOWN = (*_CHOICES, ("lost", 2), ("inside", 3), ("given_up", 3), ("asserted", 4))

_BY_RECORD = Atom("by_record", ())
_COUNT_TO = 1000


@dataclass(frozen=True, slots=True)
class Ways:
    """The smallest ways to mend one part: the models, how many more there are, and how sure that is.

    ``counted``: there are no more than that; ``proven``: none is smaller.
    """

    models: tuple[Model, ...]
    more: int
    counted: bool
    proven: bool


class ClaimSearch:
    """The grounded search for one claim."""

    def __init__(self, facts: Iterable[Atom], rules: Iterable[Rule], denied: frozenset[Term]) -> None:
        """``facts`` are those of the claim as submitted, of what is offered for it and of the slice for both."""
        self._search = PartedSearch(facts, rules, [query_text("repair")], _SHOWN, _CHOICES, [_BY_RECORD.predicate])
        self._denied = denied

    def by_part(self, kind: Kind, limit: int, deadline: Deadline) -> list[Ways]:
        """The smallest ways for each part that holds a denied line."""
        return [
            self._ways(kind, part, [other for other in self._parts if other is not part], limit, deadline)
            for part in self._parts
            if self._denied.intersection(_lines(part))
        ]

    def as_one(self, kind: Kind, limit: int, deadline: Deadline) -> list[Ways]:
        """The smallest ways for the claim as a whole."""
        return [self._ways(kind, frozenset().union(*self._parts), [], limit, deadline)]

    @cached_property
    def _parts(self) -> list[frozenset[Atom]]:
        return self._search.parts()

    def _ways(
        self, kind: Kind, part: frozenset[Atom], others: Iterable[frozenset[Atom]], limit: int, deadline: Deadline
    ) -> Ways:
        # While a part is mended the others are out of the way: with all lines dropped, nothing of theirs is denied.
        aside = {atom for other in others for atom in other if atom.predicate == "dropped"}
        assumptions: list[Assumption] = [(_BY_RECORD, kind == IF_RECORD_SUPPORTS)]
        assumptions += [(atom, True) for atom in sorted(aside, key=str)]
        found = self._search.smallest(max(limit, _COUNT_TO), deadline, assumptions)
        lines = {argument for argument in _lines(part)}
        models = [_only(model, lines) for model in found.models]
        if not models:
            dropped = frozenset(atom for atom in part if atom.predicate == "dropped")
            lost = frozenset(Atom("lost", atom.arguments) for atom in dropped)
            models = [Model(dropped | lost)]
        return Ways(tuple(models[:limit]), max(0, len(models) - limit), found.complete, found.proven)


def _lines(part: Iterable[Atom]) -> Iterator[Term]:
    return (atom.arguments[1] for atom in part)


def _only(model: Model, lines: set[Term]) -> Model:
    return Model(frozenset(atom for atom in model.atoms if atom.arguments[1] in lines), model.cost)
