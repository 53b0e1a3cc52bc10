"""What a check finds, and what a check is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from claimlogic.analyst.linting.draft import Draft


@dataclass(frozen=True, slots=True)
class Found:
    """One thing to mend: where, what in a sentence, and what to do."""

    file: str
    line: int
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``id`` never changes; ``group`` is bug, evidence, date, limit or style."""

    id: str
    group: str
    title: str
    run: Callable[[Draft], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    check: str
    group: str
    file: str
    line: int
    sentence: str
    remedy: str
