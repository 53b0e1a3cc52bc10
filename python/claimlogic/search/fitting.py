"""The first stage: which lines fit what was done, and what the encounter leaves untold, before any rule is asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.claims.encounter import Encounter
from claimlogic.claims.encounter_facts import encounter_facts
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.search.candidates import Candidate, candidate_facts, candidates, proposal, reachable
from claimlogic.search.workbench import SETTLED, workbench
from claimlogic.terms import Atom, plain

_QUERY = "fitting"
_TRUST = "trust"
_SHOWN = (
    ("fits", 3),
    ("guidable", 3),
    ("unmet", 4),
    ("unguided", 3),
    ("narrower", 2),
    ("untold", 2),
    ("age_asked", 2),
)


@dataclass(frozen=True, slots=True)
class Fitting:
    """The lines that might be proposed to one biller, and how they fit.

    ``facts`` tell the encounter and what is the same for all lines; ``candidates`` holds every line by its number.
    ``fits``: line, procedure, part. ``guidable``, ``unguided``: line, procedure, modality. ``unmet``: line, procedure,
    part, feature. ``asks``: by code the pairs of a feature and what it is asked to be; ``guides``: code, modality,
    concept. ``narrower`` pairs a line with a broader one; ``untold``: procedure, feature.
    """

    encounter: Encounter
    biller: str
    form: str
    facts: tuple[Atom, ...]
    candidates: Mapping[int, Candidate]
    fits: frozenset[tuple[int, int, int]]
    guidable: frozenset[tuple[int, int, str]]
    unmet: frozenset[tuple[int, int, int, str]]
    unguided: frozenset[tuple[int, int, str]]
    narrower: frozenset[tuple[int, int]]
    untold: tuple[tuple[int, str], ...]
    ages: tuple[tuple[int, int], ...]
    asks: Mapping[str, tuple[tuple[str, str], ...]]
    guides: frozenset[tuple[str, str, str]]

    @property
    def useful(self) -> tuple[Candidate, ...]:
        """The lines that fit something, in their order."""
        wanted = {line for line, _, _ in self.fits} | {line for line, _, _ in self.guidable}
        return tuple(self.candidates[number] for number in sorted(wanted))

    def code(self, line: int) -> str:
        """The code of a line."""
        return self.candidates[line].line.code


def fit(
    kb: KnowledgeBase, encounter: Encounter, biller: str, form: str, options: Options | None, forced: str | None = None
) -> Fitting:
    """Match every code that describes or guides something that was done; ``forced`` as well, whatever it is."""
    bench = workbench(kb)
    offered = candidates(encounter, bench.book, forced)
    claim = proposal(encounter, biller, form, [candidate.line for candidate in offered])
    facts = [*candidate_facts(encounter, offered, kb.facts_of(claim, options)), *encounter_facts(encounter)]
    return _matched(kb, encounter, biller, form, offered, facts, options)


def fit_again(kb: KnowledgeBase, fitting: Fitting, authority: str) -> Fitting:
    """The same lines, matched where another authority is believed first."""
    facts = [fact for fact in fitting.facts if fact.predicate != _TRUST] + [Atom(_TRUST, (authority,))]
    offered = tuple(fitting.candidates.values())
    return _matched(kb, fitting.encounter, fitting.biller, fitting.form, offered, facts, Options(authority))


def _matched(
    kb: KnowledgeBase,
    encounter: Encounter,
    biller: str,
    form: str,
    offered: Sequence[Candidate],
    facts: Sequence[Atom],
    options: Options | None,
) -> Fitting:
    bench = workbench(kb)
    settled = bench.settled(kb, options).of_codes
    known = [atom for code in sorted({c.line.code for c in offered}) for atom in settled.get(code, ())]
    query = bench.choiceless(_QUERY, _SHOWN, SETTLED)
    found = query.follows([*facts, *known], kb.store, reachable(encounter, offered))
    by_line = {candidate.line.number: candidate for candidate in offered}
    return Fitting(
        encounter=encounter,
        biller=biller,
        form=form,
        facts=tuple(facts),
        candidates=by_line,
        fits=frozenset(found.of("fits")),
        guidable=frozenset(found.of("guidable")),
        unmet=frozenset(found.of("unmet")),
        unguided=frozenset(found.of("unguided")),
        narrower=frozenset(found.of("narrower")),
        untold=tuple(found.of("untold")),
        ages=tuple(found.of("age_asked")) if encounter.patient_age is None else (),
        asks=_asked(known),
        guides=frozenset(
            (plain(code), str(m), str(concept))
            for code, m, concept in (atom.arguments for atom in known if atom.predicate == "guides")
        ),
    )


def _asked(known: Iterable[Atom]) -> dict[str, tuple[tuple[str, str], ...]]:
    """By code the pairs of a feature and what it is asked to be."""
    found: dict[str, list[tuple[str, str]]] = {}
    for atom in known:
        if atom.predicate == "asks":
            code, feature, told = atom.arguments
            found.setdefault(plain(code), []).append((str(feature), str(told)))
    return {code: tuple(pairs) for code, pairs in found.items()}
