"""What relations are called in the database, and how what they hold is written there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from claimlogic.screening.compiling.plan import Program
from claimlogic.screening.compiling.sql_terms import table_of
from claimlogic.screening.compiling.unique import Keys


@dataclass(frozen=True, slots=True)
class Names:
    """What relations are called in the database: those of ``given`` facts, and those that rules have ``concluded``.

    ``notes`` are columns that a registered relation has besides its arguments, such as the source of a row. With
    ``numbers``, every text and word is held by its number; with ``keys``, what cannot repeat is not made distinct.
    ``small`` are predicates of few rows; ``days`` tells by predicate which columns are the days of lines.
    """

    given: Mapping[str, str]
    concluded: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, Sequence[str]] = field(default_factory=dict)
    numbers: Mapping[str, int] | None = None
    keys: Keys | None = None
    small: frozenset[str] = frozenset()
    days: Mapping[str, Collection[int]] = field(default_factory=dict)

    def table(self, predicate: str, suffix: str = "") -> exp.Table:
        """The relation of a predicate: what is concluded of it, with what is given, or else what is given."""
        return table_of(self.name(predicate) + suffix)

    def name(self, predicate: str) -> str:
        """The name of that relation."""
        return self.concluded.get(predicate) or self.given[predicate]


def names_for(program: Program, given: Mapping[str, str], notes: Mapping[str, Sequence[str]] | None = None) -> Names:
    """The names for a program, whose given relations are registered as ``given``."""
    return Names(given, concluded_names(program.concluded), notes or {})


def concluded_names(predicates: Iterable[str], prefix: str = "") -> dict[str, str]:
    """The names of the relations of what rules conclude."""
    return {predicate: f"{prefix}concluded_{predicate}" for predicate in predicates}
