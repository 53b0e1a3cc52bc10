"""The lines that may be proposed for an encounter, and what each could report: read off the knowledge base's facts.

Here is only book-keeping: which code describes or guides what was done, and whose session, site and record a line would
share. Whether a line fits, and whether it may stand, the query and the rules decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from claimlogic.claims.encounter import Encounter, Procedure
from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.store import FactStore
from claimlogic.terms import Atom, Term, plain, text

CLAIM = text("c")
FIRST_SESSION = "1"
_CHOSEN = frozenset({"line", "units", "modifier", "modifier_position", "documented", "undocumented"})
_BOTH = ("left", "right")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A line that may be proposed, with the procedures (numbers) of which it may report parts, or the imaging.

    ``side`` is what it says of sides: left, right, both, or nothing. ``split`` marks one of two lines for the two sides
    of a procedure, ``mirrors`` one line for two procedures that mirror each other.
    """

    line: Line
    procedures: tuple[int, ...]
    guides: bool
    side: str = ""
    split: bool = False
    mirrors: bool = False


class CodeBook:
    """Which codes describe a concept and which guide it, by the facts and the disputed rules of a knowledge base."""

    def __init__(self, knowledge: Knowledge, store: FactStore) -> None:
        disputed = [
            (rule.head.predicate, rule.head.arguments)
            for rule in knowledge.rules
            if rule.head.predicate in ("asks", "describes", "guides")
            and all(isinstance(a, str) for a in rule.head.arguments)
        ]
        self._describes = _by_concept([*store.match("describes", (None, None)), *_of("describes", disputed)])
        self._guides = _by_concept([*store.match("guides", (None, None, None)), *_of("guides", disputed)])
        self._asks: dict[str, list[tuple[str, str]]] = {}
        for code, feature, told in sorted([*store.match("asks", (None, None, None)), *_of("asks", disputed)], key=str):
            self._asks.setdefault(plain(code), []).append((str(feature), str(told)))

    def describing(self, concept: str) -> tuple[str, ...]:
        """Codes that report procedures of a concept."""
        return self._describes.get(concept, ())

    def guiding(self, concept: str) -> tuple[str, ...]:
        """Codes that report guidance of procedures of a concept, by whatever modality."""
        return self._guides.get(concept, ())

    def concepts(self, code: str) -> tuple[str, ...]:
        """The concepts that a code describes."""
        return tuple(sorted(concept for concept, codes in self._describes.items() if code in codes))

    def codes(self) -> tuple[str, ...]:
        """Every code that describes or guides something, sorted."""
        found = {code for codes in (*self._describes.values(), *self._guides.values()) for code in codes}
        return tuple(sorted(found))

    def asks(self, code: str) -> tuple[tuple[str, str], ...]:
        """What a code may ask: pairs of a feature and what it is to be, whichever side of a dispute has it."""
        return tuple(self._asks.get(code, ()))

    def guided(self, code: str) -> tuple[str, ...]:
        """The concepts whose guidance a code reports."""
        return tuple(sorted(concept for concept, codes in self._guides.items() if code in codes))


def candidates(encounter: Encounter, book: CodeBook, forced: str | None = None) -> tuple[Candidate, ...]:
    """Every line that may be proposed, numbered from 1 in a fixed order.

    ``forced`` is a code that is offered in any case: bare, where it describes and guides nothing that was done.
    """
    sure = replace(
        encounter, procedures=tuple(replace(p, session=session_of(encounter, p)) for p in encounter.procedures)
    )
    found = [*_of_procedures(sure, book), *_of_mirrors(sure, book), *_of_imaging(sure, book, forced)]
    if forced is not None and forced not in {candidate.line.code for candidate in found}:
        found.append(Candidate(_line(sure, forced, sure.procedures[:1], None), (), guides=False))
    return tuple(replace(c, line=replace(c.line, number=n)) for n, c in enumerate(found, start=1))


def session_of(encounter: Encounter, procedure: Procedure) -> str | None:
    """The session of a procedure: the first, where the encounter tells of another's session and not of this one's."""
    told = any(other.session is not None for other in encounter.procedures)
    return procedure.session or (FIRST_SESSION if told else None)


def proposal(encounter: Encounter, biller: str, form: str, lines: Iterable[Line]) -> Claim:
    """The claim of one biller for an encounter, with these lines."""
    return Claim(
        id=encounter.id,
        form=form,
        lines=tuple(lines),
        billed_by=biller,
        setting=encounter.setting,
        opps=encounter.opps,
        payer=encounter.payer,
        patient_age=encounter.patient_age,
    )


def candidate_facts(encounter: Encounter, offered: Sequence[Candidate], claim_facts: Iterable[Atom]) -> list[Atom]:
    """The facts of lines that are all offered while none is chosen. ``claim_facts``: those of a claim of them all."""
    facts = [fact for fact in claim_facts if fact.predicate not in _CHOSEN]
    for candidate in offered:
        number, line = candidate.line.number, candidate.line
        facts.append(Atom("offered", (number, text(line.code))))
        if candidate.guides:
            facts += [Atom("for_imaging", (number, p)) for p in candidate.procedures]
        else:
            facts += [
                Atom("for_part", (number, p, side))
                for p in candidate.procedures
                for side in _sides(encounter.procedures[p - 1], candidate)
            ]
        if candidate.side:
            facts.append(Atom("on_side", (number, candidate.side)))
        facts += [Atom(mark, (number,)) for mark in ("split", "mirrors") if getattr(candidate, mark)]
    for number, procedure in enumerate(encounter.procedures, start=1):
        facts += [Atom("record_holds", (number, item)) for item in procedure.documented]
        facts += [Atom("record_lacks", (number, item)) for item in procedure.undocumented]
    return facts


def reachable(
    encounter: Encounter, offered: Sequence[Candidate], modifiers: Iterable[Term] = (), items: Iterable[str] = ()
) -> list[Atom]:
    """What a search may conclude of the lines, besides the facts: lines, modifiers, and what their records hold.

    ``items`` are those that a record may be supposed to hold. The slice must know of all that may come to hold.
    """
    if not offered:
        return []
    found = [Atom("line", (CLAIM, c.line.number, text(c.line.code))) for c in offered]
    any_line = offered[0].line.number
    found.append(Atom("units", (CLAIM, any_line, 1)))
    found += [Atom("modifier", (CLAIM, any_line, modifier)) for modifier in modifiers]
    held = {*items, *(item for procedure in encounter.procedures for item in procedure.documented)}
    lacked = {item for procedure in encounter.procedures for item in procedure.undocumented}
    found += [Atom("documented", (CLAIM, any_line, item)) for item in sorted(held)]
    found += [Atom("undocumented", (CLAIM, any_line, item)) for item in sorted(lacked)]
    return found


def _of_procedures(encounter: Encounter, book: CodeBook) -> Iterable[Candidate]:
    for number, procedure in enumerate(encounter.procedures, start=1):
        for code in book.describing(procedure.concept):
            line = _line(encounter, code, [procedure], procedure.practitioner)
            side = next(iter(procedure.of("side")), "")
            if side == "bilateral":
                yield Candidate(line, (number,), guides=False, side="both")
                yield from (Candidate(line, (number,), guides=False, side=one, split=True) for one in _BOTH)
            else:
                yield Candidate(line, (number,), guides=False, side=side)


def _of_mirrors(encounter: Encounter, book: CodeBook) -> Iterable[Candidate]:
    """One line for the left and the right of the same procedure, where the encounter tells them as two."""
    numbered = list(enumerate(encounter.procedures, start=1))
    for left, one in numbered:
        for right, other in numbered:
            if (
                one.of("side") == ("left",)
                and other.of("side") == ("right",)
                and _but_for_side(one) == _but_for_side(other)
            ):
                for code in book.describing(one.concept):
                    line = _line(encounter, code, [one, other], one.practitioner)
                    pair = (min(left, right), max(left, right))
                    yield Candidate(line, pair, guides=False, side="both", mirrors=True)


def _of_imaging(encounter: Encounter, book: CodeBook, forced: str | None) -> Iterable[Candidate]:
    """Guidance is reported once for a session and practitioner, of however many procedures."""
    groups: dict[tuple[str, str | None, str | None], list[int]] = {}
    for number, procedure in enumerate(encounter.procedures, start=1):
        for code in book.guiding(procedure.concept):
            if procedure.of("imaging") == ("none",) and code != forced:
                continue
            key = code, procedure.session, procedure.imaged_by or procedure.practitioner
            groups.setdefault(key, []).append(number)
    for (code, _, practitioner), numbers in groups.items():
        line = _line(encounter, code, [encounter.procedures[n - 1] for n in numbers], practitioner)
        yield Candidate(line, tuple(numbers), guides=True)


def _line(encounter: Encounter, code: str, procedures: Sequence[Procedure], practitioner: str | None) -> Line:
    sites = {procedure.site for procedure in procedures}
    return Line(
        number=0,
        code=code,
        units=1,
        date=encounter.date,
        provider=practitioner,
        session=procedures[0].session,
        site=sites.pop() if len(sites) == 1 else None,
    )


def _sides(procedure: Procedure, candidate: Candidate) -> tuple[str, ...]:
    if procedure.of("side") != ("bilateral",):
        return ("whole",)
    return (candidate.side,) if candidate.split else _BOTH


def _but_for_side(procedure: Procedure) -> Procedure:
    told = tuple((feature, word) for feature, word in procedure.told if feature != "side")
    return replace(procedure, told=told, site=None)


def _of(predicate: str, heads: Iterable[tuple[str, tuple[object, ...]]]) -> list[tuple[Term, ...]]:
    return [tuple(str(a) for a in arguments) for name, arguments in heads if name == predicate]


def _by_concept(rows: Iterable[tuple[Term, ...]]) -> Mapping[str, tuple[str, ...]]:
    """Codes (the first argument) by concept (the last), sorted."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(str(row[-1]), set()).add(plain(row[0]))
    return {concept: tuple(sorted(codes)) for concept, codes in found.items()}
