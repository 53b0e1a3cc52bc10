"""An encounter as YAML or JSON: its keys, checked one by one, and the way from there to ``encounter.Encounter``.

What may be told of a procedure (regions, imaging, sides ...) is the knowledge base's to say and comes in as
``Tellable``. Faults are named as those of claims are, by their path and what to do about them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from claimlogic.claims.encounter import Encounter, Procedure
from claimlogic.claims.faults import Fault, faults_of, path, refusal
from claimlogic.claims.notation import parse_json, parse_yaml
from claimlogic.claims.read import read_text
from claimlogic.claims.values import Age, Allowed, Day, Item, Part, Payer, Session, Setting, Text, word_of
from claimlogic.errors import InputError, did_you_mean
from claimlogic.knowledge.store import FactStore

MAX_PARTS = 50
MAX_PROCEDURES = 40

_SEVERAL = frozenset({"imaging"})
"""Features of which several things may be told at once, as a list."""


@dataclass(frozen=True, slots=True)
class Tellable:
    """What may be told: by concept and feature the words, and by concept the features that count its parts."""

    words: Mapping[str, Mapping[str, frozenset[str]]]
    counts: Mapping[str, frozenset[str]]

    def features(self, concept: str) -> list[str]:
        """The features of a concept, sorted."""
        return sorted({*self.words.get(concept, ()), *self.counts.get(concept, ())})


def tellable(store: FactStore) -> Tellable:
    """What may be told of an encounter, by the facts of the knowledge base."""
    words: dict[str, dict[str, set[str]]] = {str(c): {} for c, _ in store.match("concept", (None, None))}
    for concept, feature, told in store.match("may_tell", (None, None, None)):
        words.setdefault(str(concept), {}).setdefault(str(feature), set()).add(str(told))
    counts: dict[str, set[str]] = {}
    for concept, feature in store.match("counts_parts", (None, None)):
        counts.setdefault(str(concept), set()).add(str(feature))
    return Tellable(
        {concept: {f: frozenset(told) for f, told in features.items()} for concept, features in words.items()},
        {concept: frozenset(features) for concept, features in counts.items()},
    )


def read_encounter(source: str | Path, allowed: Allowed, telling: Tellable) -> Encounter:
    """The encounter in a YAML or JSON file, or on standard input where ``source`` is ``-``.

    ``allowed`` holds the words that the vocabulary knows, by kind (``setting``, ``item``). Raises InputError; its place
    begins with the file.
    """
    place = "standard input" if str(source) == "-" else str(source)
    try:
        text = read_text(source).removeprefix("\ufeff")
        start = text.lstrip(" \t\r\n")
        if not start:
            raise InputError("there is nothing in it")
        return encounter_from_data(parse_json(text) if start[0] in "{[" else parse_yaml(text), allowed, telling)
    except InputError as error:
        raise InputError(error.problem, f"{place}: {error.place}" if error.place else place) from None


def encounter_from_data(data: object, allowed: Allowed, telling: Tellable) -> Encounter:
    """The encounter of a document, a mapping. Raises InputError, which names every fault up to a bound."""
    if not isinstance(data, dict):
        raise InputError("an encounter is a mapping with keys such as id, date, setting and procedures")
    if "lines" in data:
        raise InputError("this is a claim: an encounter tells what was done (procedures), not what was billed", "lines")
    words = {**allowed, "concept": frozenset(telling.words)}
    try:
        document = EncounterDocument.model_validate(data, context=words)
    except ValidationError as error:
        raise refusal(faults_of(error, {"": EncounterDocument.model_fields}, _REMEDIES)) from None
    faults = [fault for at, entry in enumerate(document.procedures) for fault in _faults(entry, at, telling)]
    if faults:
        raise refusal(faults)
    return _built(document, telling)


# ---- the schema -----------------------------------------------------------------------------------------------------

Concept = Annotated[str, word_of("concept", "procedure")]


class ProcedureDocument(Part):
    """One procedure as it is written. Its other keys are features of its concept and are checked by ``Tellable``."""

    model_config = ConfigDict(extra="allow")

    procedure: Concept
    site: Text | None = None
    session: Session | None = None
    practitioner: Text | None = None
    imaged_by: Text | None = None
    documented: list[Item] = []
    undocumented: list[Item] = []


class EncounterDocument(Part):
    """An encounter as it is written."""

    id: Text
    date: Day
    setting: Setting
    billing: Literal["professional", "facility", "both"] = "professional"
    payer: Payer | None = None
    patient_age: Age | None = None
    opps: bool | None = None
    procedures: list[ProcedureDocument] = Field(min_length=1, max_length=MAX_PROCEDURES)


# ---- from the schema to an encounter --------------------------------------------------------------------------------

_REMEDIES = {
    "literal_error": "use professional or facility or both",
    "too_short": "an encounter has at least one procedure",
    "too_long": f"at most {MAX_PROCEDURES} procedures: give the encounter in parts",
}


def _faults(entry: ProcedureDocument, at: int, telling: Tellable) -> Iterator[Fault]:
    """What is told amiss of one procedure: unknown features, words that a feature does not take, contradictions."""
    procedure = path(("procedures", at))
    if set(entry.documented) & set(entry.undocumented):
        yield f"{procedure}.undocumented", "an item is both documented and undocumented: keep one of them"
    words = telling.words[entry.procedure]
    for feature, value in _features(entry).items():
        place = path(("procedures", at, feature))
        if feature in telling.counts.get(entry.procedure, ()):
            if not _is_count(value):
                yield place, f"give a whole number from 1 to {MAX_PARTS}"
        elif feature not in words:
            known = [*ProcedureDocument.model_fields, *telling.features(entry.procedure)]
            remedy = did_you_mean(feature, known, f"the keys here are {', '.join(known)}")
            yield place, f"not told of {entry.procedure}: {remedy}"
        else:
            yield from ((place, remedy) for remedy in _word_faults(value, words[feature], feature in _SEVERAL))


def _word_faults(value: Any, words: frozenset[str], several: bool) -> Iterator[str]:
    told = _told(value)
    if isinstance(value, list) and not several:
        yield "give one word"
    elif not told or not all(isinstance(word, str) for word in told):
        yield f"give a word: {' or '.join(sorted(words))}"
    elif unknown := [word for word in told if word not in words]:
        yield "not known here: " + did_you_mean(unknown[0], words, f"use {' or '.join(sorted(words))}")
    elif len(told) > 1 and "none" in told:
        yield "none goes with nothing else: keep one of them"


def _features(entry: ProcedureDocument) -> dict[str, Any]:
    return entry.model_extra or {}


def _told(value: Any) -> list[Any]:
    """What is told as a list of words: true and false are the words yes and no."""
    values = value if isinstance(value, list) else [value]
    return [("yes" if v else "no") if isinstance(v, bool) else v for v in values]


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= MAX_PARTS


def _built(document: EncounterDocument, telling: Tellable) -> Encounter:
    return Encounter(
        id=document.id,
        date=document.date,
        setting=document.setting,
        billing=document.billing,
        procedures=tuple(_procedure(entry, telling) for entry in document.procedures),
        payer=document.payer,
        patient_age=document.patient_age,
        opps=document.opps,
    )


def _procedure(entry: ProcedureDocument, telling: Tellable) -> Procedure:
    counts = telling.counts.get(entry.procedure, frozenset())
    features = sorted(_features(entry).items())
    return Procedure(
        concept=entry.procedure,
        told=tuple((f, word) for f, value in features if f not in counts for word in sorted(set(_told(value)))),
        parts=next((value for f, value in features if f in counts), 1),
        site=entry.site,
        session=entry.session,
        practitioner=entry.practitioner,
        imaged_by=entry.imaged_by,
        documented=tuple(entry.documented),
        undocumented=tuple(entry.undocumented),
    )
