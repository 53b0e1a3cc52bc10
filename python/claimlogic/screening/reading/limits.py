"""What the data do not hold, where that changes the answer: said beside it, in the words of a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from claimlogic.screening.reading.sources import Source

_FEW_MODIFIERS = 2


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that the data do not hold: its name, and what it means for the answer."""

    name: str
    meaning: str


def limits_of(sources: Sequence[Source], no_units: int) -> list[Limit]:
    """The limits of these files; ``no_units`` counts the lines that leave their units out."""
    taken = [source.columns.taken for source in sources]

    def lacking(*fields: str) -> bool:
        return any(not set(fields) & set(each) for each in taken)

    modifiers = min(len(each.get("modifier", ())) for each in taken)
    found = []
    if lacking("modifier", "modifier_list"):
        found.append(_limit("no_modifiers"))
    elif lacking("modifier_list") and modifiers <= _FEW_MODIFIERS:
        found.append(Limit("few_modifiers", _MEANINGS["few_modifiers"].format(modifiers + 1)))
    if lacking("units"):
        found.append(_limit("no_units"))
    elif no_units:
        found.append(Limit("some_units", _MEANINGS["some_units"].format(f"{no_units:,}")))
    conditions = {
        "no_line_dates": lacking("date"),
        "no_line_status": lacking("line_status"),
        "no_place": lacking("place", "bill_type", "setting"),
        "no_provider": lacking("provider", "group"),
        "no_specialty": lacking("specialty"),
        "no_diagnoses": lacking("diagnosis", "diagnosis_list"),
        "no_pointers": lacking("diagnosis_pointer", "line_diagnosis"),
        "no_age": lacking("age", "birth_date"),
        "no_record": lacking("documented", "undocumented"),
    }
    found += [_limit(name) for name, holds in conditions.items() if holds]
    return [*found, _limit("each_claim_alone")]


def _limit(name: str) -> Limit:
    return Limit(name, _MEANINGS[name])


_MEANINGS = {
    "no_modifiers": "no modifiers: a pair that a modifier parts is reported all the same, and so is a component",
    "few_modifiers": "no line has a modifier in place {} or after: where the source keeps no more, a pair may be "
    "reported that a modifier there parts",
    "no_units": "no units: every line counts as one unit, and unit limits see only how many lines there are",
    "some_units": "{} lines give no units and count as one",
    "no_line_dates": "no dates of lines: the days of the claim stand for them, and services of different days are "
    "judged as of one",
    "no_line_status": "no column tells which lines were denied (x_line_status): if only paid claims are here, they "
    "have passed edits before, and findings are mostly overrides, corrections and other editions",
    "no_place": "neither place of service nor type of bill: what depends on the setting is unknown or not judged",
    "no_provider": "no practitioner: services of different practitioners are judged as those of one",
    "no_specialty": "no specialty: practitioners of one group are told apart by their own number alone",
    "no_diagnoses": "no diagnoses: whether a diagnosis supports a service is not judged",
    "no_pointers": "no diagnosis of a line: a diagnosis supports every line of its claim",
    "no_age": "no age: ranges of age are not judged",
    "no_record": "nothing of the medical record: what it must hold is advised and never denied, and a modifier that "
    "claims a distinct service is taken at its word, with advice",
    "each_claim_alone": "each claim is judged alone: a parent, a global period or units of the same day on another "
    "claim are not seen",
}
