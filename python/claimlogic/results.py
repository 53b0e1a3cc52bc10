"""What claimlogic answers about a claim. Plain values: safe to compare, to sort and to print."""

from __future__ import annotations

from dataclasses import dataclass

from claimlogic.terms import Atom


@dataclass(frozen=True, slots=True)
class Citation:
    """A document on which a rule rests, and where in it."""

    id: str
    where: str
    authority: str
    title: str = ""
    edition: str = ""


@dataclass(frozen=True, slots=True)
class DenialCode:
    """How a payer reports it: group code, claim adjustment reason code, remark codes."""

    group: str
    carc: str
    rarc: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says against one line.

    ``with_lines`` are the other lines it speaks of. ``waived_by`` names the overlay that sets it aside, and then it
    bears on no verdict.
    """

    rule: str
    severity: str
    message: str
    with_lines: tuple[int, ...]
    denial: DenialCode | None
    citations: tuple[Citation, ...]
    waived_by: str = ""


@dataclass(frozen=True, slots=True)
class LineResult:
    """The verdict on one line (denied, unknown, packaged or payable) and all that was found."""

    line: int
    code: str
    verdict: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """A side of a dispute: who holds what."""

    source: str
    says: str


@dataclass(frozen=True, slots=True)
class Dispute:
    """A matter on which sources disagree and on which the answer rests: the side it follows, and the others."""

    id: str
    line: int
    follows: Side
    others: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class CarriedForward:
    """A table whose newest edition is older than the day of service (YYYYMMDD)."""

    published: str
    table: str
    edition: str
    date: int


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of a published table by which a claim was judged on a day (YYYYMMDD)."""

    published: str
    table: str
    edition: str
    date: int


@dataclass(frozen=True, slots=True)
class ClaimResult:
    """The answer on one claim.

    ``unknown`` says in words what could not be decided; ``added_facts`` are those laid over the knowledge base for
    this run. ``version`` is the sha256 of the knowledge base.
    """

    claim: str
    verdict: str
    lines: tuple[LineResult, ...]
    unknown: tuple[str, ...]
    carried_forward: tuple[CarriedForward, ...]
    disputes: tuple[Dispute, ...]
    editions: tuple[Edition, ...]
    uncoded_lines: tuple[int, ...]
    version: str
    added_facts: tuple[Atom, ...] = ()

    def line(self, number: int) -> LineResult:
        """The result of the line with this number. Raises KeyError where there is none."""
        for result in self.lines:
            if result.line == number:
                return result
        raise KeyError(number)
