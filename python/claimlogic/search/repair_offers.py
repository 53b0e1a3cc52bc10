"""The claim as submitted: what is denied, by which rules, and what ``kb/repairs.lp`` offers for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.knowledge.rules import Literal, Rule
from claimlogic.knowledge.slicing import Slice, Slicer, rules_toward
from claimlogic.knowledge.store import FactStore
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.search.repair_search import ClaimSearch
from claimlogic.solving.joins import Joiner
from claimlogic.terms import Atom, Term

# What queries/repair.lp reads: of the claim as submitted, of what the rules conclude, and of what the facts state.
_OFFERS = (
    ("better_shown", 3),
    ("both_sides_in_one", 3),
    ("code_offered", 4),
    ("gives_place", 4),
    ("imaging_told", 3),
    ("modifier_at_fault", 3),
    ("modifier_offered", 4),
    ("split_offered", 4),
    ("tells_imaging", 4),
    ("units_offered", 3),
)
_CONCLUDED = ("guidance_served", "includes_guidance_on", "limit_on", "stands")
_STATED = (("change_reason", 3), ("modality_equivalent", 4))

_SHOWN = (*_OFFERS, ("reported", 4), ("stands", 2), ("worth_a_look", 4))
_CHOSEN = ("line", "units", "modifier")
_NOT_SEARCHED = "modifier_position"


@dataclass(frozen=True, slots=True)
class Submitted:
    """What was found of a claim as submitted.

    ``denials`` are the denying rules with the line that each speaks against and the other line; ``looks`` the lines
    with a code that is worth a look, and its words.
    """

    facts: tuple[Atom, ...]
    offers: tuple[Atom, ...]
    denied: frozenset[Term]
    denials: tuple[tuple[Term, Term, Term], ...]
    looks: tuple[tuple[Term, Term, Term], ...]
    cut: Slice

    @property
    def offers_more(self) -> bool:
        """Whether another code or modifier is on offer."""
        return any(True for _ in self._offered())

    def _offered(self) -> Iterator[Atom]:
        """What an offer may put on the claim."""
        for offer in self.offers:
            if offer.predicate == "code_offered":
                yield Atom("line", offer.arguments[:3])
            elif offer.predicate == "modifier_offered":
                claim, line, modifier, need = offer.arguments
                yield Atom("modifier", (claim, line, modifier))
                yield Atom("documented", (claim, line, need))
            elif offer.predicate == "split_offered":
                claim, line, *modifiers = offer.arguments
                yield from (Atom("modifier", (claim, line, modifier)) for modifier in modifiers)

    @property
    def new_numbers(self) -> dict[Term, int]:
        """For each line that may become two, the number of the second."""
        last = max((_number(fact.arguments[1]) for fact in self.facts if fact.predicate == "line"), default=0)
        lines = sorted({_number(offer.arguments[1]) for offer in self.offers if offer.predicate == "split_offered"})
        return {line: number for number, line in enumerate(lines, start=last + 1)}

    def of_new_lines(self, vocabulary: Vocabulary) -> Iterator[Atom]:
        """What the claim would say of lines that may come: their numbers, and all else as of those they are like."""
        numbers = self.new_numbers
        for predicate, arguments in self.facts:
            of_line = vocabulary.predicates[predicate].kinds[1:2] == ("line",)
            if of_line and arguments[1] in numbers:
                claim, line, *rest = arguments
                if predicate == "line":
                    yield Atom("new_line", (claim, line, numbers[line]))
                elif predicate not in (*_CHOSEN, _NOT_SEARCHED):
                    yield Atom(predicate, (claim, numbers[line], *rest))

    def reachable(self) -> list[Atom]:
        """What the search may put on the claim: the facts as submitted, and those that an offer leads to."""
        return [*(fact for fact in self.facts if fact.predicate in _CHOSEN), *self._offered()]


class Submissions:
    """Looks at claims as submitted. Holds what is the same for every claim, and nothing of any claim."""

    def __init__(self, rules: Sequence[Rule], store: FactStore, vocabulary: Vocabulary) -> None:
        self._severities = {rule: severity for rule, severity, _ in store.match("rule", (None,) * 3)}
        kept = deciding(rules, self._severities)
        self._vocabulary = vocabulary
        shown = [name for name, _ in _SHOWN]
        self._slicer = Slicer(kept, vocabulary, [*shown, *_CONCLUDED])
        self._joiner = Joiner(kept)
        self._to_look = {rule.number for rule in rules_toward(kept, shown)}
        self._to_search = {rule.number for rule in rules_toward(kept, _CONCLUDED)}

    def look(self, claim_facts: Sequence[Atom], store: FactStore) -> Submitted:
        """What is denied and what is offered, for the facts of a claim."""
        cut = self._cut(claim_facts, store)
        rules = [rule for rule in cut.rules if rule.number in self._to_look]
        atoms = sorted(self._joiner.solve(cut.facts, rules, (), _SHOWN).atoms, key=str)
        offers = {name for name, _ in _OFFERS}
        stand = {a.arguments[1] for a in atoms if a.predicate == "stands"}
        return Submitted(
            facts=tuple(claim_facts),
            offers=tuple(a for a in atoms if a.predicate in offers),
            denied=frozenset(f.arguments[1] for f in claim_facts if f.predicate == "line") - stand,
            denials=tuple(
                (a.arguments[0], a.arguments[2], a.arguments[3])
                for a in atoms
                if a.predicate == "reported" and self._severities.get(a.arguments[0]) == "deny"
            ),
            looks=tuple(_three(a.arguments[1:]) for a in atoms if a.predicate == "worth_a_look"),
            cut=cut,
        )

    def _cut(self, claim_facts: Sequence[Atom], store: FactStore, reachable: Iterable[Atom] = ()) -> Slice:
        cut = self._slicer.cut(claim_facts, store, reachable)
        facts = (f for f in cut.facts if f.predicate != "rule" or self._severities.get(f.arguments[0]) == "deny")
        return Slice(tuple(facts), cut.rules)

    def search(self, submitted: Submitted, store: FactStore) -> ClaimSearch:
        """The search for fixes of a claim, over every code and modifier that it may come to carry."""
        # The slice of the claim as submitted will do where nothing new can come.
        cut = submitted.cut
        if submitted.offers_more:
            cut = self._cut(submitted.facts, store, submitted.reachable())
        own = set(submitted.facts)
        facts = [_as_submitted(fact) for fact in submitted.facts if fact.predicate != _NOT_SEARCHED]
        facts += [*submitted.offers, *submitted.of_new_lines(self._vocabulary)]
        facts += (fact for fact in cut.facts if fact not in own)
        facts += (Atom(name, found) for name, arity in _STATED for found in store.match(name, (None,) * arity))
        rules = [rule for rule in cut.rules if rule.number in self._to_search]
        return ClaimSearch(facts, rules, submitted.denied)


def deciding(rules: Iterable[Rule], severities: Mapping[Term, Term]) -> tuple[Rule, ...]:
    """The rules without those whose findings neither deny nor are read by name elsewhere.

    What is only advised, packaged or undecided never makes a line stand or fall.
    """
    rules = tuple(rules)
    named = {
        item.atom.arguments[0]
        for rule in rules
        for item in rule.body
        if isinstance(item, Literal) and item.atom.predicate == "finding"
    }

    def decides(rule: Rule) -> bool:
        if rule.head.predicate not in ("finding", "reported"):
            return True
        name = rule.head.arguments[0]
        return not isinstance(name, str) or severities.get(name) == "deny" or name in named

    return tuple(rule for rule in rules if decides(rule))


def _as_submitted(fact: Atom) -> Atom:
    return Atom(f"submitted_{fact.predicate}", fact.arguments) if fact.predicate in _CHOSEN else fact


def _number(term: Term) -> int:
    assert isinstance(term, int)
    return term


def _three(terms: Sequence[Term]) -> tuple[Term, Term, Term]:
    first, second, third = terms
    return first, second, third
