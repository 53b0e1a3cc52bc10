"""Claims as facts, judged by two versions with the solver, line by line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from claimlogic.analyst.impact.model import LineChange, Outcome, Reason
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import Slicer
from claimlogic.knowledge.store import FactStore
from claimlogic.solving.answer import Firing
from claimlogic.solving.joins import Joiner
from claimlogic.terms import Atom, Term, plain

# Through these a version answers; the setting is asked besides, to group by.
GOALS = ("verdict", "finding", "reported", "waived")
_SHOWN = (("verdict", 3), ("finding", 4), ("reported", 4), ("waived", 4), ("setting", 2))

Lines = Mapping[tuple[Term, Term], Outcome]


@dataclass(frozen=True, slots=True)
class Subject:
    """Claims to judge together: their name in their corpus, their facts, and whether the tables apply."""

    corpus: str
    name: str
    facts: tuple[Atom, ...]
    with_tables: bool


@dataclass(frozen=True, slots=True)
class Derivation:
    """All that one version derives of some facts: the atoms, the firings, and the store behind them."""

    facts: tuple[Atom, ...]
    derived: frozenset[Atom]
    firings: tuple[Firing, ...]
    store: FactStore


class SideJudge:
    """Judges facts by one version."""

    def __init__(self, knowledge: Knowledge, tables: Path | None = None) -> None:
        """``tables`` is a store of CMS's tables in the place of the version's own, where a subject is judged by tables.

        Raises InputError where it cannot be read.
        """
        self.knowledge = knowledge
        self._whole = knowledge.store
        if tables is not None:
            from claimlogic.tables.source import with_tables

            self._whole = with_tables(knowledge.store, tables)
        # The first shelf holds the rule text's facts, the second the tables; a rule test brings its own rows.
        self._bare = FactStore(knowledge.store.shelves[:1], knowledge.vocabulary)
        self._slicer = Slicer(knowledge.rules, knowledge.vocabulary, [name for name, _ in _SHOWN])
        self._joiner = Joiner(knowledge.rules)
        self._settings: Slicer | None = None
        self._severities = {
            rule: str(severity) for rule, severity, _ in knowledge.store.match("rule", (None, None, None))
        }

    def outcomes(self, subject: Subject) -> tuple[Lines, Mapping[Term, str]]:
        """The outcome on every line by (claim, line), and the setting of each claim that has one."""
        cut = self._slicer.cut(subject.facts, self._store(subject))
        return self._outcomes(self._joiner.solve(cut.facts, cut.rules, (), _SHOWN).atoms)

    def derivation(self, subject: Subject) -> Derivation:
        """Everything that this version derives of the subject's facts."""
        store = self._store(subject)
        cut = self._slicer.cut(subject.facts, store, for_proofs=True)
        answer = self._joiner.derive(cut.facts, cut.rules)
        return Derivation(subject.facts, answer.atoms, answer.firings, store)

    def setting(self, subject: Subject) -> str:
        """The setting of a claim, and of nothing else of it."""
        if self._settings is None:
            self._settings = Slicer(self.knowledge.rules, self.knowledge.vocabulary, ["setting"])
        cut = self._settings.cut(subject.facts, self._store(subject))
        answer = self._joiner.solve(cut.facts, cut.rules, (), _SHOWN[-1:])
        return next(iter(_settings(answer.atoms).values()), "not told")

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules on which an answer can rest."""
        return self._slicer.rules

    def _store(self, subject: Subject) -> FactStore:
        return self._whole if subject.with_tables else self._bare

    def _outcomes(self, atoms: frozenset[Atom]) -> tuple[Lines, Mapping[Term, str]]:
        reported = {atom.arguments for atom in atoms if atom.predicate == "reported"}
        reasons: dict[tuple[Term, Term], set[Reason]] = defaultdict(set)
        for atom in atoms:
            if atom.predicate in ("finding", "reported"):
                rule, claim, line, other = atom.arguments
                severity = self._severities.get(rule, "")
                waived = atom.arguments not in reported
                reasons[claim, line].add(Reason(str(rule), severity, int(other), waived))
        verdicts: dict[tuple[Term, Term], list[str]] = defaultdict(list)
        for claim, line, verdict in sorted((a.arguments for a in atoms if a.predicate == "verdict"), key=str):
            verdicts[claim, line].append(str(verdict))
        # An edit may leave a line without a verdict, or with two.
        lines = {key: Outcome(" and ".join(told), frozenset(reasons[key])) for key, told in verdicts.items()}
        return lines, _settings(atoms)


def _settings(atoms: frozenset[Atom]) -> dict[Term, str]:
    found: dict[Term, str] = {}
    for atom in sorted(atoms, key=str):
        if atom.predicate == "setting":
            claim, setting = atom.arguments
            found[claim] = str(setting) if claim not in found else "several"
    return found


def line_changes(subject: Subject, base: SideJudge, draft: SideJudge) -> list[LineChange]:
    """The lines of a subject on which the two versions answer differently, in order."""
    before, _ = base.outcomes(subject)
    after, settings = draft.outcomes(subject)
    codes = {(a[0], a[1]): plain(a[2]) for p, a in subject.facts if p == "line"}
    found = []
    for key in sorted(codes, key=_order):
        old, new = before.get(key, _SILENT), after.get(key, _SILENT)
        if old != new:
            found.append(_change(subject, key, codes, settings, old, new))
    return found


_SILENT = Outcome("no verdict", frozenset())


def _change(
    subject: Subject,
    key: tuple[Term, Term],
    codes: Mapping[tuple[Term, Term], str],
    settings: Mapping[Term, str],
    before: Outcome,
    after: Outcome,
) -> LineChange:
    claim, line = key
    others = {reason.other for reason in before.reasons ^ after.reasons} - {line}
    pair = sorted({codes[claim, other] for other in others if (claim, other) in codes})
    own = subject.name if len({c for c, _ in codes}) == 1 else f"{subject.name}: {plain(claim)}"
    size = sum(1 for fact in subject.facts if fact.arguments[:1] == (claim,))
    setting = settings.get(claim, "not told")
    return LineChange(subject.corpus, own, claim, int(line), codes[key], tuple(pair), setting, before, after, size)


def _order(key: Sequence[Term]) -> tuple[str, int]:
    return str(key[0]), int(key[1])
