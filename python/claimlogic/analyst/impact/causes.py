"""Which clause decides: from an answer that two versions give differently down to the edited rule or fact.

What holds in one version only is followed through that version's proof to a premise that holds in this version only,
and so on; where a premise is an absence, on to what stands in its place in the other version. The way ends at a rule or
a published fact that the other version has not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from claimlogic.analyst.impact.changes import Changes, RuleChange, meaning, rule_name
from claimlogic.analyst.impact.facts import FactChange
from claimlogic.analyst.impact.judging import Derivation, SideJudge, Subject
from claimlogic.analyst.impact.model import Cause, LineChange
from claimlogic.knowledge.rules import Aggregate, Literal, Rule
from claimlogic.proofs.build import build_proof
from claimlogic.proofs.model import Counts, Holds, Lacks, Pattern, Premise, Step
from claimlogic.reports.wording import Wording
from claimlogic.terms import Atom, Term, plain

_MOST = 3
_ANSWERS = ("verdict", "reported", "waived", "finding")
_Key = tuple[str, str, str]


class Tracer:
    """Traces differing answers to their causes in the text."""

    def __init__(self, base: SideJudge, draft: SideJudge, changes: Changes) -> None:
        self._judges = (base, draft)
        self._wordings = (Wording(base.knowledge), Wording(draft.knowledge))
        self._meanings = tuple(frozenset(meaning(rule) for rule in judge.rules) for judge in self._judges)
        self._rules = {id(rule): change for change in changes.rules for rule in (change.before, change.after)}
        self._facts = {atom: change for change in changes.facts for atom in change.atoms}

    def causes(self, subject: Subject, change: LineChange) -> tuple[Cause, ...]:
        """The causes of a change on a line of a subject, the nearest to the answer first, at most three."""
        sides = tuple(
            _Side(judge, judge.derivation(subject), wording)
            for judge, wording in zip(self._judges, self._wordings, strict=True)
        )
        found: dict[_Key, Cause] = {}
        trail = _Trail(self, sides)
        for at, atom in _roots(sides, change.term, change.line):
            for cause in trail.explained(at, atom, ()):
                key = _key(cause)
                if key not in found or len(cause.path) < len(found[key].path):
                    found[key] = cause
        # What a rule file says of its own rule comes and goes with the rule.
        apart = [cause for key, cause in found.items() if not trail.about_rules & {key}] or list(found.values())
        return tuple(sorted(apart, key=lambda c: (len(c.path), c.kind, c.place, c.words))[:_MOST])

    def of_rule(self, at: int, rule: Rule, path: tuple[str, ...]) -> Cause | None:
        """The cause that a rule of one version is, where the other has none that means the same."""
        if meaning(rule) in self._meanings[1 - at]:
            return None
        change = self._rules.get(id(rule)) or RuleChange(
            "added" if at else "removed", rule_name(rule), None if at else rule, rule if at else None, ()
        )
        kind = change.kind if change.kind == "changed" else ("added" if at else "removed")
        words = "; ".join(change.words) or f"a rule that concludes `{rule.head.predicate}`"
        return Cause(f"rule_{kind}", rule.place, f"{change.name}: {words}", path)

    def of_fact(self, at: int, atom: Atom, sentence: str, place: str, path: tuple[str, ...]) -> Cause:
        """The cause that a published fact of one version is."""
        change: FactChange | None = self._facts.get(atom)
        told = "; ".join(change.words) if change is not None and change.words else ""
        kind = "changed" if told else ("added" if at else "removed")
        shown = f"{atom.predicate}({', '.join(map(plain, atom.arguments))})"
        return Cause(f"fact_{kind}", place, f"{shown}: {told or sentence}", path)


class _Side:
    """What one version derives, with the proof of what is asked for."""

    def __init__(self, judge: SideJudge, derivation: Derivation, wording: Wording) -> None:
        self.wording = wording
        self.rules = {rule.number: rule for rule in judge.rules}
        self.derivation = derivation
        self._version = judge.knowledge.version
        self._predicates = judge.knowledge.vocabulary.predicates
        self._held = frozenset((*derivation.facts, *derivation.derived))
        self._by_predicate: dict[str, list[Atom]] = {}
        for atom in sorted(self._held, key=str):
            self._by_predicate.setdefault(atom.predicate, []).append(atom)
        self._steps: dict[Atom, tuple[Step, ...]] = {}

    def holds(self, atom: Atom) -> bool:
        return atom in self._held or bool(self.published(atom))

    def published(self, atom: Atom) -> str:
        """File and line of a published fact, or nothing."""
        store = self.derivation.store
        if atom.predicate not in store.predicates:
            return ""
        places = sorted((fact.file, fact.line) for fact in store.published(atom))
        return f"{places[0][0]}:{places[0][1]}" if places else ""

    def is_about_rules(self, atom: Atom) -> bool:
        """Whether it is what a rule file says of its own rule."""
        return self._predicates[atom.predicate].givers == {"rules"}

    def of_predicate(self, predicate: str) -> Sequence[Atom]:
        return self._by_predicate.get(predicate, ())

    def fitting(self, pattern: Pattern) -> list[Atom]:
        own = [atom for atom in self.of_predicate(pattern.predicate) if pattern.fits(atom.arguments)]
        store = self.derivation.store
        if pattern.predicate in store.predicates:
            known = set(own)
            stored = (Atom(pattern.predicate, t) for t in store.match(pattern.predicate, pattern.arguments))
            own += sorted((atom for atom in stored if atom not in known), key=str)
        return own

    def steps(self, atom: Atom) -> tuple[Step, ...]:
        if atom not in self._steps:
            d = self.derivation
            rules = tuple(self.rules.values())
            proof = build_proof("", [atom], d.facts, d.derived, d.firings, rules, d.store, self._version)
            self._steps.update(proof.steps)
            self._steps.setdefault(atom, ())
        return self._steps[atom]

    def sentence(self, atom: Atom) -> str:
        labels = (self.wording.label(self.rules[step.rule], step) for step in self.steps(atom))
        return "; ".join(dict.fromkeys(label for label in labels if label)) or self.wording.sentence(atom)


@dataclass(slots=True)
class _Trail:
    """One walk: each atom of a side is followed once."""

    tracer: Tracer
    sides: tuple[_Side, ...]
    seen: set[tuple[int, Atom]] = field(default_factory=set)
    about_rules: set[_Key] = field(default_factory=set)

    def explained(self, at: int, atom: Atom, path: tuple[str, ...]) -> Iterator[Cause]:
        """The causes for which ``atom`` holds on side ``at`` and not on the other."""
        if (at, atom) in self.seen:
            return
        self.seen.add((at, atom))
        side = self.sides[at]
        sentence = side.sentence(atom)
        place = side.published(atom)
        if place and atom not in side.derivation.facts:
            cause = self.tracer.of_fact(at, atom, sentence, place, path)
            if side.is_about_rules(atom):
                self.about_rules.add(_key(cause))
            yield cause
            return
        below = (*path, f"{'now' if at else 'no longer'}: {sentence}")
        for step in side.steps(atom)[:_MOST]:
            rule = side.rules[step.rule]
            edited = self.tracer.of_rule(at, rule, below)
            if edited is not None:
                yield edited
                continue
            for premise in step.premises:
                for where, other in self._differing(at, rule, premise):
                    yield from self.explained(where, other, below)

    def _differing(self, at: int, rule: Rule, premise: Premise) -> Iterator[tuple[int, Atom]]:
        """The atoms by which a premise of side ``at`` fails on the other side, each with the side on which it holds."""
        mine, other = self.sides[at], self.sides[1 - at]
        match premise:
            case Holds(atom):
                if not other.holds(atom):
                    yield at, atom
            case Lacks(pattern):
                yield from ((1 - at, atom) for atom in other.fitting(pattern)[:_MOST])
            case Counts():
                for predicate in sorted(_counted(rule)):
                    yield from ((at, atom) for atom in mine.of_predicate(predicate) if not other.holds(atom))
                    yield from ((1 - at, atom) for atom in other.of_predicate(predicate) if not mine.holds(atom))


def _key(cause: Cause) -> _Key:
    return cause.kind, cause.place, cause.words


def _roots(sides: Sequence[_Side], claim: Term, line: int) -> list[tuple[int, Atom]]:
    """The answers on a line that one side gives and the other does not: the draft's first, verdicts before reasons."""
    found = []
    for predicate in _ANSWERS:
        for at in (1, 0):
            for atom in sides[at].of_predicate(predicate):
                spoken = atom.arguments[:2] if predicate == "verdict" else atom.arguments[1:3]
                if spoken == (claim, line) and not sides[1 - at].holds(atom):
                    found.append((at, atom))
    return found


def _counted(rule: Rule) -> set[str]:
    return {
        condition.atom.predicate
        for item in rule.body
        if isinstance(item, Aggregate)
        for element in item.elements
        for condition in element.conditions
        if isinstance(condition, Literal)
    }
