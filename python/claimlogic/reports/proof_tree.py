"""From a proof to a tree of sentences, one tree a root.

The proof is whole; the tree picks. What was shown once is referred to, facts of the claim are said once, rules that
only hand on what another says are passed through, and bounds cut what is left, with counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from claimlogic.knowledge.evaluate import guard_holds
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Comparison
from claimlogic.proofs.model import Compares, Counts, Holds, Lacks, Member, Pattern, Premise, Proof, Step
from claimlogic.reports.nearness import Nearness
from claimlogic.reports.nodes import EACH_ENOUGH, Bounds, Node, more
from claimlogic.reports.proof_absence import Absences
from claimlogic.reports.proof_leaves import Leaves
from claimlogic.reports.wording import Wording, merged_value
from claimlogic.reports.words import guard, listed
from claimlogic.terms import Atom, plain

Expansion = Callable[[], tuple[str, tuple[Node, ...]]]

_SHOWN = "shown above"
_FUNCTIONS = {"#sum": "the sum", "#count": "the count", "#min": "the least", "#max": "the greatest"}
_MEMBERS = {"#sum": "adds", "#count": "counts", "#min": "has", "#max": "has"}


@dataclass(frozen=True, slots=True)
class Premises:
    """The premises of a step as nodes: the main ones, and exceptions of which nothing came near."""

    main: tuple[Node, ...]
    remote: tuple[Node, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All of them."""
        return (*self.main, *self.remote)


def proof_tree(proof: Proof, knowledge: Knowledge, bounds: Bounds) -> tuple[Node, ...]:
    """The proof of each root as a tree, cut to the bounds."""
    tree = ProofTree(proof, knowledge, bounds)
    return tuple(tree.atom(root, 1) for root in proof.roots)


class ProofTree:
    """Builds the nodes of one proof, from the root down and in the order in which they are read."""

    def __init__(self, proof: Proof, knowledge: Knowledge, bounds: Bounds) -> None:
        self.proof = proof
        self.bounds = bounds
        self.rules = {rule.number: rule for rule in knowledge.rules}
        self.wording = Wording(knowledge)
        self.leaves = Leaves(proof, knowledge, self.wording, bounds.rows)
        self.nearness = Nearness(proof, self.leaves)
        self.absences = Absences(self, knowledge)
        self._given = frozenset(p.name for p in knowledge.vocabulary.predicates.values() if p.given)
        self._said: set[Atom] = set()
        self._expanded: dict[Atom | Pattern, int] = {}
        self._path: list[Atom | Pattern] = []

    # What a sentence rests on

    def atom(self, atom: Atom, level: int) -> Node:
        """The proof of an atom, at a level of the tree."""
        steps = self.proof.steps.get(atom, ())
        if not steps:
            if atom in self.proof.facts:
                return self.leaves.fact(atom)
            return Node("derived", self.wording.sentence(atom), ("not proved here",))
        sentence = self._labels(steps) or self.wording.sentence(atom)
        deciding, places = self._passed_through(steps)
        node = Node("derived", sentence, self.leaves.citations(atom), places)
        if atom in self.proof.facts:
            node = replace(node, detail=(*node.detail, *self.leaves.fact(atom).detail))
        size = sum(len(step.premises) for step in deciding)
        return self.expanded(node, atom, level, size, lambda: self._ways(deciding, level))

    def expanded(self, node: Node, key: Atom | Pattern, level: int, size: int, build: Expansion) -> Node:
        """The node with its children, unless they were shown, are being shown, or lie too deep."""
        if key in self._path:
            return replace(node, detail=(*node.detail, "each only by the other"))
        shown_at = self._expanded.get(key)
        if shown_at is not None and (shown_at <= level or not self.bounds.depth):
            return replace(node, detail=(*node.detail, _SHOWN), places=())
        if self.bounds.depth and level > self.bounds.depth:
            return replace(node, children=(more(size, "below"),)) if size else node
        self._path.append(key)
        link, children = build()
        self._path.pop()
        self._expanded[key] = level
        if not children and size:
            node = replace(node, detail=(*node.detail, "by what is told above"))
        return replace(node, link=link, children=children)

    def _labels(self, steps: Sequence[Step]) -> str:
        labels = (self.wording.label(self.rules[step.rule], step) for step in steps)
        return "; ".join(dict.fromkeys(label for label in labels if label is not None))

    def _passed_through(self, steps: Sequence[Step]) -> tuple[Sequence[Step], tuple[str, ...]]:
        """The steps that count: past a helper that only hands on another."""
        places = [self.rules[step.rule].place for step in steps]
        seen = set()
        while len(steps) == 1:
            rest = [p for p in steps[0].premises if not (isinstance(p, Holds) and self.leaves.is_about_rules(p.atom))]
            if len(rest) != 1 or not isinstance(rest[0], Holds):
                break
            inner = rest[0].atom
            below = self.proof.steps.get(inner, ())
            plain_helper = inner.predicate not in self._given and not self._labels(below)
            if not below or not plain_helper or inner in self.proof.facts or inner in seen or inner in self._path:
                break
            seen.add(inner)
            steps = below
            places.extend(self.rules[step.rule].place for step in below)
        return steps, tuple(dict.fromkeys(places))

    def _ways(self, steps: Sequence[Step], level: int) -> tuple[str, tuple[Node, ...]]:
        """The children of a derived atom: the premises of its step, or, of several steps, each reason by itself."""
        first = steps[0]
        if len(steps) == 1:
            return "because", self.premises(first, range(len(first.premises)), level).nodes
        common = [
            at
            for at, premise in enumerate(first.premises)
            if all(step.rule == first.rule and step.premises[at] == premise for step in steps)
        ]
        shared = self.premises(first, common, level).nodes
        several = self._published_alike(steps, common)
        if several is not None:
            return "because", (*shared, several)
        limit = self.bounds.branches or len(steps)
        reasons: list[Node] = []
        for step in steps[:limit]:
            own = [at for at in range(len(step.premises)) if at not in common]
            reason = self._reason(step, self.premises(step, own, level + (1 if shared else 0)), len(reasons) + 1)
            if reason is not None and reason not in reasons:
                reasons.append(reason)
        if len(steps) > limit:
            reasons.append(more(len(steps) - limit, "reasons"))
        if not shared:
            return (EACH_ENOUGH if len(reasons) > 1 else "because"), tuple(reasons)
        if len(reasons) <= 1:
            return "because", (*shared, *reasons)
        return "because", (*shared, Node("derived", "any of these is enough", children=tuple(reasons), link=""))

    def _published_alike(self, steps: Sequence[Step], common: Sequence[int]) -> Node | None:
        """One node for firings that differ in one argument of one published fact; None where they differ otherwise."""
        atoms: list[Atom] = []
        for step in steps:
            own = [premise for at, premise in enumerate(step.premises) if at not in common]
            facts = [p.atom for p in own if isinstance(p, Holds)]
            if len(facts) != 1 or not self.leaves.is_published(facts[0]):
                return None
            if not all(isinstance(premise, (Holds, Compares)) for premise in own):
                return None
            atoms.extend(facts)
        position = merged_value([Pattern(*atom) for atom in atoms])
        if position is None or len({atom.predicate for atom in atoms}) > 1:
            return None
        kind = self.wording.kinds.of_predicate(*_signature(atoms[0]))[position]
        values = [self.wording.value(kind, atom.arguments[position]) for atom in atoms]
        return self.leaves.fact_of_several(atoms, position, f"each of {listed(values, self.bounds.rows)}")

    def _reason(self, step: Step, premises: Premises, number: int) -> Node | None:
        if not premises.main:
            return None
        if len(premises.main) == 1:
            main = premises.main[0]
            return replace(main, detail=(*main.detail, *(node.sentence for node in premises.remote)))
        rule = self.rules[step.rule]
        sentence = self.wording.label(rule, step) or f"reason {number}"
        return Node("derived", sentence, places=(rule.place,), children=premises.nodes)

    # Premises

    def premises(self, step: Step, positions: Sequence[int], level: int) -> Premises:
        """The premises at these positions of a step as nodes: the claim, what is published, what follows, the rest."""
        rule = self.rules[step.rule]
        ranges = self.leaves.ranges(rule, step.premises)
        folded = {r.comparison for r in ranges}
        in_force = {r.fact: r.day for r in ranges}
        shown = [(at, step.premises[at]) for at in positions if at not in folded]
        shown.sort(key=lambda item: (self._rank(item[1]), item[0]))
        nodes: list[Node] = []
        remote: list[Pattern] = []
        for at, premise in shown:
            match premise:
                case Holds(atom):
                    if not self._is_passed_over(atom):
                        nodes.append(self._held(atom, in_force.get(at), level + 1))
                case Lacks(pattern):
                    if self.bounds.depth and not self.nearness.of_pattern(pattern):
                        remote.append(pattern)
                    else:
                        nodes.append(self.absences.absence(pattern, level + 1))
                case Compares():
                    item = rule.body[at]
                    assert isinstance(item, Comparison)
                    node = self.leaves.comparison(premise, item, self.wording.kinds.of_variables(rule))
                    if node is not None:
                        nodes.append(node)
                case Counts():
                    nodes.append(self.aggregate(premise, level + 1))
        return Premises(tuple(nodes), self._nor(remote))

    def _is_passed_over(self, atom: Atom) -> bool:
        """Whether a premise needs no words: what a rule says of itself, or what the claim says and was told."""
        if self.leaves.is_about_rules(atom):
            return True
        if not self.leaves.is_claim_fact(atom):
            return False
        told = atom in self._said
        self._said.add(atom)
        return told

    def _held(self, atom: Atom, in_force: int | str | None, level: int) -> Node:
        if self.leaves.is_published(atom):
            return self.leaves.fact(atom, in_force)
        return self.atom(atom, level)

    def _rank(self, premise: Premise) -> int:
        match premise:
            case Holds(atom) if self.leaves.is_claim_fact(atom):
                return 0
            case Holds(atom) if self.leaves.is_published(atom):
                return 1
            case Holds():
                return 2
            case Counts():
                return 3
            case Compares():
                return 4
            case Lacks():
                return 5

    def _nor(self, remote: Sequence[Pattern]) -> tuple[Node, ...]:
        """Exceptions of which nothing came near, in one sentence."""
        sentences = [self.wording.no_evidence(pattern) for pattern in remote]
        if not sentences:
            return ()
        others = (sentence.removeprefix("there is no evidence ") for sentence in sentences[1:])
        return (Node("absence", "; nor ".join([sentences[0], *others])),)

    # Aggregates

    def aggregate(self, counts: Counts, level: int, dim: bool = False) -> Node:
        """An aggregate with its value, its guards and its members."""
        guards = []
        for operator, bound in counts.guards:
            true = guard_holds(counts.function, counts.value, operator, bound)
            guards.append(f"{'' if true else 'not '}{guard(operator, bound)}")
        name = _FUNCTIONS[counts.function]
        value = f"{name} is {counts.value}" if counts.value is not None else f"there is nothing to take {name} of"
        limit = self.bounds.rows or len(counts.members)
        children = [self._member(counts.function, member, level) for member in counts.members[:limit]]
        if len(counts.members) > limit:
            children.append(more(len(counts.members) - limit))
        return Node("aggregate", ", ".join([value, *guards]), children=tuple(children), link="made up of", dim=dim)

    def _member(self, function: str, member: Member, level: int) -> Node:
        values = member.values[:1] if function != "#count" else member.values
        name = f"{_MEMBERS[function]} {', '.join(map(plain, values))}"
        if len(member.atoms) == 1:
            node = self.atom(member.atoms[0], level + 1)
            return replace(node, sentence=f"{name}: {node.sentence}")
        return Node("aggregate", name, children=tuple(self.atom(atom, level + 1) for atom in member.atoms))


def _signature(atom: Atom) -> tuple[str, int]:
    return atom.predicate, len(atom.arguments)
