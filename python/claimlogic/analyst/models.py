"""A case's whole answer, and what becomes of it when one rule is another: without solving the rest again.

The answer holds every atom. A changed rule is first held against it: where it concludes what the old one did, nothing
changes, since the rules are stratified. Else only what rests on its head is solved again, over the atoms that do not,
and only for the claims where it concludes something else: no rule looks from one claim into another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import clingo

from claimlogic.analyst.cases import Case
from claimlogic.analyst.rule_tests import rule_of
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Rule, written
from claimlogic.knowledge.slicing import Slicer
from claimlogic.knowledge.store import FactStore, touched_by
from claimlogic.solving.answer import Answer, Firing, concluded
from claimlogic.solving.by_clingo import solve
from claimlogic.solving.judge import SHOWN, speaks
from claimlogic.terms import Atom, Term, printed_atom

_HELD = "_held"

Heads = frozenset[tuple[Term, ...]]
"""The argument tuples that a rule concludes."""


Claims = frozenset[Term]
"""Names of claims of a case."""


class Atoms:
    """Atoms by predicate and by the claim that they name (None: they name none)."""

    def __init__(self, atoms: Iterable[Atom], places: Mapping[str, int]) -> None:
        """``places`` tells at which argument an atom of a predicate names its claim."""
        found: dict[str, dict[Term | None, dict[Atom, None]]] = defaultdict(lambda: defaultdict(dict))
        for atom in atoms:
            place = places.get(atom.predicate)
            found[atom.predicate][None if place is None else atom.arguments[place]][atom] = None
        self._shelves = {name: {claim: tuple(own) for claim, own in of.items()} for name, of in found.items()}
        self.predicates = frozenset(self._shelves)

    def of(self, predicate: str, claims: Claims | None = None) -> list[Atom]:
        """The atoms of a predicate: all, or those that name one of the claims or none."""
        shelves = self._shelves.get(predicate, {})
        return [a for claim, own in shelves.items() if claims is None or claim is None or claim in claims for a in own]


@dataclass(frozen=True, slots=True)
class Model:
    """A case and its whole answer.

    ``given`` are the facts, ``atoms`` all that holds. ``heads`` are what each rule concluded, by number, and ``told``
    the firings of the rules that speak to a person. ``claims`` are those of the case.
    """

    case: Case
    given: Atoms
    atoms: Atoms
    heads: Mapping[int, Heads]
    told: tuple[Firing, ...]
    claims: Claims
    texts: dict[str, str]

    def text_of(self, predicate: str) -> str:
        """The atoms of a predicate as facts."""
        if predicate not in self.texts:
            self.texts[predicate] = "".join(f"{atom}.\n" for atom in self.atoms.of(predicate))
        return self.texts[predicate]


class Laboratory:
    """A knowledge base whose rules are changed one at a time, in memory."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._slicer = Slicer(knowledge.rules, knowledge.vocabulary, [name for name, _ in SHOWN])
        self.rules = self._slicer.rules
        self.by_number = {rule.number: rule for rule in self.rules}
        self._by_head: dict[str, list[Rule]] = defaultdict(list)
        self._read_by: dict[str, set[str]] = defaultdict(set)
        for rule in self.rules:
            self._by_head[rule.head.predicate].append(rule)
            for predicate in rule.reads:
                self._read_by[predicate].add(rule.head.predicate)
        self._stores = {
            True: knowledge.store,
            False: FactStore(knowledge.store.shelves[:1], knowledge.vocabulary),
        }
        self._places = {
            p.name: p.kinds.index("claim") for p in knowledge.vocabulary.predicates.values() if "claim" in p.kinds
        }
        self._above: dict[str, frozenset[str]] = {}

    def model(self, case: Case) -> Model:
        """The whole answer on a case."""
        store = self._stores[case.is_scenario]
        touched = touched_by(case.facts, store.vocabulary)
        facts = list(case.facts)
        for predicate in sorted(self._read_by.keys() & store.predicates):
            facts.extend(store.slice(predicate, touched))
        rules = self._slicer.cut(case.facts, store, for_proofs=True).rules
        answer = solve(facts, rules, rules, None)
        heads: dict[int, set[tuple[Term, ...]]] = defaultdict(set)
        for firing in answer.firings:
            heads[firing.rule].add(concluded(self.by_number[firing.rule], firing).arguments)
        return Model(
            case=case,
            given=Atoms(facts, self._places),
            atoms=Atoms([*answer.atoms, *facts], self._places),
            heads={number: frozenset(found) for number, found in heads.items()},
            told=tuple(f for f in answer.firings if speaks(self.by_number[f.rule])),
            claims=frozenset(fact.arguments[0] for fact in case.facts if fact.predicate == "line"),
            texts={},
        )

    def above(self, predicate: str) -> frozenset[str]:
        """The predicate and all that rest on it."""
        if predicate not in self._above:
            found, waiting = {predicate}, [predicate]
            while waiting:
                new = self._read_by.get(waiting.pop(), set()) - found
                found |= new
                waiting.extend(new)
            self._above[predicate] = frozenset(found)
        return self._above[predicate]

    def is_recursive(self, predicate: str) -> bool:
        """Whether the predicate rests on itself."""
        return any(predicate in self.above(reader) for reader in self._read_by.get(predicate, ()))

    def changed(self, model: Model, rule: Rule, heads: Heads) -> Claims:
        """The claims whose answer, as far as the case looks at it, can differ where ``rule`` concludes ``heads``.

        None where the same follows as before.
        """
        before = model.heads.get(rule.number, frozenset())
        predicate = rule.head.predicate
        if self.is_recursive(predicate):
            # Held against the old answer a loop may support itself, so only solving tells.
            return self._claims(model, predicate, before | heads)
        if speaks(rule) and model.case.reads_sentences and not model.case.is_scenario:
            # The same finding may be told in another sentence.
            return self._claims(model, predicate, before | heads)
        if before == heads:
            return frozenset()
        others: set[tuple[Term, ...]] = {a.arguments for a in model.given.of(predicate)}
        for other in self._by_head[predicate]:
            if other.number != rule.number:
                others |= model.heads.get(other.number, frozenset())
        return self._claims(model, predicate, (before ^ heads) - others)

    def _claims(self, model: Model, predicate: str, heads: Heads) -> Claims:
        place = self._places.get(predicate)
        if place is None:
            return model.claims if heads else frozenset()
        return frozenset(arguments[place] for arguments in heads)

    def answer(self, model: Model, rule: Rule, instead: Rule | None, claims: Claims) -> Answer:
        """The answer on a case where ``instead`` stands in the place of ``rule``, or nothing does.

        ``claims`` are those where that can make a difference, as ``changed`` tells.
        """
        above = self.above(rule.head.predicate)
        rules = [
            changed
            for predicate in sorted(above)
            for own in self._by_head[predicate]
            if (changed := instead if own.number == rule.number else own) is not None
        ]
        facts = [a for predicate in sorted(above) for a in model.given.of(predicate, claims)]
        rules = _could_fire(rules, (model.atoms.predicates - above) | {a.predicate for a in facts})
        read = frozenset().union(*(r.reads for r in rules)) - above
        facts += [a for predicate in sorted(read) for a in model.atoms.of(predicate, claims)]
        watched = [r for r in rules if speaks(r)] if model.case.reads_sentences else []
        shown = [(name, arity) for name, arity in SHOWN if name in above]
        solved = solve(facts, rules, watched, shown)
        others = model.claims - claims
        kept = [a for name, _ in SHOWN for a in model.atoms.of(name, others if name in above else None)]
        firings = [_in_words_of(rule, instead, f) if f.rule == rule.number else f for f in solved.firings]
        firings += [f for f in model.told if self._keeps(f, above, others)]
        return Answer(solved.atoms | frozenset(kept), tuple(firings))

    def _keeps(self, firing: Firing, above: frozenset[str], others: Claims) -> bool:
        """Whether a firing is as it was: its rule rests on nothing that changed, or speaks of another claim."""
        head = concluded(self.by_number[firing.rule], firing)
        place = self._places.get(head.predicate)
        return head.predicate not in above or (place is not None and head.arguments[place] in others)


def held_against(model: Model, rules: Sequence[Rule]) -> dict[int, Heads]:
    """What each of ``rules`` concludes from the atoms of an answer, by its place in the sequence.

    None of them takes part in the answer: their conclusions are noted, and nothing follows from them.
    """
    present = model.atoms.predicates
    chosen = [(at, rule) for at, rule in enumerate(rules) if rule.needs <= present]
    program = [model.text_of(p) for p in sorted(frozenset().union(*(r.reads for _, r in chosen)))] if chosen else []
    for at, rule in chosen:
        body = rule.text.split(" :- ", 1)[1]
        arguments = ",".join(map(written, (*rule.head.arguments, 0)))
        program.append(f"{_HELD}({at},({arguments})) :- {body}")
    program.append(f"#show. #show {_HELD}/2.")
    control = clingo.Control(["--warn=none"], logger=lambda _code, _message: None)
    control.add("base", [], "\n".join(program))
    control.ground([("base", [])])
    found: dict[int, set[tuple[Term, ...]]] = defaultdict(set)
    for atom in control.symbolic_atoms.by_signature(_HELD, 2):
        place, *concluding, _ = printed_atom(str(atom.symbol)).arguments
        assert isinstance(place, int)
        found[place].add(tuple(concluding))
    return {place: frozenset(heads) for place, heads in found.items()}


def named_rules(rules: Sequence[Rule], name: str | None) -> list[Rule]:
    """The rules of this id, file or predicate; all of them for None. Raises InputError where none is so named."""
    found = [rule for rule in rules if name is None or _is_named(rule, name)]
    if not found:
        raise InputError(f"no rule {name} on which an answer rests; give a rule id, a file or a predicate", "--rule")
    return found


def _is_named(rule: Rule, name: str) -> bool:
    ids = {rule_of(rule.file.removeprefix("rules/")), rule.file, rule.head.predicate}
    if rule.head.arguments and rule.head.predicate in ("finding", "reported", "waived"):
        ids.add(str(rule.head.arguments[0]))
    return name in ids


def renumbered(rule: Rule, like: Rule) -> Rule:
    """A changed rule in the place of another: its number, file, line and label."""
    return replace(rule, number=like.number, file=like.file, line=like.line, label=like.label)


def _in_words_of(rule: Rule, instead: Rule | None, firing: Firing) -> Firing:
    """A firing of the changed rule with its values in the order of the rule's own variables.

    What the change does without is 0: neither the head nor the label names it.
    """
    if instead is None:
        return firing
    values = dict(zip(instead.variables, firing.values, strict=False))
    sums = firing.values[len(instead.variables) :]
    return replace(firing, values=(*(values.get(name, 0) for name in rule.variables), *sums))


def _could_fire(rules: Sequence[Rule], given: frozenset[str]) -> list[Rule]:
    """The rules whose positive conditions are given, or concluded by one of them."""
    kept: list[Rule] = []
    waiting = list(rules)
    present = set(given)
    while True:
        ready = [r for r in waiting if r.needs <= present]
        if not ready:
            return kept
        kept += ready
        taken = {r.number for r in ready}
        waiting = [r for r in waiting if r.number not in taken]
        present |= {r.head.predicate for r in ready}
