"""A case's whole answer, and what becomes of it when one rule is another: without solving the rest again.

The answer holds every atom. A changed rule is first held against it: where it concludes what the old one did, nothing
changes, since the rules are stratified. Else only what rests on its head is solved again, over the atoms that do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import clingo

from claimlogic.analyst.cases import Case
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import AtomPattern, Rule, written
from claimlogic.knowledge.slicing import Slicer
from claimlogic.knowledge.store import FactStore, touched_by
from claimlogic.knowledge.symbols import symbol_term
from claimlogic.solving.engine import Answer, Firing, concluded, solve
from claimlogic.solving.judge import SHOWN, speaks
from claimlogic.terms import Atom, Term

_HELD = "_held"

Heads = frozenset[tuple[Term, ...]]
"""The argument tuples that a rule concludes."""


@dataclass(frozen=True, slots=True)
class Model:
    """A case and its whole answer.

    ``given`` are the facts, ``atoms`` all that holds, both by predicate. ``heads`` are what each rule concluded, by
    number, and ``told`` the firings of the rules that speak to a person.
    """

    case: Case
    given: Mapping[str, tuple[Atom, ...]]
    atoms: Mapping[str, tuple[Atom, ...]]
    heads: Mapping[int, Heads]
    told: tuple[Firing, ...]
    texts: dict[str, str]

    def text_of(self, predicate: str) -> str:
        """The atoms of a predicate as facts."""
        if predicate not in self.texts:
            self.texts[predicate] = "".join(f"{atom}.\n" for atom in self.atoms.get(predicate, ()))
        return self.texts[predicate]


class Laboratory:
    """A knowledge base whose rules are changed one at a time, in memory."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._slicer = Slicer(knowledge.rules, knowledge.vocabulary, [name for name, _ in SHOWN])
        self.rules = self._slicer.rules
        self.by_number = {rule.number: rule for rule in self.rules}
        self._by_head: dict[str, list[Rule]] = defaultdict(list)
        for rule in self.rules:
            self._by_head[rule.head.predicate].append(rule)
        self._read = sorted(frozenset().union(*(rule.reads for rule in self.rules)))
        self._stores = {
            True: knowledge.store,
            False: FactStore(knowledge.store.shelves[:1], knowledge.vocabulary),
        }
        self._above: dict[str, frozenset[str]] = {}

    def model(self, case: Case) -> Model:
        """The whole answer on a case."""
        store = self._stores[case.is_scenario]
        touched = touched_by(case.facts, store.vocabulary)
        facts = list(case.facts)
        for predicate in self._read:
            if predicate in store.predicates:
                facts.extend(store.slice(predicate, touched))
        rules = self._slicer.cut(case.facts, store, for_proofs=True).rules
        answer = solve(facts, rules, rules, None)
        heads: dict[int, set[tuple[Term, ...]]] = defaultdict(set)
        for firing in answer.firings:
            heads[firing.rule].add(concluded(self.by_number[firing.rule], firing).arguments)
        return Model(
            case=case,
            given=_by_predicate(facts),
            atoms=_by_predicate([*answer.atoms, *facts]),
            heads={number: frozenset(found) for number, found in heads.items()},
            told=tuple(f for f in answer.firings if speaks(self.by_number[f.rule])),
            texts={},
        )

    def above(self, predicate: str) -> frozenset[str]:
        """The predicate and all that rest on it."""
        if predicate not in self._above:
            found = {predicate}
            grown = True
            while grown:
                more = {r.head.predicate for r in self.rules if r.reads & found} - found
                grown = bool(more)
                found |= more
            self._above[predicate] = frozenset(found)
        return self._above[predicate]

    def is_recursive(self, predicate: str) -> bool:
        """Whether the predicate rests on itself."""
        return any(r.reads & self.above(predicate) for r in self._by_head[predicate])

    def changed(self, model: Model, rule: Rule, heads: Heads) -> bool:
        """Whether the answer can differ where ``rule`` concludes ``heads`` in the place of what it concluded."""
        before = model.heads.get(rule.number, frozenset())
        predicate = rule.head.predicate
        if self.is_recursive(predicate):
            # Held against the old answer a loop may support itself, so only solving tells.
            return bool(before or heads)
        if before == heads:
            return False
        others: set[tuple[Term, ...]] = {a.arguments for a in model.given.get(predicate, ())}
        for other in self._by_head[predicate]:
            if other.number != rule.number:
                others |= model.heads.get(other.number, frozenset())
        return bool((before ^ heads) - others)

    def answer(self, model: Model, rule: Rule, instead: Rule | None) -> Answer:
        """The answer on a case where ``instead`` stands in the place of ``rule``, or nothing does."""
        above = self.above(rule.head.predicate)
        rules = [
            changed
            for predicate in sorted(above)
            for own in self._by_head[predicate]
            if (changed := instead if own.number == rule.number else own) is not None
        ]
        facts = [a for predicate in sorted(above) for a in model.given.get(predicate, ())]
        rules = _could_fire(rules, {p for p in model.atoms if p not in above} | {a.predicate for a in facts})
        read = frozenset().union(*(r.reads for r in rules)) - above
        facts += [a for predicate in sorted(read) for a in model.atoms.get(predicate, ())]
        watched = [r for r in rules if speaks(r)] if model.case.is_scenario else []
        shown = [(name, arity) for name, arity in SHOWN if name in above]
        solved = solve(facts, rules, watched, shown)
        kept = [a for name, _ in SHOWN if name not in above for a in model.atoms.get(name, ())]
        told = [f for f in model.told if self.by_number[f.rule].head.predicate not in above]
        return Answer(solved.atoms | frozenset(kept), (*solved.firings, *told))

    def reaches_an_answer(self, rule: Rule) -> bool:
        """Whether anything that a test can look at rests on the rule."""
        return bool(self.above(rule.head.predicate) & {name for name, _ in SHOWN})


def held_against(model: Model, rules: Sequence[Rule]) -> dict[int, Heads]:
    """What each of ``rules`` concludes from the atoms of an answer, by its place in the sequence.

    None of them takes part in the answer: their conclusions are noted, and nothing follows from them.
    """
    present = frozenset(model.atoms)
    chosen = [(at, rule) for at, rule in enumerate(rules) if rule.needs <= present]
    program = [model.text_of(p) for p in sorted(frozenset().union(*(r.reads for _, r in chosen)))] if chosen else []
    for at, rule in chosen:
        body = rule.text.split(" :- ", 1)[1]
        arguments = AtomPattern("t", (*rule.head.arguments, 0))
        program.append(f"{_HELD}({at}, {written(arguments)}) :- {body}")
    program.append(f"#show. #show {_HELD}/2.")
    control = clingo.Control(["--warn=none"], logger=lambda _code, _message: None)
    control.add("base", [], "\n".join(program))
    control.ground([("base", [])])
    found: dict[int, set[tuple[Term, ...]]] = defaultdict(set)
    for atom in control.symbolic_atoms.by_signature(_HELD, 2):
        place, heads = atom.symbol.arguments
        found[place.number].add(tuple(symbol_term(a) for a in heads.arguments[:-1]))
    return {at: frozenset(heads) for at, heads in found.items()}


def renumbered(rule: Rule, like: Rule) -> Rule:
    """A changed rule in the place of another: its number, file, line and label."""
    return replace(rule, number=like.number, file=like.file, line=like.line, label=like.label)


def _by_predicate(atoms: Iterable[Atom]) -> dict[str, tuple[Atom, ...]]:
    found: dict[str, dict[Atom, None]] = defaultdict(dict)
    for atom in atoms:
        found[atom.predicate][atom] = None
    return {predicate: tuple(own) for predicate, own in found.items()}


def _could_fire(rules: Sequence[Rule], present: set[str]) -> list[Rule]:
    """The rules whose positive conditions are given, or concluded by one of them."""
    kept: list[Rule] = []
    waiting = list(rules)
    while True:
        ready = [r for r in waiting if r.needs <= present]
        if not ready:
            return kept
        kept += ready
        before = frozenset(present)
        present |= {r.head.predicate for r in ready}
        waiting = [r for r in waiting if not r.needs <= before]
