"""``kb witness``: the semantic difference of two versions of the rules, with a smallest claim that shows it.

Not a sample: clingo looks through all claims up to a bound. What it finds is judged again by both versions, as
``check`` would, before anyone sees it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from claimlogic.analyst.impact.changes import changes_between
from claimlogic.analyst.impact.versions import Version
from claimlogic.analyst.witness.claims import Referee, Told, claim_yaml, read_back
from claimlogic.analyst.witness.domains import Bound, Stock
from claimlogic.analyst.witness.pairing import ChangedFacts, Pairing, rule_id, side_of, whole_name
from claimlogic.analyst.witness.search import Look, Searcher
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.rules import Rule, Variable
from claimlogic.knowledge.store import FactStore
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.results import ClaimResult
from claimlogic.search.program import Deadline
from claimlogic.terms import Atom

SECONDS = 60.0
_VERDICT = "verdict"


@dataclass(frozen=True, slots=True)
class Witness:
    """A claim on which the versions differ, as few lines as there can be, and both answers on it.

    ``rule`` is the rule id whose finding differs, or what else of the answer does (verdict, disputed). ``gained``: it
    holds in the draft and not in the base; else the other way round. ``clauses`` are the file and line of the rules by
    which it holds there. ``lines`` tells up to how many lines there is no such claim.
    """

    rule: str
    gained: bool
    told: Told
    base: ClaimResult
    draft: ClaimResult
    clauses: tuple[str, ...]
    lines: int

    @property
    def document(self) -> str:
        """The claim as YAML."""
        return claim_yaml(self.told.claim)

    @property
    def shows(self) -> frozenset[tuple[str, bool]]:
        """Every rule of which a finding stands in one answer only: with True where it is the draft's."""
        base, draft = (
            {(line.line, f.rule, f.with_lines) for line in result.lines for f in line.findings if not f.waived_by}
            for result in (self.base, self.draft)
        )
        found = {(rule, False) for _, rule, _ in base - draft} | {(rule, True) for _, rule, _ in draft - base}
        return frozenset(found | {(self.rule, self.gained)})


@dataclass(frozen=True, slots=True)
class Equality:
    """A rule id (or another part of the answer) that differs on no claim of up to ``lines`` lines.

    ``way`` is blank where it does not differ at all, else ``lost`` or ``gained``: no claim differs in this way.
    """

    rule: str
    lines: int
    way: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a search for a difference came to.

    ``changed`` are the predicates whose rules or facts differ as text or rows; ``finished`` is false where the time ran
    out. ``lines``: for so many lines all was tried. ``tried`` counts the codes, diagnoses, modifiers and days that
    claims were made of, ``left_out`` the kinds of them for which the bound had no room.
    """

    changed: tuple[str, ...]
    witnesses: tuple[Witness, ...]
    equalities: tuple[Equality, ...]
    bound: Bound
    lines: int
    finished: bool
    seconds: float
    tried: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)


def compare(base: Version, draft: Version, bound: Bound | None = None, seconds: float | None = SECONDS) -> Comparison:
    """The difference of two opened versions, rule by rule. Raises InputError for rules that cannot be read."""
    atoms = [atom for change in changes_between(base, draft).facts for atom in change.atoms]
    return compare_knowledge(base.knowledge, draft.knowledge, atoms, bound, seconds)


def compare_knowledge(
    base: Knowledge,
    draft: Knowledge,
    differing: Iterable[Atom],
    bound: Bound | None = None,
    seconds: float | None = SECONDS,
) -> Comparison:
    """The same for versions in memory; ``differing`` are the facts that only one of them has."""
    vocabulary = _both(base.vocabulary, draft.vocabulary)
    facts = _changed_facts(tuple(differing), (base, draft))
    sides = side_of(base.rules, base.store, draft.rules), side_of(draft.rules, draft.store, base.rules)
    stock = Stock([base.store, draft.store], vocabulary)
    pairing = Pairing(*sides, vocabulary, facts)
    return search(pairing, stock, (Referee(base), Referee(draft)), bound or Bound(), seconds)


def search(
    pairing: Pairing, stock: Stock, referees: tuple[Referee, Referee], bound: Bound, seconds: float | None
) -> Comparison:
    """The difference of two versions that were paired, rule by rule."""
    begun = time.monotonic()
    searcher = Searcher(pairing, stock, bound, Deadline(seconds))
    witnesses: list[Witness] = []
    equalities: list[Equality] = []
    lines = bound.lines
    for look in searcher.looks(searcher.goals()):
        name = rule_id(look.name) or whole_name(look.name)
        if look.told is None:
            lines = min(lines, look.lines)
            if look.lines:
                equalities.append(Equality(name, look.lines))
            continue
        witness = _witness(searcher, look, name, referees)
        if witness is None:
            searcher.finished, lines = False, min(lines, look.lines)
            continue
        if not any((name, look.gained) in shown.shows for shown in witnesses):
            witnesses.append(witness)
        other = searcher.opposite(look)
        if other.told is not None:
            against = confirmed(other, name, other.told, referees)
            if against is not None and not any((name, other.gained) in shown.shows for shown in witnesses):
                witnesses.append(against)
        elif other.lines:
            equalities.append(Equality(name, other.lines, "lost" if look.gained else "gained"))
    return Comparison(
        tuple(sorted(pairing.changed)),
        tuple(witnesses),
        tuple(equalities),
        bound,
        lines,
        searcher.finished,
        time.monotonic() - begun,
        searcher.tried,
        searcher.left_out,
    )


def _witness(searcher: Searcher, look: Look, name: str, referees: tuple[Referee, Referee]) -> Witness | None:
    """The difference as a claim that was judged again: one on which the verdict differs too, where there is one."""
    deciding = searcher.deciding(look, _VERDICT)
    for told in (deciding, look.told):
        if told is not None and (witness := confirmed(look, name, told, referees)) is not None:
            return witness
    return None


def confirmed(look: Look, name: str, told: Told, referees: tuple[Referee, Referee]) -> Witness | None:
    """The claim with both answers; None where they are the same after all, or where no reader would take the claim."""
    try:
        told = read_back(told, referees[1].words)
    except InputError:
        return None
    base, draft = (referee.result(told) for referee in referees)
    if answer(base) == answer(draft):
        return None
    clauses = referees[1 if look.gained else 0].places(told, name, 1) if rule_id(look.name) else ()
    return Witness(name, look.gained, told, base, draft, clauses, look.lines)


def answer(result: ClaimResult) -> object:
    """What an answer says, without its wording: verdicts, findings, disputes, editions."""
    lines = tuple(
        (
            line.line,
            line.verdict,
            frozenset((f.rule, f.severity, f.with_lines, bool(f.waived_by)) for f in line.findings),
        )
        for line in result.lines
    )
    disputes = frozenset((d.id, d.line, d.follows.source) for d in result.disputes)
    return result.verdict, lines, disputes, result.carried_forward, result.editions


def _both(base: Vocabulary, draft: Vocabulary) -> Vocabulary:
    return Vocabulary({**base.kinds, **draft.kinds}, {**base.predicates, **draft.predicates})


def _changed_facts(atoms: Sequence[Atom], sides: tuple[Knowledge, Knowledge]) -> dict[str, ChangedFacts]:
    """The facts that only one version has, as far as its rules read them: a title that no rule looks at is the same."""
    read: dict[str, set[int]] = {}
    for knowledge in sides:
        for rule in knowledge.rules:
            _note_read(rule, read)
    found: dict[str, ChangedFacts] = {}
    for name in sorted({atom.predicate for atom in atoms} & set(read)):
        own = {atom for atom in atoms if atom.predicate == name}
        base, draft = ({a for a in own if _holds(knowledge.store, a)} for knowledge in sides)
        seen = [{tuple(a.arguments[at] for at in sorted(read[name])) for a in side} for side in (base, draft)]
        if seen[0] != seen[1]:
            found[name] = ChangedFacts(frozenset(base), frozenset(draft))
    return found


def _holds(store: FactStore, atom: Atom) -> bool:
    return atom.predicate in store.predicates and bool(store.match(atom.predicate, atom.arguments))


def _note_read(rule: Rule, read: dict[str, set[int]]) -> None:
    """Note which arguments of each predicate a rule looks at: those that are no variable of their own."""
    from claimlogic.knowledge.checks import atoms_of

    for atom in atoms_of(rule):
        places = read.setdefault(atom.predicate, set())
        for at, argument in enumerate(atom.arguments):
            if not (isinstance(argument, Variable) and argument.name.startswith(_ANONYMOUS)):
                places.add(at)


_ANONYMOUS = ("V_", "W_", "_")
