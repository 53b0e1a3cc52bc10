"""``kb verify``: properties of the rules. Each holds of all claims up to a bound, or a smallest claim breaks it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from claimlogic.analyst.verifying.program import FIRST, SECOND, Asked, Programs, plain_rules
from claimlogic.analyst.verifying.properties import EACH_CODE, NO_TWO, Property
from claimlogic.analyst.verifying.steps import moves_lines
from claimlogic.analyst.witness.claims import Referee, Told, read_back, told_by
from claimlogic.claims.facts import claim_facts
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.store import touched_by
from claimlogic.results import ClaimResult
from claimlogic.search.program import Deadline, Search
from claimlogic.terms import Atom, plain, text

SECONDS = 120.0
_GROWTH = 3.0
_POLISH_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A claim of which a property does not hold (or two), and what the rules answer on it; judged again."""

    line: int
    told: tuple[Told, ...]
    results: tuple[ClaimResult, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a property came out.

    ``lines``: of all claims of so many lines it holds. ``codes`` are those for which no claim was found, where it asks
    for one; ``finished`` is false where the time ran out. ``tried`` counts codes, diagnoses, modifiers and days.
    """

    about: Property
    lines: int
    counterexample: Counterexample | None = None
    codes: tuple[str, ...] = ()
    finished: bool = True
    seconds: float = 0.0
    tried: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether it holds of all claims up to the bound."""
        return self.finished and self.counterexample is None and not self.codes


class Verifier:
    """Holds properties against one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._programs = Programs(knowledge)
        self._referee = Referee(knowledge)
        self._tried: dict[str, int] = {}

    def outcome(self, wanted: Property, seconds: float | None = SECONDS) -> Outcome:
        """Whether a property holds up to its bound, with a smallest counterexample where it does not."""
        begun = time.monotonic()
        deadline = Deadline(seconds)
        self._tried = {}
        found = self._each_code(wanted, deadline) if wanted.form == EACH_CODE else self._no_claim(wanted, deadline)
        return Outcome(*found, seconds=time.monotonic() - begun, tried=self._tried)

    def _no_claim(
        self, wanted: Property, deadline: Deadline
    ) -> tuple[Property, int, Counterexample | None, tuple[str, ...], bool]:
        if moves_lines(wanted):
            proven, differing = self._stepwise(wanted, deadline)
            if proven == wanted.lines:
                return wanted, proven, None, (), True
            if not differing:
                return wanted, proven, None, (), False
            wanted = replace(wanted, rules=self._programs.resting_on(wanted, differing))
        asked = self._programs.asked(wanted)
        self._note(asked)
        took, lines = 0.0, 0
        for number in range(1, wanted.lines + 1):
            left = deadline.left()
            if left is not None and left <= took * _GROWTH:
                return wanted, lines, None, (), False
            begun = time.monotonic()
            search = asked.search(number)
            found = search.every(1, deadline)
            if found.models:
                polish = Deadline(min(_POLISH_SECONDS, left or _POLISH_SECONDS))
                best = search.best(1, polish).models or found.models
                shown = self._confirmed(wanted, best[0].atoms)
                return wanted, lines, shown, (), shown is not None
            if not found.complete:
                return wanted, lines, None, (), False
            took, lines = time.monotonic() - begun, number
        return wanted, lines, None, (), True

    def _stepwise(self, wanted: Property, deadline: Deadline) -> tuple[int, set[tuple[str, str]]]:
        """For how many lines every rule moves with the lines, and which predicates do not with one more."""
        asked, could_differ = self._programs.stepwise(wanted)
        self._note(asked)
        for number in range(1, wanted.lines + 1):
            search = asked.search(number)
            differing = set()
            for atom in could_differ:
                if not search.knows(atom):
                    continue
                found = search.holds([(atom, True)], deadline)
                if found is None:
                    return number - 1, set()
                if found:
                    differing.add((str(atom.arguments[0]), str(atom.arguments[1])))
            if differing:
                return number - 1, differing
        return wanted.lines, set()

    def _each_code(
        self, wanted: Property, deadline: Deadline
    ) -> tuple[Property, int, Counterexample | None, tuple[str, ...], bool]:
        missing: list[str] = []
        for code in self._wanted_codes(wanted):
            if deadline.passed:
                return wanted, 0, None, tuple(missing), False
            if not self._has_claim(wanted, code, deadline):
                missing.append(plain(code))
        return wanted, wanted.lines, None, tuple(missing), True

    def _has_claim(self, wanted: Property, code: str, deadline: Deadline) -> bool:
        """Whether a claim with the code on line 1 meets what is asked; codes beside it are tried a few at a time."""
        partners = sorted(self._partners(wanted, code)) or [code]
        step = max(1, wanted.codes - 1)
        for at in range(0, len(partners), step):
            asked = self._programs.asked(wanted, {code, *partners[at : at + step]})
            self._note(asked)
            more = f':- not line("{FIRST}", 1, {code}). :- not met.'
            for number in range(1, wanted.lines + 1):
                search = asked.search(number, more)
                found = search.every(1, deadline)
                if found.models and self._meets(wanted, found.models[0].atoms):
                    return True
        return False

    def _partners(self, wanted: Property, code: str) -> set[str]:
        declared = self._knowledge.vocabulary.predicates.get(wanted.beside)
        if declared is None:
            return set()
        places = [at for at, kind in enumerate(declared.kinds) if kind == "code"]
        rows = self._knowledge.store.match(wanted.beside, (code, *(None,) * (len(declared.kinds) - 1)))
        return {str(row[at]) for row in rows for at in places} - {code}

    def _wanted_codes(self, wanted: Property) -> list[str]:
        rows = [
            Atom(p.name, row)
            for p in self._programs.stored(wanted)
            for row in self._knowledge.store.match(p.name, (None,) * len(p.kinds))
        ]
        search = Search(rows, (), [plain_rules(wanted.text), _UNSAID], [("wanted", 1)])
        return [str(a.arguments[0]) for model in search.every(1).models for a in sorted(model.atoms)]

    def _confirmed(self, wanted: Property, atoms: frozenset[Atom]) -> Counterexample | None:
        """The counterexample as claims that a reader takes, if the property is broken by them as facts."""
        names = (FIRST, SECOND) if wanted.form == NO_TWO else (FIRST,)
        told = self._read_back(atoms, names)
        if told is None:
            return None
        broken = [a for a in self._concluded(wanted, told, atoms) if a.predicate == "broken"]
        if not broken:
            return None
        line = next(int(a.arguments[0]) for a in broken)
        return Counterexample(line, told, tuple(self._referee.result(one) for one in told))

    def _meets(self, wanted: Property, atoms: frozenset[Atom]) -> bool:
        told = self._read_back(atoms, (FIRST,))
        return told is not None and Atom("met", ()) in self._concluded(wanted, told, atoms)

    def _read_back(self, atoms: frozenset[Atom], names: Sequence[str]) -> tuple[Told, ...] | None:
        titles = dict(
            zip((FIRST, SECOND), ("first", "second") if len(names) > 1 else ("counterexample",), strict=False)
        )
        try:
            return tuple(read_back(told_by(atoms, titles[name], name), self._referee.words) for name in names)
        except InputError:
            return None

    def _concluded(self, wanted: Property, told: Sequence[Told], atoms: frozenset[Atom]) -> frozenset[Atom]:
        """What the rules and the property conclude of claims that were read, without any choice."""
        facts: dict[Atom, None] = {}
        for name, one in zip((FIRST, SECOND), told, strict=False):
            facts.update(dict.fromkeys(claim_facts(one.claim, name)))
            facts.update({Atom("numbered", (line.number,)): None for line in one.claim.lines})
            if one.strict_dates:
                facts[Atom("strict_dates", (text(name),))] = None
            if one.trust:
                facts[Atom("trust", (one.trust,))] = None
        facts.update({atom: None for atom in atoms if atom.predicate == "goes"})
        rules = self._programs.rules(wanted)
        touched = touched_by(list(facts), self._knowledge.vocabulary)
        read = frozenset().union(*(rule.reads for rule in rules), wanted.mentions) & self._knowledge.store.predicates
        published = [fact for name in sorted(read) for fact in self._knowledge.store.slice(name, touched)]
        program = [plain_rules(wanted.text), _UNSAID]
        found = Search([*facts, *published], rules, program, [("broken", 1), ("met", 0)]).every(1)
        return found.models[0].atoms if found.models else frozenset()

    def _note(self, asked: Asked) -> None:
        for kind, values in asked.domain.touched.items():
            self._tried[kind] = max(len(values), self._tried.get(kind, 0))
        self._tried["day"] = max(len(asked.domain.days), self._tried.get("day", 0))


_UNSAID = "#defined goes/2. #defined broken/1. #defined met/0."


def verify(
    knowledge: Knowledge, properties: Sequence[Property], seconds: float | None = SECONDS
) -> tuple[Outcome, ...]:
    """How each property comes out; each may take ``seconds``."""
    verifier = Verifier(knowledge)
    return tuple(verifier.outcome(wanted, seconds) for wanted in properties)
