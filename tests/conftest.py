"""Shared by all tests: the knowledge base, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic.knowledge.load import Knowledge, load_knowledge, load_rules_only

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The knowledge base with its tables."""
    return load_knowledge(ROOT / "kb")


@pytest.fixture(scope="session")
def rules_without_tables() -> Knowledge:
    """The knowledge base without its tables, for rule tests."""
    return load_rules_only(ROOT / "kb")
