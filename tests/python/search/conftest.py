"""Shared by the tests of the search: a knowledge base, and encounters written as one writes them in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claimlogic.claims.encounter import Encounter
from claimlogic.claims.encounter_documents import encounter_from_data, tellable
from claimlogic.knowledge_base import KnowledgeBase

ROOT = Path(__file__).parents[3]

MakeEncounter = Callable[..., Encounter]


@pytest.fixture(scope="session")
def kb() -> KnowledgeBase:
    """The knowledge base that comes with claimlogic."""
    return KnowledgeBase(ROOT / "kb")


@pytest.fixture(scope="session")
def encounter(kb: KnowledgeBase) -> MakeEncounter:
    """Makes an encounter of procedures; what else is told may be overridden."""
    words, telling = kb.knowledge.vocabulary.words(), tellable(kb.store)

    def make(*procedures: dict[str, Any], **told: Any) -> Encounter:
        data = {"id": "e", "date": "2024-08-15", "setting": "office", "payer": "medicare", "patient_age": 54}
        return encounter_from_data({**data, **told, "procedures": list(procedures)}, words, telling)

    return make
