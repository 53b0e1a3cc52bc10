"""A small knowledge base of pairs that most tests of the checker spoil a proof of."""

from __future__ import annotations

import pytest

from .worlds import PAIRS, PAIRS_CLAIM, World, world


@pytest.fixture(scope="module")
def pairs() -> World:
    return world(PAIRS, PAIRS_CLAIM)
