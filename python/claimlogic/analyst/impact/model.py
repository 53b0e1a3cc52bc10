"""What the comparison of two versions finds. Plain values, safe to compare, to sort and to print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from claimlogic.analyst.impact.changes import Changes
from claimlogic.terms import Term

NEWLY_DENIED = "newly_denied"
NEWLY_PAYABLE = "newly_payable"
NEWLY_PACKAGED = "newly_packaged"
NOW_UNKNOWN = "now_unknown"
OTHER_REASON = "other_reason"
OTHER_ADVICE = "other_advice"
KINDS = (NEWLY_DENIED, NEWLY_PAYABLE, NEWLY_PACKAGED, NOW_UNKNOWN, OTHER_REASON, OTHER_ADVICE)

BY_VERDICT = {
    "denied": NEWLY_DENIED,
    "payable": NEWLY_PAYABLE,
    "packaged": NEWLY_PACKAGED,
    "unknown": NOW_UNKNOWN,
}


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """One rule that speaks against a line, the other line that it names (the line itself for none), and whether an
    overlay waives it.
    """

    rule: str
    severity: str
    other: int
    waived: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one version answers on a line."""

    verdict: str
    reasons: frozenset[Reason]


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line on which two versions answer differently.

    ``corpus`` is where the claim is from (scenarios, tests or claims), ``claim`` its name there. ``pair`` are the codes
    of the other lines that the differing reasons name, sorted. ``size`` counts the facts of the claim, and ``term`` is
    what the facts call it.
    """

    corpus: str
    claim: str
    term: Term
    line: int
    code: str
    pair: tuple[str, ...]
    setting: str
    before: Outcome
    after: Outcome
    size: int

    @property
    def kind(self) -> str:
        """What became of the line: one of KINDS."""
        return kind_of(self.before.verdict, self.after.verdict, self.differing)

    @property
    def differing(self) -> tuple[Reason, ...]:
        """The reasons that only one version has, sorted."""
        return tuple(sorted(self.before.reasons ^ self.after.reasons))

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules of the differing reasons that bear on the verdict, or of all where none does."""
        return deciding_rules(self.differing)


@dataclass(frozen=True, slots=True)
class Group:
    """Changed lines of one kind and corpus that have verdicts, rules, pair and setting in common."""

    corpus: str
    kind: str
    before: str
    after: str
    rules: tuple[str, ...]
    code: str
    pair: tuple[str, ...]
    setting: str
    lines: int


@dataclass(frozen=True, slots=True)
class Cause:
    """What in the text makes an answer differ: a rule or a fact of one version, and the way from it to the answer.

    ``kind`` is rule_added, rule_removed, rule_changed, fact_added, fact_removed, or unclear where the way was lost;
    ``place`` is file and line, ``words`` say what it is, ``path`` the sentences from the answer down to it.
    """

    kind: str
    place: str
    words: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A changed line, with the causes of the change."""

    change: LineChange
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """How much was looked at: claims and lines, how many of the claims the edit could reach at all, how many more could
    not be read, and the number of lines of each kind.
    """

    name: str
    claims: int
    lines: int
    reached: int
    unread: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """The whole answer: what the text changes and what that does.

    ``counts`` has a number of lines for each of KINDS; ``resolved`` counts lines that were unknown and are not now.
    """

    base: str
    draft: str
    base_version: str
    draft_version: str
    changes: Changes
    corpora: tuple[Corpus, ...]
    counts: Mapping[str, int]
    resolved: int
    groups: tuple[Group, ...]
    examples: tuple[Example, ...]

    @property
    def verdicts_changed(self) -> int:
        """The number of lines whose verdict differs."""
        return sum(number for kind, number in self.counts.items() if kind not in (OTHER_REASON, OTHER_ADVICE))


def kind_of(before: str, after: str, differing: tuple[Reason, ...]) -> str:
    """Of what kind a change is: by the new verdict, or, where that stays, by whether more than advice differs."""
    if before != after:
        return BY_VERDICT.get(after, NOW_UNKNOWN)
    return OTHER_REASON if any(reason.severity != "advise" for reason in differing) else OTHER_ADVICE


def deciding_rules(differing: tuple[Reason, ...]) -> tuple[str, ...]:
    """The rules of reasons that bear on a verdict, or of all of them where none does; sorted."""
    bearing = {reason.rule for reason in differing if reason.severity != "advise"}
    return tuple(sorted(bearing or {reason.rule for reason in differing}))
