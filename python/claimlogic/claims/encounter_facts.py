"""An encounter as facts: the predicates that ``kb/vocabulary`` says are given by the encounter."""

from __future__ import annotations

from claimlogic.claims.encounter import Encounter
from claimlogic.terms import Atom, text


def encounter_facts(encounter: Encounter, name: str = "e") -> list[Atom]:
    """The facts of one encounter, in which it is called ``name``; each once, in a fixed order."""
    called = text(name)
    facts = []
    for number, procedure in enumerate(encounter.procedures, start=1):
        facts.append(Atom("performed", (called, number, procedure.concept)))
        facts += [Atom("has", (called, number, feature, told)) for feature, told in procedure.told]
        facts += [Atom("part", (called, number, part)) for part in range(1, procedure.parts + 1)]
    return list(dict.fromkeys(facts))
