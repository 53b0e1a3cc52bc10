"""What a proof is.

A proof names everything on which an answer rests, once: for each derived atom in its cone every step that concludes
it, for each absence the pattern that was looked for, all atoms that fit it (often none) and how near each rule came.
Leaves are facts of the claim or published facts. Renderings pick from this; nothing is left out here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from claimlogic.terms import Atom, Term


@dataclass(frozen=True, slots=True)
class Pattern:
    """A predicate with some arguments left open (None)."""

    predicate: str
    arguments: tuple[Term | None, ...]

    def fits(self, arguments: tuple[Term, ...]) -> bool:
        """Whether a tuple of arguments agrees with every argument that is not open."""
        return all(wanted is None or wanted == value for wanted, value in zip(self.arguments, arguments, strict=True))

    def __str__(self) -> str:
        return f"{self.predicate}({','.join('_' if a is None else str(a) for a in self.arguments)})"


@dataclass(frozen=True, slots=True)
class Holds:
    """A condition met by an atom: a fact, or an atom with steps of its own."""

    atom: Atom


@dataclass(frozen=True, slots=True)
class Lacks:
    """A condition met because nothing fits the pattern."""

    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Compares:
    """A comparison that holds, or fails, of these values."""

    left: Term
    operator: str
    right: Term


@dataclass(frozen=True, slots=True)
class Member:
    """One tuple of an aggregate and the atoms that put it there."""

    values: tuple[Term, ...]
    atoms: tuple[Atom, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """An aggregate: its value (None: empty #min or #max), its guards ("> 1") and all its members."""

    function: str
    value: Term | None
    guards: tuple[tuple[str, Term], ...]
    members: tuple[Member, ...]


Premise: TypeAlias = Holds | Lacks | Compares | Counts


@dataclass(frozen=True, slots=True)
class Step:
    """One firing of a rule: its number, the values of its variables, and its premises in the order of the body."""

    rule: int
    values: tuple[tuple[str, Term], ...]
    premises: tuple[Premise, ...]


@dataclass(frozen=True, slots=True)
class NearMiss:
    """How far a rule came: the premises that held, and the condition that failed.

    ``failed`` is the pattern that nothing fits, the atom that blocks a ``not``, a comparison or an aggregate.
    """

    rule: int
    values: tuple[tuple[str, Term], ...]
    held: tuple[Premise, ...]
    failed: Pattern | Holds | Compares | Counts


@dataclass(frozen=True, slots=True)
class Search:
    """What was looked for, everything that was found, and how near each rule came that found nothing."""

    pattern: Pattern
    found: tuple[Atom, ...]
    near_misses: tuple[NearMiss, ...]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a published fact stands: source and place in it, file and line of the knowledge base, annotation."""

    source: str
    where: str
    file: str
    line: int
    note: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof of ``roots``. ``facts`` are its leaves: no origin means that the claim says so."""

    claim: str
    roots: tuple[Atom, ...]
    steps: Mapping[Atom, tuple[Step, ...]]
    searches: Mapping[Pattern, Search]
    facts: Mapping[Atom, tuple[Origin, ...]]
    version: str
