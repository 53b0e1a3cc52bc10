"""How codes and procedures of a fitting are spoken of in reasons."""

from __future__ import annotations

from collections.abc import Sequence

from claimlogic.claims.encounter import Procedure
from claimlogic.results import Finding
from claimlogic.search.fitting import Fitting
from claimlogic.search.workbench import Workbench

LEVEL = "level"
"""The feature that numbers the parts of a procedure; it is told by counting them."""


class Wording:
    """Words for what codes ask and what is told of procedures."""

    def __init__(self, fitting: Fitting, bench: Workbench) -> None:
        self._fitting = fitting
        self._bench = bench

    def procedure(self, number: int) -> Procedure:
        """The procedure of this number."""
        return self._fitting.encounter.procedures[number - 1]

    def named(self, number: int) -> str:
        """A procedure by number and concept."""
        return f"procedure {number} ({self.procedure(number).concept})"

    def told(self, number: int, feature: str) -> tuple[str, ...]:
        """What is told of a feature, or taken for granted."""
        procedure = self.procedure(number)
        granted = self._bench.granted.get((procedure.concept, feature))
        return procedure.of(feature) or ((granted,) if granted else ())

    def asked(self, code: str) -> dict[str, tuple[str, ...]]:
        """What a code asks, by feature, as the sources have it that the answer follows."""
        found: dict[str, list[str]] = {}
        for feature, told in self._fitting.asks.get(code, ()):
            found.setdefault(feature, []).append(told)
        return {feature: tuple(sorted(words)) for feature, words in sorted(found.items())}

    def asks(self, code: str, features: Sequence[str], number: int) -> str:
        """What a code asks of a procedure that is told otherwise, or not at all."""
        parts = []
        for feature in features:
            words = " or ".join(self.asked(code).get(feature, ()))
            told = listed(self.told(number, feature))
            if feature == LEVEL:
                told = f"{self.procedure(number).parts} in all"
            parts.append(f"{feature} {words} ({f'told: {told}' if told else 'not told'})")
        return f"{code} asks {listed(parts)}"

    def outdone(self, broad: str, narrow: str) -> str:
        """Why a broader code is out."""
        more = [feature for feature in self.asked(narrow) if feature not in self.asked(broad)]
        return f"{broad} is out: {narrow} fits as well and asks {listed(more)} besides"


def sentence(finding: Finding, line: int) -> str:
    """A finding's message; where it speaks of several other lines in the same words, those of the first."""
    own = f"line {line}: "
    first, *rest = finding.message.split(f"; {own}")
    return first + (f" (and {len(rest)} more like it)" if rest else "")


def listed(words: Sequence[str]) -> str:
    """Words joined by commas and "and"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""
