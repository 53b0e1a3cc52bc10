"""The nearest encounter in which a code would be among the best: fewest things told otherwise."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from claimlogic.claims.encounter import Encounter, Procedure
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.search.answers import CRITERIA
from claimlogic.search.fitting import Fitting, fit
from claimlogic.search.program import Deadline
from claimlogic.search.proposing import Proposal, Proposer
from claimlogic.search.untold import AGE
from claimlogic.search.wording import LEVEL, listed
from claimlogic.search.workbench import Workbench, billing_of, workbench
from claimlogic.terms import text

MAX_TRIED = 60
_LEVELS = ("first", "second", "third")
_MAX_BEST = 20


@dataclass(frozen=True, slots=True)
class Change:
    """Something told otherwise: of a procedure (0: of the encounter) what, before and after."""

    procedure: int
    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """An encounter with few changes in which the code is in a best set; the set as code, modifiers and units."""

    changes: tuple[Change, ...]
    encounter: Encounter
    lines: tuple[tuple[str, tuple[str, ...], int], ...]


_Told = tuple[tuple[Change, ...], Encounter]


def nearest(
    kb: KnowledgeBase, code: str, fitting: Fitting, options: Options | None, deadline: Deadline
) -> tuple[Nearest | None, bool]:
    """The nearest encounter that allows a code, and whether all that were thought of were tried."""
    bench = workbench(kb)
    own = replace(fitting.encounter, billing=billing_of(fitting.biller))
    starts = list(_fitted(kb, code, own, fitting, bench))
    waiting = [*starts, *(further for start in starts for further in _further(code, start, fitting, bench))]
    for tried, (changes, encounter) in enumerate(_unique(waiting)):
        if tried >= MAX_TRIED or deadline.passed:
            return None, False
        found = _best_with(kb, code, encounter, options, deadline) if changes else None
        if found is not None:
            lines = tuple((line.code, line.modifiers, line.units) for line in found.lines)
            return Nearest(changes, encounter, lines), True
    return None, True


def _best_with(
    kb: KnowledgeBase, code: str, encounter: Encounter, options: Options | None, deadline: Deadline
) -> Proposal | None:
    """A best set with the code for an encounter, in which nothing stays unknown."""
    biller, form = workbench(kb).billers(encounter)[0]
    told = fit(kb, encounter, biller, form, options)
    if code not in {candidate.line.code for candidate in told.useful}:
        return None
    proposer = Proposer(kb, told)
    proposals, _ = proposer.best(proposer.outdone(deadline), _MAX_BEST, deadline)
    unknown = CRITERIA.index("lines that stay unknown")
    return next((one for one in proposals if code in {line.code for line in one.lines} and not one.cost[unknown]), None)


# ---- what may be told otherwise -------------------------------------------------------------------------------------


def _fitted(kb: KnowledgeBase, code: str, encounter: Encounter, fitting: Fitting, bench: Workbench) -> Iterator[_Told]:
    """For each procedure, what must be told otherwise for the code to fit it, or for it to be another that it fits."""
    guides = sorted((concept, modality) for of, modality, concept in fitting.guides if of == code)
    own = {*bench.book.concepts(code), *(concept for concept, _ in guides)}
    done = {procedure.concept for procedure in encounter.procedures}
    for number, procedure in enumerate(encounter.procedures, start=1):
        start: _Told = (), encounter
        if code in bench.book.describing(procedure.concept):
            yield _aged(kb, code, _asked(start, number, bench.book.asks(code)))
        elif any(concept == procedure.concept for concept, _ in guides):
            yield from (_set(start, number, "imaging", m) for concept, m in guides if concept == procedure.concept)
        elif not own & done:
            for concept in bench.book.concepts(code):
                yield _aged(kb, code, _asked(_concept(start, number, concept, bench), number, bench.book.asks(code)))
            for concept, modality in guides:
                other = _concept(start, number, concept, bench)
                for guided in bench.book.describing(concept):
                    yield _set(_asked(other, number, bench.book.asks(guided)), number, "imaging", modality)


def _asked(told: _Told, number: int, asked: Iterable[tuple[str, str]]) -> _Told:
    """The encounter with everything told of a procedure that a code asks."""
    by_feature: dict[str, list[str]] = {}
    for feature, word in asked:
        by_feature.setdefault(feature, []).append(word)
    for feature, words in sorted(by_feature.items()):
        changes, encounter = told
        procedure = encounter.procedures[number - 1]
        if feature == LEVEL:
            needed = min(_LEVELS.index(word) for word in words) + 1
            if procedure.parts < needed:
                change = Change(number, "parts", str(procedure.parts), str(needed))
                told = (*changes, change), _with(encounter, number, replace(procedure, parts=needed))
        elif not set(procedure.of(feature)) & set(words):
            told = _set(told, number, feature, min(words))
    return told


def _aged(kb: KnowledgeBase, code: str, told: _Told) -> _Told:
    """The encounter with an age that the code is for."""
    changes, encounter = told
    ranges = [(row[1], row[2]) for row in kb.store.match("age_range", (text(code), None, None, None, None))]
    age = encounter.patient_age
    if age is None or not ranges or any(_between(low, age, high) for low, high in ranges):
        return told
    nearest_age = min((int(bound) for bounds in ranges for bound in bounds), key=lambda bound: abs(bound - age))
    return (*changes, Change(0, AGE, str(age), str(nearest_age))), replace(encounter, patient_age=nearest_age)


def _further(code: str, start: _Told, fitting: Fitting, bench: Workbench) -> Iterator[_Told]:
    """One thing more told otherwise: what a narrower code asks, the record, another procedure, place or biller."""
    changes, encounter = start
    for number, procedure in enumerate(encounter.procedures, start=1):
        if code in bench.book.describing(procedure.concept):
            yield from _not_narrower(code, start, number, bench)
        # Sites are told apart more often than practitioners, and come last by name.
        silent = [item for item in reversed(bench.items) if item not in procedure.documented]
        for item in dict.fromkeys([*silent, *procedure.undocumented]):
            lacked = item in procedure.undocumented
            kept = tuple(one for one in procedure.undocumented if one != item)
            held = replace(procedure, documented=(*procedure.documented, item), undocumented=kept)
            change = Change(number, "record", f"without {item}" if lacked else "not told", item)
            yield (*changes, change), _with(encounter, number, held)
    yield from _without(start, 1)
    yield from _without(start, 2)
    for setting in bench.settings(fitting.biller, fitting.form):
        if setting != encounter.setting:
            change = Change(0, "setting", encounter.setting, setting)
            yield (*changes, change), replace(encounter, setting=setting)
    for billing in bench.billings(encounter.setting):
        if billing != encounter.billing:
            yield (*changes, Change(0, "billing", encounter.billing, billing)), replace(encounter, billing=billing)


def _without(start: _Told, how_many: int) -> Iterator[_Told]:
    """The encounter without some of its procedures, as if they had not been done."""
    changes, encounter = start
    numbered = list(enumerate(encounter.procedures, start=1))
    for gone in itertools.combinations(numbered, how_many):
        rest = tuple(procedure for number, procedure in numbered if number not in dict(gone))
        if rest:
            told = (Change(number, "procedure", procedure.concept, "not done") for number, procedure in gone)
            yield (*changes, *told), replace(encounter, procedures=rest)


def _not_narrower(code: str, start: _Told, number: int, bench: Workbench) -> Iterator[_Told]:
    """What narrower codes ask besides, told otherwise."""
    procedure = start[1].procedures[number - 1]
    own = {feature for feature, _ in bench.book.asks(code)}
    for other in bench.book.describing(procedure.concept):
        asked = bench.book.asks(other)
        for feature in sorted({f for f, _ in asked} - own - {LEVEL}):
            avoided = {word for f, word in asked if f == feature}
            words = sorted(
                bench.tellable.get((procedure.concept, feature), set()) - avoided,
                key=lambda word: (word != "none", word),
            )
            if words and not set(procedure.of(feature)) & set(words):
                yield _set(start, number, feature, words[0])


def _concept(told: _Told, number: int, concept: str, bench: Workbench) -> _Told:
    """The encounter with another procedure in this place; of what is told, what may be told of it as well."""
    changes, encounter = told
    procedure = encounter.procedures[number - 1]
    kept = tuple((f, word) for f, word in procedure.told if word in bench.tellable.get((concept, f), ()))
    change = Change(number, "procedure", procedure.concept, concept)
    return (*changes, change), _with(encounter, number, replace(procedure, concept=concept, told=kept, parts=1))


def _set(told: _Told, number: int, feature: str, word: str) -> _Told:
    changes, encounter = told
    procedure = encounter.procedures[number - 1]
    if procedure.of(feature) == (word,):
        return told
    rest = tuple((f, of) for f, of in procedure.told if f != feature)
    other = replace(procedure, told=tuple(sorted((*rest, (feature, word)))))
    change = Change(number, feature, listed(procedure.of(feature)) or "not told", word)
    return (*changes, change), _with(encounter, number, other)


def _with(encounter: Encounter, number: int, procedure: Procedure) -> Encounter:
    at = number - 1
    return replace(encounter, procedures=(*encounter.procedures[:at], procedure, *encounter.procedures[at + 1 :]))


def _between(low: object, age: int, high: object) -> bool:
    return isinstance(low, int) and isinstance(high, int) and low <= age <= high


def _unique(found: Iterable[_Told]) -> list[_Told]:
    """Each encounter once, with its fewest changes."""
    kept: dict[Encounter, _Told] = {}
    for told in sorted(found, key=lambda one: len(one[0])):
        kept.setdefault(told[1], told)
    return list(kept.values())
