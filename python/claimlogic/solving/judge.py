"""From a claim's facts to its result: the verdicts, the findings in words, and what the answer rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import Slice, Slicer, claim_free
from claimlogic.knowledge.store import FactStore
from claimlogic.results import (
    CarriedForward,
    Citation,
    ClaimResult,
    DenialCode,
    Dispute,
    Edition,
    Finding,
    LineResult,
    Side,
)
from claimlogic.solving.answer import Answer, Firing, Solver, concluded
from claimlogic.solving.joins import Joiner
from claimlogic.terms import Atom, Term, plain

SHOWN = (
    ("verdict", 3),
    ("claim_verdict", 2),
    ("finding", 4),
    ("reported", 4),
    ("waived", 4),
    ("disputed", 3),
    ("prevails", 2),
    ("edition_used", 4),
    ("carried_forward", 5),
    ("judged_by", 2),
)
_TRUST = "trust"
_FINDING = "finding"
_REPORTING = frozenset({_FINDING, "reported", "waived"})


@dataclass(frozen=True, slots=True)
class RuleCard:
    """What a rule file says of its rule."""

    rule: str
    severity: str
    title: str
    denial: DenialCode | None
    citations: tuple[Citation, ...]


class Judge:
    """Judges claims by one knowledge base. Holds what is the same for every claim, and nothing of any claim."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.joiner = Joiner(knowledge.rules)
        self.by_number = {rule.number: rule for rule in knowledge.rules}
        goals = [name for name, _ in SHOWN]
        self._slicer = Slicer(knowledge.rules, knowledge.vocabulary, goals)
        self._settled = claim_free(self._slicer.rules, knowledge.vocabulary, [_TRUST])
        self._unsettled = Slicer(knowledge.rules, knowledge.vocabulary, goals, self._settled)
        shown = (knowledge.vocabulary.predicates[name] for name in goals)
        self._claim_at = {p.name: p.kinds.index("claim") for p in shown if "claim" in p.kinds}
        self._settled_atoms: dict[tuple[int, frozenset[Atom]], tuple[FactStore, tuple[Atom, ...]]] = {}

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules on which an answer can rest."""
        return self._slicer.rules

    def slice(self, claim_facts: Sequence[Atom], store: FactStore | None = None, for_proofs: bool = False) -> Slice:
        """What of the knowledge base can bear on a claim."""
        return self._slicer.cut(claim_facts, store or self.knowledge.store, for_proofs=for_proofs)

    def answer(
        self, claim_facts: Sequence[Atom], store: FactStore | None = None, solver: Solver | None = None
    ) -> Answer:
        """The atoms in ``SHOWN`` that hold of claims, and every firing of a rule that speaks to a person."""
        asked = store or self.knowledge.store
        settled = self._settled_for(frozenset(f for f in claim_facts if f.predicate == _TRUST), asked)
        cut = self._unsettled.cut([*claim_facts, *settled], asked)
        watched = [rule for rule in cut.rules if speaks(rule)]
        return (solver or self.joiner.solve)(cut.facts, cut.rules, watched, SHOWN)

    def by_claim(self, answer: Answer) -> dict[Term, Answer]:
        """An answer on several claims, apart by claim. What holds of no claim in particular is told of each."""
        atoms: dict[Term, list[Atom]] = defaultdict(list)
        firings: dict[Term, list[Firing]] = defaultdict(list)
        common = []
        for atom in answer.atoms:
            at = self._claim_at.get(atom.predicate)
            if at is None:
                common.append(atom)
            else:
                atoms[atom.arguments[at]].append(atom)
        for firing in answer.firings:
            head = concluded(self.by_number[firing.rule], firing)
            firings[head.arguments[self._claim_at[head.predicate]]].append(firing)
        return {claim: Answer(frozenset([*own, *common]), tuple(firings[claim])) for claim, own in atoms.items()}

    def _settled_for(self, trust: frozenset[Atom], store: FactStore) -> tuple[Atom, ...]:
        """What holds of no claim in particular, such as which side of a dispute prevails; found once."""
        key = (id(store), trust)
        if key not in self._settled_atoms:
            rules = [rule for rule in self._slicer.rules if rule.head.predicate in self._settled]
            needed = frozenset().union(*(rule.reads for rule in rules)) & store.predicates
            facts = [*trust, *(fact for predicate in sorted(needed) for fact in store.slice(predicate, {}))]
            found = self.joiner.solve(facts, rules, (), None).atoms
            atoms = tuple(sorted((a for a in found if a.predicate in self._settled), key=str))
            self._settled_atoms[key] = (store, atoms)  # The store is kept, so its id stays its own.
        return self._settled_atoms[key][1]

    def result(self, claim_id: str, claim_facts: Sequence[Atom], answer: Answer) -> ClaimResult:
        """The answer put into words. ``claim_facts`` are those that were judged."""
        atoms = _by_predicate(answer)
        codes = {a.arguments[1]: a.arguments[2] for a in claim_facts if a.predicate == "line"}
        verdicts = {a.arguments[1]: str(a.arguments[2]) for a in atoms["verdict"]}
        findings = self._findings(answer, atoms)
        lines = tuple(
            # What the rules conclude nothing of is not known to be payable.
            LineResult(_number(n), plain(codes[n]), verdicts.get(n, "unknown"), tuple(findings.get(n, ())))
            for n in sorted(codes, key=_number)
        )
        unknown = tuple(
            f.message for line in lines for f in line.findings if f.severity == "unknown" and not f.waived_by
        )
        return ClaimResult(
            claim=claim_id,
            # A claim without a coded line has nothing that could be judged, and so nothing that is known to be payable.
            verdict=next((str(a.arguments[1]) for a in atoms["claim_verdict"]), "unknown"),
            lines=lines,
            unknown=tuple(dict.fromkeys(unknown)),
            carried_forward=_carried_forward(atoms["carried_forward"]),
            disputes=self._disputes(atoms),
            editions=_editions(atoms),
            uncoded_lines=(),
            version=self.knowledge.version,
        )

    def _findings(self, answer: Answer, atoms: dict[str, list[Atom]]) -> dict[Term, list[Finding]]:
        messages: dict[tuple[Term, ...], list[str]] = defaultdict(list)
        overlays: dict[tuple[Term, ...], str] = {}
        for firing in answer.firings:
            rule = self.by_number[firing.rule]
            head = concluded(rule, firing).arguments
            if rule.head.predicate == "waived":
                overlays[head] = rule.place
            elif rule.label is not None:
                messages[head].append(sentence(rule, firing))
        reported = {a.arguments for a in atoms["reported"]}
        grouped: dict[tuple[Term, Term, str], list[tuple[Term, ...]]] = defaultdict(list)
        for arguments in {*reported, *(a.arguments for a in atoms["finding"])}:
            waived_by = "" if arguments in reported else overlays.get(arguments, "")
            grouped[arguments[0], arguments[2], waived_by].append(arguments)
        found: dict[Term, list[Finding]] = defaultdict(list)
        for (rule_id, line, waived_by), group in grouped.items():
            group.sort(key=lambda arguments: _number(arguments[3]))
            words = dict.fromkeys(m for arguments in group for m in sorted(messages[arguments]))
            card = self.cards[str(rule_id)]
            others = tuple(_number(a[3]) for a in group if a[3] != line)
            found[line].append(
                Finding(card.rule, card.severity, "; ".join(words), others, card.denial, card.citations, waived_by)
            )
        order = list(_SEVERITIES)
        for group_of_line in found.values():
            group_of_line.sort(key=lambda f: (order.index(f.severity), f.rule, f.with_lines, f.waived_by))
        return found

    def _disputes(self, atoms: dict[str, list[Atom]]) -> tuple[Dispute, ...]:
        positions: dict[Term, dict[Term, str]] = defaultdict(dict)
        for dispute, source, says in self.knowledge.store.match("position", (None, None, None)):
            positions[dispute][source] = plain(says)
        prevailing = defaultdict(list)
        for a in atoms["prevails"]:
            prevailing[a.arguments[0]].append(a.arguments[1])
        found = []
        for a in atoms["disputed"]:
            dispute, _, line = a.arguments
            sides = positions[dispute]
            winners = sorted(prevailing[dispute], key=str)
            held = sides[winners[0]]
            others = tuple(Side(str(s), w) for s, w in sorted(sides.items(), key=str) if s not in winners and w != held)
            found.append(Dispute(str(dispute), _number(line), Side(str(winners[0]), held), others))
        return tuple(sorted(found, key=lambda d: (d.line, d.id)))

    @cached_property
    def cards(self) -> dict[str, RuleCard]:
        """What each rule file says of its rule, by rule id."""
        store = self.knowledge.store
        sources = {str(s[0]): s for s in store.match("source", (None,) * 4)}
        cited: dict[Term, list[Citation]] = defaultdict(list)
        for rule, source, where in sorted(store.match("cites", (None,) * 3), key=str):
            _, authority, title, edition = sources.get(str(source), (source, "", '""', '""'))
            cited[rule].append(Citation(str(source), plain(where), str(authority), plain(title), plain(edition)))
        remarks: dict[Term, list[str]] = defaultdict(list)
        for rule, rarc in sorted(store.match("remark_code", (None, None)), key=str):
            remarks[rule].append(plain(rarc))
        denials = {}
        for rule, group, carc in sorted(store.match("denial_code", (None,) * 3), key=str, reverse=True):
            denials[rule] = DenialCode(plain(group), plain(carc), tuple(remarks[rule]))
        return {
            str(rule): RuleCard(str(rule), str(severity), plain(title), denials.get(rule), tuple(cited[rule]))
            for rule, severity, title in store.match("rule", (None,) * 3)
        }


_SEVERITIES = ("deny", "unknown", "packaged", "advise")


def speaks(rule: Rule) -> bool:
    """Whether the firings of a rule are told to a person: it reports, or it waives."""
    return rule.head.predicate in _REPORTING and (rule.label is not None or rule.head.predicate == "waived")


def sentence(rule: Rule, firing: Firing) -> str:
    """A rule's label with its braces filled."""
    assert rule.label is not None
    values = dict(zip((*rule.variables, "#sum"), firing.values, strict=False))
    return rule.label.template.format(*(plain(values.get(name, name)) for name in rule.label.fillers))


def _by_predicate(answer: Answer) -> dict[str, list[Atom]]:
    found: dict[str, list[Atom]] = defaultdict(list)
    for atom in answer.atoms:
        found[atom.predicate].append(atom)
    return found


def _number(term: Term) -> int:
    assert isinstance(term, int)
    return term


def _carried_forward(atoms: Sequence[Atom]) -> tuple[CarriedForward, ...]:
    found = [
        CarriedForward(str(published), str(table), plain(edition), _number(date))
        for _, date, published, table, edition in (a.arguments for a in atoms)
    ]
    return tuple(sorted(found, key=lambda c: (c.date, c.published, c.table)))


def _editions(atoms: dict[str, list[Atom]]) -> tuple[Edition, ...]:
    tables = [str(a.arguments[1]) for a in atoms["judged_by"]]
    table = tables[0] if tables else ""
    found = [
        Edition(str(published), table, plain(edition), _number(date))
        for _, date, published, edition in (a.arguments for a in atoms["edition_used"])
    ]
    return tuple(sorted(found, key=lambda e: (e.date, e.published, e.edition)))
