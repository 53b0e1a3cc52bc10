"""The leaves of a proof as nodes: facts with where they come from, comparisons, and days in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.knowledge.evaluate import holds
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Comparison, Literal, Rule, Variable
from claimlogic.proofs.model import Compares, Holds, NearMiss, Origin, Pattern, Premise, Proof
from claimlogic.reports.nodes import Node
from claimlogic.reports.wording import Wording
from claimlogic.reports.words import bounded_words, comparison, day, listed
from claimlogic.terms import Atom, Term, plain

CODED = frozenset({"code", "modifier", "icd"})


@dataclass(frozen=True, slots=True)
class Range:
    """A comparison of a day with an end of the range of days of a published fact: where both stand in the body."""

    fact: int
    comparison: int
    day: Term


class Leaves:
    """Makes the leaf nodes of one proof."""

    def __init__(self, proof: Proof, knowledge: Knowledge, wording: Wording, rows: int) -> None:
        self.proof = proof
        self.wording = wording
        self.rows = rows
        self._predicates = knowledge.vocabulary.predicates
        self._store = store = knowledge.store
        self._origins: dict[Atom, tuple[Origin, ...]] = {}
        self._sources = {
            str(source): (plain(title) or str(source), plain(edition))
            for source, _, title, edition in (
                store.match("source", (None,) * 4) if "source" in store.predicates else ()
            )
        }
        self._cites: dict[str, list[str]] = {}
        for rule, source, where in sorted(
            store.match("cites", (None,) * 3) if "cites" in store.predicates else (), key=str
        ):
            self._cites.setdefault(str(rule), []).append(self.cited(str(source), plain(where)))

    def is_claim_fact(self, atom: Atom) -> bool:
        """Whether the claim says so and nothing else does."""
        return self.proof.facts.get(atom) == () and atom not in self.proof.steps

    def is_published(self, atom: Atom) -> bool:
        """Whether it is a published fact that no rule concludes besides."""
        return bool(self.origins_of(atom)) and atom not in self.proof.steps

    def origins_of(self, atom: Atom) -> tuple[Origin, ...]:
        """Where a fact is published, whether the proof rests on it or only a rule that was tried; nothing elsewhere."""
        found = self.proof.facts.get(atom)
        if found is not None or atom.predicate not in self._store.predicates:
            return found or ()
        if atom not in self._origins:
            published = self._store.published(atom)
            self._origins[atom] = tuple(Origin(p.source, p.where, p.file, p.line, p.note) for p in published)
        return self._origins[atom]

    def is_of_codes(self, atom: Atom) -> bool:
        """Whether it is published, and of a procedure code, a modifier or a diagnosis."""
        declared = self._predicates.get(atom.predicate)
        named = declared is not None and not CODED.isdisjoint(declared.kinds)
        return named and bool(self.origins_of(atom))

    def is_about_rules(self, atom: Atom) -> bool:
        """Whether it is what a rule file says of its own rule: no reason for anything on a claim."""
        declared = self._predicates.get(atom.predicate)
        return declared is not None and declared.givers == {"rules"}

    def fact(self, atom: Atom, in_force: Term | None = None) -> Node:
        """A fact as a node, with the day on which it is in force."""
        sentence = self.wording.sentence(atom)
        origins = self.origins_of(atom)
        if not origins:
            declared = self._predicates.get(atom.predicate)
            says = "the claim says: " if declared is None or "claim" in declared.kinds else "given: "
            return Node("claim_fact", says + sentence)
        return Node("published_fact", sentence, (*self.in_force(atom, in_force), *self.origins(origins)))

    def fact_of_several(self, atoms: Sequence[Atom], position: int, stand_in: str) -> Node:
        """Published facts that differ in one argument as one node, with ``stand_in`` for that argument."""
        columns = zip(*(atom.arguments for atom in atoms), strict=True)
        common = tuple(values[0] if len(set(values)) == 1 else None for values in columns)
        sentence = self.wording.pattern(Pattern(atoms[0].predicate, common), {position: stand_in})
        spans = dict.fromkeys(self.wording.span(atom) for atom in atoms)
        dates = tuple(span for span in spans if span) if len(spans) == 1 else ()
        origins = [origin for atom in atoms for origin in self.origins_of(atom)]
        return Node("published_fact", sentence, (*dates, *self.origins(origins)))

    def in_force(self, atom: Atom, on: Term | None) -> tuple[str, ...]:
        """From when to when a fact holds, and that the day asked for lies between."""
        span = self.wording.span(atom)
        if on is not None:
            return (f"in force on {day(on)}{f': {span}' if span else ''}",)
        return (span,) if span else ()

    def origins(self, origins: Iterable[Origin]) -> tuple[str, ...]:
        """Where facts come from: source, place in it, file and lines; then their annotations."""
        lines: dict[tuple[str, str], list[str]] = {}
        notes: dict[str, None] = {}
        for origin in origins:
            written = lines.setdefault((self.cited(origin.source, origin.where), origin.file), [])
            if str(origin.line) not in written:
                written.append(str(origin.line))
            if origin.note:
                notes[origin.note] = None
        told = []
        for (source, file), numbers in lines.items():
            place = f"{file}:{listed(numbers, self.rows)}" if file else ""
            told.append(f"{source} [{place}]" if source and place else source or place)
        return (*told, *bounded_words(list(notes), self.rows))

    def cited(self, source: str, where: str) -> str:
        """A source with its title and edition, and the place in it."""
        title, edition = self._sources.get(source, (source, ""))
        if edition and not where.startswith(edition):
            title = f"{title} ({edition})"
        return ", ".join(filter(None, (title, where)))

    def citations(self, atom: Atom) -> tuple[str, ...]:
        """What the rule that an atom names as its first argument rests on."""
        if atom.predicate not in ("finding", "reported"):
            return ()
        return tuple(f"cites {where}" for where in self._cites.get(str(atom.arguments[0]), ()))

    def comparison(self, compared: Compares, item: Comparison, kinds: Mapping[str, str]) -> Node | None:
        """A comparison as a node; None where it only keeps two lines apart."""
        kind = _kind(item, kinds)
        true = holds(compared.left, compared.operator, compared.right)
        if compared.operator == "!=" and kind == "line":
            return None if true else Node("comparison", f"line {plain(compared.left)} is the same line")
        return Node("comparison", comparison(compared.left, compared.operator, compared.right, kind == "day", true))

    def is_same_line(self, rule: Rule, miss: NearMiss) -> bool:
        """Whether a near miss only took a line for another one."""
        item = rule.body[len(miss.held)]
        if not isinstance(item, Comparison) or item.operator != "!=":
            return False
        return _kind(item, self.wording.kinds.of_variables(rule)) == "line"

    def ranges(self, rule: Rule, premises: Sequence[Premise]) -> list[Range]:
        """The comparisons of a body that only ask whether a day lies in the range of a published fact.

        ``premises`` are those of the first items of the body. A range counts when both its ends are compared.
        """
        kinds = self.wording.kinds.of_variables(rule)
        found: list[Range] = []
        for at, (item, premise) in enumerate(zip(rule.body, premises, strict=False)):
            if not isinstance(item, Comparison) or not isinstance(premise, Compares):
                continue
            if item.operator != "<=" or _kind(item, kinds) != "day":
                continue
            first, last = self._dated(item.left, rule, premises), self._dated(item.right, rule, premises)
            if first is not None and last is None:
                found.append(Range(first, at, premise.right))
            elif last is not None and first is None:
                found.append(Range(last, at, premise.left))
        whole = {(r.fact, r.day) for r in found if sum((o.fact, o.day) == (r.fact, r.day) for o in found) > 1}
        return [r for r in found if (r.fact, r.day) in whole]

    def out_of_force(self, rule: Rule, miss: NearMiss) -> tuple[Atom, Term] | None:
        """The published fact that a near miss has not in force on a day, and that day."""
        if not isinstance(miss.failed, Compares):
            return None
        item = rule.body[len(miss.held)]
        if not isinstance(item, Comparison) or _kind(item, self.wording.kinds.of_variables(rule)) != "day":
            return None
        for side, other in ((item.left, miss.failed.right), (item.right, miss.failed.left)):
            at = self._dated(side, rule, miss.held)
            if at is not None and isinstance(held := miss.held[at], Holds):
                return held.atom, other
        return None

    def _dated(self, side: object, rule: Rule, premises: Sequence[Premise]) -> int | None:
        """The position of the published fact in which a variable is a day of its range."""
        if not isinstance(side, Variable):
            return None
        for at, (item, premise) in enumerate(zip(rule.body, premises, strict=False)):
            if isinstance(item, Literal) and isinstance(premise, Holds) and self.origins_of(premise.atom):
                declared = self._predicates.get(premise.atom.predicate)
                for name, argument in zip(declared.arguments if declared else (), item.atom.arguments, strict=False):
                    if name in ("From", "To") and argument == side:
                        return at
        return None


def _kind(item: Comparison, kinds: Mapping[str, str]) -> str:
    sides = (kinds.get(s.name, "") for s in (item.left, item.right) if isinstance(s, Variable))
    return next((kind for kind in sides if kind), "")
