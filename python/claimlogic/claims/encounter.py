"""An encounter: what was done, before anything is billed. Nothing else of a patient."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Procedure:
    """One procedure, by concept, with what is told of it.

    ``told`` holds pairs of a feature and what is told of it, in the knowledge base's words; ``parts`` counts levels or
    lesions. ``imaged_by`` is whoever performed its imaging, where that is not ``practitioner``.
    """

    concept: str
    told: tuple[tuple[str, str], ...] = ()
    parts: int = 1
    site: str | None = None
    session: str | None = None
    practitioner: str | None = None
    imaged_by: str | None = None
    documented: tuple[str, ...] = ()
    undocumented: tuple[str, ...] = ()

    def of(self, feature: str) -> tuple[str, ...]:
        """What is told of a feature; nothing where the encounter is silent."""
        return tuple(told for name, told in self.told if name == feature)


@dataclass(frozen=True, slots=True)
class Encounter:
    """One encounter. ``date`` is YYYYMMDD; ``billing`` names who bills: professional, facility or both.

    Procedures are numbered from 1 in the order in which they stand. ``opps`` is None where a hospital does not say.
    """

    id: str
    date: int
    setting: str
    billing: str
    procedures: tuple[Procedure, ...]
    payer: str | None = None
    patient_age: int | None = None
    opps: bool | None = None
