"""Changed lines counted by kind and group, and the smallest of each group kept as examples."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace

from claimlogic.analyst.impact.judging import Subject
from claimlogic.analyst.impact.model import KINDS, Group, LineChange, kind_of

EXAMPLES = 10
_Order = tuple[int, str, str, int]


class Tally:
    """Counts what is added to it. Keeps a few lines of each group, however many there are."""

    def __init__(self) -> None:
        self.resolved = 0
        self._groups: Counter[Group] = Counter()
        self._kept: dict[Group, list[tuple[_Order, Subject, LineChange]]] = defaultdict(list)

    def add(self, subject: Subject, change: LineChange) -> None:
        """Count a changed line, and keep it where it is among the smallest of its group."""
        group = group_of(change)
        self.count(group, 1)
        self.keep(group, subject, change)

    def count(self, group: Group, lines: int) -> None:
        """Count changed lines of a group."""
        self._groups[replace(group, lines=0)] += lines
        if group.before == "unknown" != group.after:
            self.resolved += lines

    def keep(self, group: Group, subject: Subject, change: LineChange) -> None:
        """Offer a changed line as an example."""
        kept = self._kept[replace(group, lines=0)]
        kept.append(((change.size, change.corpus, change.claim, change.line), subject, change))
        kept.sort(key=lambda item: item[0])
        del kept[EXAMPLES:]

    def counts(self, corpus: str | None = None) -> Mapping[str, int]:
        """The number of lines of each kind, of one corpus or of all."""
        found = dict.fromkeys(KINDS, 0)
        for group, lines in self._groups.items():
            if corpus in (None, group.corpus):
                found[group.kind] += lines
        return found

    def groups(self) -> tuple[Group, ...]:
        """The groups, by kind and then the largest first."""
        counted = (replace(group, lines=lines) for group, lines in self._groups.items())
        return tuple(sorted(counted, key=lambda g: (KINDS.index(g.kind), -g.lines, _name(g))))

    def examples(self) -> list[tuple[Subject, LineChange]]:
        """At most ten changed lines, of each kind in turn; within a kind the smallest of each group come first."""
        queues: dict[str, list[tuple[int, _Order, Subject, LineChange]]] = defaultdict(list)
        for group, kept in self._kept.items():
            queues[group.kind] += [(rank, *item) for rank, item in enumerate(kept)]
        ranked = [
            (turn, KINDS.index(kind), subject, change)
            for kind, queue in queues.items()
            for turn, (_, _, subject, change) in enumerate(sorted(queue, key=lambda item: item[:2]))
        ]
        chosen = sorted(ranked, key=lambda item: item[:2])[:EXAMPLES]
        return [(subject, change) for *_, subject, change in sorted(chosen, key=lambda item: (item[1], item[0]))]


def group_of(change: LineChange) -> Group:
    """The group to which a changed line belongs."""
    return Group(
        corpus=change.corpus,
        kind=kind_of(change.before.verdict, change.after.verdict, change.differing),
        before=change.before.verdict,
        after=change.after.verdict,
        rules=change.rules,
        code=change.code,
        pair=change.pair,
        setting=change.setting,
        lines=1,
    )


def _name(group: Group) -> tuple[object, ...]:
    return (group.corpus, group.rules, group.code, group.pair, group.setting, group.before)
