"""Relational plans: what a rule asks of whole tables, before any dialect of SQL.

A plan knows relations by predicate and columns by place. It holds no NULL: every column of every relation has a value,
and the open end of days is the largest 32-bit number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from claimlogic.knowledge.rules import Rule
from claimlogic.terms import Term

NUMBER, WORD, TEXT = "number", "word", "text"
BASES = (NUMBER, WORD, TEXT)

OPEN_END_NUMBER = 2**31 - 1

# In an order of terms, numbers stand before words and words before texts; the open end stands last.
RANKS = {NUMBER: 0, WORD: 1, TEXT: 2}


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, word or text of the rule."""

    term: Term
    base: str


@dataclass(frozen=True, slots=True)
class ColumnOf:
    """The column of a scan at ``place``."""

    scan: int
    place: int
    base: str


@dataclass(frozen=True, slots=True)
class Held:
    """A variable of a rule with aggregates: a column of the rows for which the rest of its body holds."""

    variable: int
    base: str


@dataclass(frozen=True, slots=True)
class Calculated:
    """Arithmetic on numbers. A plan sees to it that operands are never the open end and divisors never 0."""

    operator: str
    left: Value
    right: Value
    base: str = NUMBER


Value: TypeAlias = Constant | ColumnOf | Held | Calculated


@dataclass(frozen=True, slots=True)
class Scan:
    """The rows of a predicate, under a number of their own in the rule; ``fresh`` asks for those of the last round."""

    number: int
    predicate: str
    width: int
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Compare:
    """A comparison of two values of one base."""

    left: Value
    operator: str
    right: Value


@dataclass(frozen=True, slots=True)
class Impossible:
    """What never holds, such as a number that equals a word."""


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no row for which the block holds. The block may read columns of the scans around it."""

    block: Block


@dataclass(frozen=True, slots=True)
class Present:
    """There is a row for which the block holds."""

    block: Block


Condition: TypeAlias = Compare | Impossible | Absent | Present


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of some scans together, for which every condition holds."""

    scans: tuple[Scan, ...]
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class TallyPart:
    """Element tuples of one form: each block gives some, and the same tuple counts once.

    ``bases`` are those of the tuple's terms; the terms of each block stand in that order.
    """

    bases: tuple[str, ...]
    blocks: tuple[tuple[Block, tuple[Value, ...]], ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """An aggregate: its function, the variables on which its elements depend, its elements and its guards."""

    function: str
    depends: tuple[int, ...]
    parts: tuple[TallyPart, ...]
    guards: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class TallyTable:
    """The values of an aggregate by the variables on which its elements depend, as a relation: those, then the value.

    For each form of element tuples (the bases of its terms) it has blocks, each with its keys and its terms.
    """

    function: str
    keys: int
    parts: tuple[tuple[tuple[str, ...], tuple[tuple[Block, tuple[Value, ...], tuple[Value, ...]], ...]], ...]


@dataclass(frozen=True, slots=True)
class Tabled:
    """An aggregate whose value is looked up in the relation ``predicate`` by ``keys``, and held against guards.

    ``direct`` are further amounts to be added: each is a condition on what is read already, and what it adds where the
    condition holds.
    """

    number: int
    predicate: str
    function: str
    keys: tuple[Value, ...]
    guards: tuple[tuple[str, Value], ...]
    direct: tuple[tuple[tuple[Condition, ...], Value], ...] = ()


@dataclass(frozen=True, slots=True)
class RulePlan:
    """One rule: the block of its body, what each variable is there, its aggregates, and the arguments of its head.

    ``tabled`` are those aggregates whose values another relation holds; ``witness`` is the number of the scan whose row
    is told as the reason.

    The scans of the block stand in the order of the positive literals. In a rule with aggregates, ``outputs`` and
    aggregates read variables as ``Held``.
    """

    rule: Rule
    block: Block
    variables: tuple[Value, ...]
    tallies: tuple[Tally, ...]
    outputs: tuple[Value, ...]
    tabled: tuple[Tabled, ...] = ()
    witness: int | None = None

    @property
    def head(self) -> str:
        """The predicate that it concludes."""
        return self.rule.head.predicate


@dataclass(frozen=True, slots=True)
class Stratum:
    """Predicates that are concluded together, by rules that read only what came before.

    In a recursive stratum ``rounds`` are repeated until they give nothing new: each is a rule with one scan of a
    predicate of the stratum that reads the rows of the round before. One with a ``tally`` has no rules: its predicate
    holds the values of an aggregate.
    """

    predicates: tuple[str, ...]
    rules: tuple[RulePlan, ...]
    rounds: tuple[RulePlan, ...] = ()
    inlined: bool = False
    tally: TallyTable | None = None


@dataclass(frozen=True, slots=True)
class Program:
    """The strata in order, the bases of every predicate's columns, and the predicates whose facts must be there.

    A predicate may be both given and concluded. Those in ``witnessed`` have a further column for the row behind each.
    """

    strata: tuple[Stratum, ...]
    columns: Mapping[str, tuple[str, ...]]
    given: frozenset[str]
    witnessed: frozenset[str] = frozenset()

    @property
    def concluded(self) -> frozenset[str]:
        """The predicates that rules conclude."""
        return frozenset(p for stratum in self.strata for p in stratum.predicates)

    def rules_of(self, predicate: str) -> tuple[RulePlan, ...]:
        """The rules that conclude a predicate."""
        return tuple(r for s in self.strata for r in (*s.rules, *s.rounds) if r.head == predicate)
