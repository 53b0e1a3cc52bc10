"""Small knowledge bases with the one answer that follows, and ways to spoil a proof of it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from claimlogic.knowledge.checks import atoms_of
from claimlogic.knowledge.load import Knowledge, load_rules_only
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rules import Rule
from claimlogic.proofs.build import build_proof
from claimlogic.proofs.check import ProofError, check_proof
from claimlogic.proofs.model import Counts, Pattern, Premise, Proof, Search, Step
from claimlogic.solving.answer import Firing
from claimlogic.solving.by_clingo import solve
from claimlogic.terms import OPEN_END, Atom, Term


@dataclass(frozen=True)
class World:
    """A small knowledge base and a claim, with the one answer that follows."""

    rules: tuple[Rule, ...]
    claim_facts: tuple[Atom, ...]
    knowledge: Knowledge
    answer: frozenset[Atom]
    firings: tuple[Firing, ...]

    def prove(self, *roots: str) -> Proof:
        """The proof of these atoms; of all that is derived where none is named."""
        wanted = [atom(root) for root in roots] or self.derived()
        store = self.knowledge.store
        return build_proof("c", wanted, self.claim_facts, self.answer, self.firings, self.rules, store, "v")

    def derived(self) -> list[Atom]:
        heads = {rule.head.predicate for rule in self.rules}
        return sorted((a for a in self.answer if a.predicate in heads), key=str)

    def accepts(self, proof: Proof) -> bool:
        try:
            check_proof(proof, self.rules, self.claim_facts, self.knowledge.store)
        except ProofError:
            return False
        return True

    def refusal(self, proof: Proof) -> str:
        """Why the proof is refused."""
        with pytest.raises(ProofError) as refused:
            check_proof(proof, self.rules, self.claim_facts, self.knowledge.store)
        return str(refused.value)


def world(knowledge_text: str, claim_text: str = "") -> World:
    with tempfile.TemporaryDirectory() as folder:
        knowledge = load_rules_only(written_to(Path(folder), knowledge_text, claim_text))
    claimed = facts_of(claim_text)
    found = solve([*claimed, *facts_of(knowledge_text)], knowledge.rules, knowledge.rules, None)
    return World(knowledge.rules, tuple(claimed), knowledge, found.atoms, found.firings)


def written_to(folder: Path, knowledge_text: str, claim_text: str) -> Path:
    """The folder as a knowledge base; the vocabulary declares whatever is stated, or read and never concluded."""
    stated, claimed = facts_of(knowledge_text), facts_of(claim_text)
    rules = parse_rules(knowledge_text, "kb.lp").rules
    heads = {rule.head.predicate for rule in rules}
    examples = {a.predicate: ("word",) * len(a.arguments) for rule in rules for a in atoms_of(rule)}
    examples = {name: arguments for name, arguments in examples.items() if name not in heads}
    examples |= {fact.predicate: fact.arguments for fact in (*claimed, *stated)}
    lines = ["%*! kind number number *%", "%*! kind word word *%"]
    for name, arguments in sorted(examples.items()):
        claims = any(fact.predicate == name for fact in claimed) or not any(fact.predicate == name for fact in stated)
        givers = ["the claim"] * claims + ["codes"] * any(fact.predicate == name for fact in stated)
        lines.append(f"%*! {name}({', '.join(f'A{i}' for i in range(len(arguments)))})")
        lines.append(f"given by {', or by '.join(givers)}{', or derived' if name in heads else ''}: made up.")
        kinds = ("number" if isinstance(value, int) or value == OPEN_END else "word" for value in arguments)
        lines.append(f"Args: {', '.join(f'A{i}: {kind}' for i, kind in enumerate(kinds))} *%")
    (folder / "vocabulary.lp").write_text("\n".join(lines), encoding="utf-8")
    (folder / "kb.lp").write_text(knowledge_text, encoding="utf-8")
    return folder


def facts_of(fact_text: str) -> list[Atom]:
    return [fact.atom for fact in parse_rules(fact_text, "claim.lp").facts]


def atom(written: str) -> Atom:
    return facts_of(f"{written}.")[0]


def pattern(predicate: str, *arguments: Term | None) -> Pattern:
    return Pattern(predicate, arguments)


PAIRS = """
% @source manual, "I E"
pair(a, b).
pair(b, c).
% @source manual, "I W"
limit(a, 2).

denied(L) :- line(L, B), line(K, A), pair(A, B), K != L, not excused(L).
excused(L) :- marked(L), not withdrawn(L).
over(Code) :- limit(Code, Max), Max < #sum { N, L : line(L, Code), units(L, N) }.
busy :- 1 < #count { L : denied(L) }.
payable(L) :- line(L, _), not denied(L).
"""
PAIRS_CLAIM = """
line(1, a). line(2, b). line(3, c). line(4, b). line(5, a). line(6, b).
units(1, 2). units(2, 9). units(5, 1).
marked(4).
"""


# Ways to spoil a proof.


def with_steps(proof: Proof, of: str, change: Callable[[Step], Step]) -> Proof:
    return replace(proof, steps={**proof.steps, atom(of): tuple(change(step) for step in proof.steps[atom(of)])})


def with_premises(proof: Proof, of: str, change: Callable[[list[Premise]], Iterable[Premise]]) -> Proof:
    return with_steps(proof, of, lambda step: replace(step, premises=tuple(change(list(step.premises)))))


def with_counts(proof: Proof, of: str, change: Callable[[Counts], Counts]) -> Proof:
    return with_premises(proof, of, lambda ps: [change(p) if isinstance(p, Counts) else p for p in ps])


def with_found(proof: Proof, searched: Pattern, *found: str) -> Proof:
    search = replace(proof.searches[searched], found=tuple(map(atom, found)))
    return replace(proof, searches={**proof.searches, searched: search})


def without(proof: Proof, searched: Pattern) -> Proof:
    return replace(proof, searches={p: s for p, s in proof.searches.items() if p != searched})


def with_search(proof: Proof, searched: Pattern, *found: str) -> Proof:
    return replace(proof, searches={**proof.searches, searched: Search(searched, tuple(map(atom, found)), ())})
