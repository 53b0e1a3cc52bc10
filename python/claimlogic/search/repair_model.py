"""What ``fix`` answers. Plain values: safe to compare, to sort and to print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from claimlogic.claims.changed import Change
from claimlogic.terms import Atom

Kind: TypeAlias = Literal["honest", "if_record_supports"]

HONEST: Kind = "honest"
IF_RECORD_SUPPORTS: Kind = "if_record_supports"

EMPTY = "empty"
"""The verdict on a claim that has no line with a procedure code."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much to answer: fixes of each kind, and seconds for the search (None: as long as it takes)."""

    max_fixes: int = 20
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Remaining:
    """The lines that a fix leaves as they are judged: packaged, undecided, payable with advice."""

    packaged: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()
    advised: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Fix:
    """Changes after which no line of the claim is denied; applied and judged again before it is shown.

    ``lost`` are the dropped lines whose service no other line reports; ``units_given_up`` counts units likewise.
    """

    kind: Kind
    changes: tuple[Change, ...]
    lost: tuple[int, ...]
    units_given_up: int
    verdict_after: str
    remaining: Remaining

    @property
    def cost(self) -> int:
        """The number of changes."""
        return len(self.changes)

    @property
    def record_must_show(self) -> tuple[str, ...]:
        """What the record must show before the fix is made, each sentence with its line."""
        told = (f"line {c.line}: {c.record_must_show}" for c in self.changes if c.record_must_show)
        return tuple(dict.fromkeys(told))


@dataclass(frozen=True, slots=True)
class Group:
    """A part of the claim that is mended apart from the rest: its lines, and the ways to do it, of which any will do.

    ``more`` counts the ways that are not listed; ``counted`` is false where there may be more than that.
    """

    kind: Kind
    lines: tuple[int, ...]
    ways: tuple[tuple[Change, ...], ...]
    more: int
    counted: bool


@dataclass(frozen=True, slots=True)
class More:
    """How many fixes of a kind there are besides those listed; ``counted`` is false where there may be yet more."""

    kind: Kind
    fixes: int
    counted: bool


@dataclass(frozen=True, slots=True)
class Look:
    """A code that does not take the place of a line's own, and is worth a look."""

    line: int
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class FixResult:
    """The answer on one claim: its verdict as submitted, and every smallest fix.

    ``proven`` is false where the time ran out: then the fixes are the best found so far. ``refused`` counts those that
    the judge denied again, which only a fault of the search explains.
    """

    claim: str
    verdict: str
    denied: tuple[int, ...]
    fixes: tuple[Fix, ...]
    groups: tuple[Group, ...]
    more: tuple[More, ...]
    looks: tuple[Look, ...]
    proven: bool
    refused: int
    uncoded_lines: tuple[int, ...]
    version: str
    added_facts: tuple[Atom, ...] = ()

    def of(self, kind: Kind) -> tuple[Fix, ...]:
        """The fixes of a kind."""
        return tuple(fix for fix in self.fixes if fix.kind == kind)
