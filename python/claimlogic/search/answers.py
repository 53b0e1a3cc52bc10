"""What the search for allowed codes answers. Plain values: safe to compare, to sort and to print."""

from __future__ import annotations

from dataclasses import dataclass

from claimlogic.claims.model import Claim
from claimlogic.results import ClaimResult, Dispute


@dataclass(frozen=True, slots=True)
class ProposedLine:
    """A line of a code set; ``procedures`` are the numbers of those of which it reports something."""

    code: str
    modifiers: tuple[str, ...]
    units: int
    procedures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that was done and that no line reports: of which procedure, what, and why."""

    procedure: int
    what: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CodeSet:
    """Codes that may be reported together for an encounter, judged as a claim.

    ``cost`` holds what sets are ranked by, in the order of ``CRITERIA``. ``outdone`` are its codes in whose place a
    narrower code fits; only sets that are not among the best have any. A set without lines (nothing that was done can
    be reported) has no result.
    """

    billing: str
    lines: tuple[ProposedLine, ...]
    left_out: tuple[LeftOut, ...]
    reasons: tuple[str, ...]
    cost: tuple[int, ...]
    claim: Claim
    result: ClaimResult | None
    outdone: tuple[str, ...] = ()


CRITERIA = ("parts left out", "lines that stay unknown", "kinds of advice", "lines", "modifiers")
"""What code sets are ranked by, once codes that a narrower one outdoes are gone."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Why the best sets of one biller are the best: the value of each criterion, and the codes that are out.

    ``out`` pairs a code with the narrower one that fits in its place.
    """

    billing: str
    best: tuple[tuple[str, int], ...]
    out: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the encounter does not tell and that decides between codes.

    ``procedure`` is 0 for what is told of the whole encounter; ``words`` are what may be told.
    """

    procedure: int
    feature: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that might be told: of a procedure (0: of the encounter), a feature, and the words that lead here."""

    procedure: int
    feature: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """The best sets, if these conditions hold."""

    conditions: tuple[Condition, ...]
    sets: tuple[CodeSet, ...]


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a line of a larger set rests on: its number (from 1), and pairs of a modifier and what the record must hold.

    Any one of the pairs will do.
    """

    line: int
    code: str
    ways: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Further:
    """A larger set that would be clean if the record held what the modifiers on its lines claim."""

    billing: str
    lines: tuple[ProposedLine, ...]
    rests_on: tuple[Claimed, ...]


@dataclass(frozen=True, slots=True)
class AllowedResult:
    """The code sets that may be reported for an encounter.

    ``sets`` are the best, all of them, unless ``complete`` is false; ``others`` every other clean set, where asked for.
    Where ``questions`` are open, ``sets`` is empty and ``alternatives`` answer for each way they may be answered.
    ``assumed`` is what was taken for granted; ``disputes`` are those that decide which codes fit what was done.
    ``proven`` is false where the time ran out.
    """

    encounter: str
    sets: tuple[CodeSet, ...]
    others: tuple[CodeSet, ...]
    ranking: tuple[Ranking, ...]
    further: tuple[Further, ...]
    questions: tuple[Question, ...]
    alternatives: tuple[Alternative, ...]
    assumed: tuple[Condition, ...]
    disputes: tuple[Dispute, ...]
    proven: bool
    complete: bool
    version: str
