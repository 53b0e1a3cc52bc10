"""A property and the rules that it speaks of as one program, over claims up to a bound or over one that was found."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from clingo import ast

from claimlogic.analyst.verifying.properties import EACH_CODE, NO_TWO, Property
from claimlogic.analyst.verifying.steps import DIFFERS, could_differ, steps
from claimlogic.analyst.witness.domains import Bound, Domain, Domains, Stock
from claimlogic.analyst.witness.pairing import projected
from claimlogic.analyst.witness.program import claim_facts_of, claim_signatures
from claimlogic.claims.shapes import CODE
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import rules_toward
from claimlogic.knowledge.vocabulary import Predicate, Vocabulary
from claimlogic.search.program import Search, query_text
from claimlogic.terms import Atom, text

FIRST, SECOND = "c", "d"
_CODE = re.compile(rf'"{CODE.pattern}"')
_OWN = (("broken", 1), ("goes", 2))


@dataclass(frozen=True, slots=True)
class Asked:
    """A property as a program without a number of lines, and what claims may say in it."""

    text: str
    domain: Domain
    shown: tuple[tuple[str, int], ...]

    def search(self, lines: int, more: str = "") -> Search:
        """The search over claims of just so many lines, grounded."""
        facts = [Atom("numbered", (n,)) for n in range(1, lines + 1)]
        return Search(facts, (), [self.text, more, query_text("witness")], self.shown)


class Programs:
    """Programs for the properties of one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._stock = Stock([knowledge.store], knowledge.vocabulary)

    def asked(self, wanted: Property, codes: Iterable[str] | None = None) -> Asked:
        """All claims that a property is about; with ``codes`` of no others."""
        rules = self.rules(wanted)
        bound = Bound(lines=wanted.lines, codes=wanted.codes)
        named = [Atom("line", (text(FIRST), 1, code)) for code in sorted(set(_CODE.findall(wanted.text)))]
        domain = Domains(self._stock, bound, named).domain(rules, self._layers(wanted, rules), codes, wanted.says)
        program = [f"{fact}." for name in sorted(domain.facts) for fact in domain.facts[name]]
        program += [*map(projected, rules), *claim_facts_of(domain), wanted.text, _undefined(wanted, rules)]
        if wanted.form != EACH_CODE:
            program.append(":- not broken(_).")
        if wanted.form == NO_TWO:
            program += _second(domain, self._knowledge.vocabulary)
        else:
            program.append("sorted_from(2).")
        shown = (*claim_signatures(self._knowledge.vocabulary), *_OWN)
        return Asked("\n".join(program), domain, shown)

    def stepwise(self, wanted: Property) -> tuple[Asked, list[Atom]]:
        """A property about moved lines, asked of each rule by itself, with the atoms that say where one fails."""
        rules = self.rules(wanted)
        bound = Bound(lines=wanted.lines, codes=wanted.codes)
        domain = Domains(self._stock, bound).domain(rules, self._layers(wanted, rules), None, wanted.says)
        given = [f"{fact}." for name in sorted(domain.facts) for fact in domain.facts[name]]
        program = [*given, *claim_facts_of(domain), *steps(rules, self._knowledge.vocabulary), moves(wanted.text)]
        ids = sorted(str(row[0]) for row in self._knowledge.store.match("rule", (None,) * 3))
        return Asked("\n".join(program), domain, (DIFFERS,)), could_differ(rules, self._knowledge.vocabulary, ids)

    def resting_on(self, wanted: Property, names: Collection[tuple[str, str]]) -> frozenset[str]:
        """The rule ids whose findings rest on any of ``names``: predicates, each with a rule id or 0."""
        rules = self.rules(wanted)
        ids = {of for _, of in names if of != "0"}
        changed = {name for name, of in names if of == "0"}
        for rule in rules:
            if rule.head.predicate == "finding" and isinstance(rule.head.arguments[0], str):
                below = rules_toward(rules, rule.reads)
                if rule.reads & changed or any(r.head.predicate in changed for r in below):
                    ids.add(rule.head.arguments[0])
        return frozenset(ids)

    def rules(self, wanted: Property) -> tuple[Rule, ...]:
        """The rules on which a property rests."""
        vocabulary = self._knowledge.vocabulary
        of_rules = {p.name for p in vocabulary.predicates.values() if p.derived and p.kinds[:1] == ("rule",)}
        found = [
            rule
            for rule in self._knowledge.rules
            if wanted.rules is None
            or rule.head.predicate not in of_rules
            or not isinstance(rule.head.arguments[0], str)
            or rule.head.arguments[0] in wanted.rules
        ]
        return rules_toward(found, wanted.mentions)

    def stored(self, wanted: Property) -> list[Predicate]:
        """The published predicates that its text mentions."""
        return [p for p in self._knowledge.vocabulary.predicates.values() if p.stored and p.name in wanted.mentions]

    def _layers(self, wanted: Property, rules: Sequence[Rule]) -> list[frozenset[str]]:
        reads: dict[str, set[str]] = {}
        for rule in rules:
            reads.setdefault(rule.head.predicate, set()).update(rule.reads)
        known = self._knowledge.vocabulary.predicates
        layer = {name for name in wanted.mentions if name in reads or name in known}
        layers = []
        seen: set[str] = set()
        while layer - seen:
            layers.append(frozenset(layer - seen))
            seen |= layer
            layer = set().union(*(reads.get(name, set()) for name in layer))
        return layers


def plain_rules(source: str) -> str:
    """The rules of a property that choose nothing: with the claims given, they conclude what the property says."""
    kept: list[str] = []

    def keep(node: ast.AST) -> None:
        if node.ast_type == ast.ASTType.Rule and node.head.ast_type == ast.ASTType.Literal:
            if str(node.head) != "#false":
                kept.append(str(node))
        elif node.ast_type == ast.ASTType.Defined:
            kept.append(str(node))

    ast.parse_string(source, keep)
    return "\n".join(kept)


def moves(source: str) -> str:
    """Of the text of a property, the rules that say where lines go."""
    return "\n".join(row for row in plain_rules(source).splitlines() if row.startswith("goes("))


def _undefined(wanted: Property, rules: Collection[Rule]) -> str:
    """What the text may name without anything concluding it here."""
    concluded = {rule.head.predicate: len(rule.head.arguments) for rule in rules}
    return "#defined broken/1. #defined goes/2. #defined excepted/1." + "".join(
        f" #defined {name}/{arity}." for name, arity in sorted(concluded.items()) if name in wanted.mentions
    )


def _second(domain: Domain, vocabulary: Vocabulary) -> list[str]:
    """Claim "d" says what "c" does, of each line on the one that it goes to."""
    found = [f'claim("{SECOND}").']
    for name in sorted({name for name, _ in domain.values}):
        kinds = vocabulary.predicates[name].kinds
        if "claim" not in kinds:
            continue
        here, there = ([f"X{at}" for at in range(len(kinds))] for _ in range(2))
        here[kinds.index("claim")], there[kinds.index("claim")] = f'"{FIRST}"', f'"{SECOND}"'
        body = f"{name}({', '.join(here)})"
        if "line" in kinds:
            at = kinds.index("line")
            there[at] = "K"
            body += f", goes({here[at]}, K)"
        found.append(f"{name}({', '.join(there)}) :- {body}.")
    return found
