"""The words in which the comparison of two versions is told, in every format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from claimlogic.analyst.impact.changes import Changes, RuleChange, shown_conditions, shown_head
from claimlogic.analyst.impact.facts import FactChange
from claimlogic.analyst.impact.model import (
    NEWLY_DENIED,
    NEWLY_PACKAGED,
    NEWLY_PAYABLE,
    NOW_UNKNOWN,
    OTHER_ADVICE,
    OTHER_REASON,
    Corpus,
    Difference,
    Group,
    Reason,
)
from claimlogic.reports.words import listed
from claimlogic.terms import Atom, plain

KIND_WORDS = {
    NEWLY_DENIED: "newly denied",
    NEWLY_PAYABLE: "newly payable",
    NEWLY_PACKAGED: "newly packaged",
    NOW_UNKNOWN: "unknown now",
    OTHER_REASON: "same verdict for another reason",
    OTHER_ADVICE: "same verdict with other advice",
}
CAUSE_WORDS = {
    "rule_added": "a rule that was added",
    "rule_removed": "a rule that was removed",
    "rule_changed": "a rule that was changed",
    "fact_added": "a fact that was added",
    "fact_removed": "a fact that was removed",
    "fact_changed": "a fact that was changed",
}
CORPUS_WORDS = {"scenarios": "scenarios", "tests": "rule tests", "claims": "file given"}
NOTHING = "nothing changes: no line of any claim that was looked at has another verdict, reason or advice"


@dataclass(frozen=True, slots=True)
class TextChange:
    """A change of the text: what happened (added, removed, changed, worded), to what, where, and how."""

    kind: str
    name: str
    place: str
    words: tuple[str, ...]


def title(difference: Difference) -> str:
    """What is compared with what."""
    return f"From {difference.base} to {difference.draft}"


def rule_changes(changes: Changes) -> list[TextChange]:
    """The changes of rules."""
    return [TextChange(c.kind, c.name, c.rule.place, c.words or (_whole(c),)) for c in changes.rules]


def fact_changes(changes: Changes, whole: bool = True) -> list[TextChange]:
    """The changes of facts in rule text; unless ``whole``, without what is said of rules that came or went."""
    moved = {change.name for change in changes.rules if change.kind in ("added", "removed")}
    return [_fact(c) for c in changes.facts if not c.is_row and (whole or not c.about or c.about not in moved)]


def row_changes(changes: Changes) -> list[TextChange]:
    """The changes of table rows."""
    return [_fact(change) for change in changes.facts if change.is_row]


def no_meaning(changes: Changes) -> str:
    """The sentence where the text means the same in both versions; blank elsewhere."""
    if not changes.nothing:
        return ""
    if not changes.files:
        return "the two versions are the same, byte for byte"
    return f"only comments, layout or sources differ, in {listed(changes.files, 5)}"


def looked_at(corpora: Iterable[Corpus]) -> Iterator[str]:
    """How much of each corpus was looked at, how much of it the edit can reach, and what changes there."""
    for corpus in corpora:
        if corpus.claims:
            changed = ", ".join(f"{KIND_WORDS[kind]} {number:,}" for kind, number in corpus.counts.items() if number)
            yield (
                f"{_number(corpus.claims, 'claim')} of the {CORPUS_WORDS[corpus.name]}"
                f" ({_number(corpus.lines, 'line')}); the edit can reach {corpus.reached:,}"
                f"{f'; lines: {changed}' if changed else ''}"
                f"{f'; {corpus.unread:,} more could not be read' if corpus.unread else ''}"
            )


def group_words(group: Group) -> str:
    """A group in words: rules, codes, verdicts, setting."""
    beside = f" beside {listed(group.pair, 4)}" if group.pair else ""
    verdicts = f"{group.before} before" if group.before != group.after else group.after
    setting = group.setting.replace("_", " ")
    corpus = CORPUS_WORDS[group.corpus]
    return f"{listed(group.rules, 4)}: {group.code}{beside}; {verdicts}; setting {setting} [{corpus}]"


def reasons_words(reasons: Iterable[Reason], line: int) -> str:
    """Reasons of one version in words."""
    told = []
    for reason in sorted(reasons):
        beside = f" with line {reason.other}" if reason.other != line else ""
        waived = ", waived" if reason.waived else ""
        told.append(f"{reason.rule} ({reason.severity}{beside}{waived})")
    return listed(told)


def summary(difference: Difference) -> list[str]:
    """The number of lines of each kind, and how many are unknown no longer; the kinds without any left out."""
    lines = [f"{KIND_WORDS[kind]}: {_number(number, 'line')}" for kind, number in difference.counts.items() if number]
    if difference.resolved:
        lines.append(f"unknown no longer, among these: {_number(difference.resolved, 'line')}")
    return lines or [NOTHING]


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _whole(change: RuleChange) -> str:
    body = ", ".join(shown_conditions(change.rule))
    return f"`{shown_head(change.rule)} :- {body}`"


def _fact(change: FactChange) -> TextChange:
    return TextChange(change.kind, _shown(change.atoms[-1]), f"{change.file}:{change.line}", change.words)


def _shown(atom: Atom) -> str:
    return f"{atom.predicate}({', '.join(map(plain, atom.arguments))})"


def bounded(items: Sequence[str], limit: int) -> Iterator[str]:
    """The first items, and how many are left out."""
    yield from items[:limit]
    if len(items) > limit:
        yield f"and {len(items) - limit:,} more; --format json tells them all"
