"""Why a code set is what it is, in sentences: what each line reports, why it carries a modifier, what is inside a code.

What the rules say is taken from the claim judged with and without the thing in question, so no reason is made up here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge_base import KnowledgeBase
from claimlogic.search.fitting import Fitting
from claimlogic.search.proposing import Proposal
from claimlogic.search.what_if import Judged, WhatIf
from claimlogic.search.wording import LEVEL, Wording, listed
from claimlogic.search.workbench import workbench


class Reasons:
    """Tells the reasons of code sets for one encounter and biller. ``outdone`` maps a line to the narrower ones."""

    def __init__(
        self, kb: KnowledgeBase, fitting: Fitting, outdone: Mapping[int, tuple[int, ...]], what_if: WhatIf
    ) -> None:
        self._bench = workbench(kb)
        self._fitting = fitting
        self._outdone = outdone
        self._what_if = what_if
        self._wording = Wording(fitting, self._bench)

    def of_set(self, proposal: Proposal, claim: Claim) -> Callable[[], tuple[str, ...]]:
        """The reasons for a set, to be read later: each line's, what is inside a code, which codes are out."""
        asked_for = any(self._spoken_for(modifier) for line in claim.lines for modifier in line.modifiers)
        whole = self._what_if.ask(claim) if asked_for else None
        bare = {
            (line.number, modifier): self._what_if.ask(_without(claim, line, modifier))
            for line in claim.lines
            for modifier in line.modifiers
            if self._spoken_for(modifier)
        }

        def told() -> Iterator[str]:
            for line, numbered in zip(proposal.lines, claim.lines, strict=True):
                yield self._line(line, proposal)
                for modifier in line.modifiers:
                    yield self._modifier(numbered, modifier, whole, bare.get((numbered.number, modifier)))
            yield from self._inside(proposal)
            yield from self._out(proposal)

        return lambda: tuple(dict.fromkeys(told()))

    def _line(self, line: Line, proposal: Proposal) -> str:
        numbers = [p for of, p in sorted(proposal.reports) if of == line.number]
        named = listed([self._wording.named(p) for p in numbers])
        if self._fitting.candidates[line.number].guides:
            modalities = sorted({m for of, p, m in self._fitting.guidable if of == line.number and p in numbers})
            return f"{line.code} reports the guidance of {named} by {listed(modalities)}"
        parts = sorted({part for of, p, part in self._fitting.fits if of == line.number and p in numbers})
        several = any(self._wording.procedure(p).parts > 1 for p in numbers)
        levels = f", {'parts' if len(parts) > 1 else 'part'} {listed([str(p) for p in parts])}" if several else ""
        asked = [
            f"{feature} {' or '.join(w for w in self._wording.told(numbers[0], feature) if w in words)}"
            for feature, words in self._wording.asked(line.code).items()
            if feature != LEVEL
        ]
        fits = f"; it asks {listed(asked)}, as told" if asked else ""
        return f"{line.code} describes {named}{levels}{fits}"

    def _spoken_for(self, modifier: str) -> bool:
        """Whether a modifier is there because the rules ask for it, and not because a side was told."""
        return modifier not in self._bench.sides.values()

    def _modifier(self, line: Line, modifier: str, whole: Judged | None, bare: Judged | None) -> str:
        """Why a line carries a modifier: a side is told, or what the rules would say without it."""
        if whole is None or bare is None:
            side = next(side for side, m in self._bench.sides.items() if m == modifier)
            return f"{modifier} on {line.code}: {'both sides are' if side == 'both' else f'the {side} side is'} told"
        known = whole.said()
        new = [said for said in bare.said() if said.line == line.number and said not in known]
        return f"{modifier} on {line.code}{f': without it, {new[0]}' if new else ''}"

    def _inside(self, proposal: Proposal) -> Iterable[str]:
        """What was done and is part of a code: guidance, contrast."""
        left = {(number, what) for number, what, _ in proposal.left_out}
        codes = {line.number: line.code for line in proposal.lines}
        for number, procedure in enumerate(self._fitting.encounter.procedures, start=1):
            of = [n for n, p in sorted(proposal.reports) if p == number]
            guided = any(self._fitting.candidates[n].guides for n in of)
            inside = listed(sorted({codes[n] for n in of if not self._fitting.candidates[n].guides}))
            imaging = [m for m in procedure.of("imaging") if m != "none"]
            if of and imaging and not guided and (number, "imaging") not in left:
                by = listed(imaging)
                yield f"guidance of procedure {number} by {by} is part of {inside}: no guidance code goes with it"
            if of and set(procedure.of("contrast")) - {"no"} and (number, "contrast") not in left:
                yield f"the contrast of procedure {number} is part of {inside}"

    def _out(self, proposal: Proposal) -> Iterable[str]:
        codes = {line.code for line in proposal.lines}
        for broad, narrow in sorted(self._outdone.items()):
            for other in narrow:
                if self._fitting.code(other) in codes and self._fitting.code(broad) not in codes:
                    yield self._wording.outdone(self._fitting.code(broad), self._fitting.code(other))


def _without(claim: Claim, line: Line, modifier: str) -> Claim:
    """The claim with one modifier less."""
    bare = replace(line, modifiers=tuple(m for m in line.modifiers if m != modifier))
    return replace(claim, lines=tuple(bare if old.number == line.number else old for old in claim.lines))
