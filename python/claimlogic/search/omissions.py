"""Why a code set leaves something out: no code fits, a narrower one is the right one, or the rules deny the line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge_base import KnowledgeBase
from claimlogic.search.answers import LeftOut
from claimlogic.search.fitting import Fitting
from claimlogic.search.program import Deadline
from claimlogic.search.what_if import Judged, Said, WhatIf
from claimlogic.search.wording import Wording, listed
from claimlogic.search.workbench import workbench
from claimlogic.terms import Term, text

if TYPE_CHECKING:
    from claimlogic.search.proposing import Proposal, Proposer

_MOST = 4

Piece = tuple[int, Term, str]
"""A procedure, what of it (a part's number, ``imaging``, ``contrast``), and which (a side, a modality)."""

Told = Callable[[], list[str]]
"""Reasons that are read later, when all that they rest on was asked about."""


class Omissions:
    """Tells why code sets for one encounter and biller leave things out."""

    def __init__(
        self,
        kb: KnowledgeBase,
        fitting: Fitting,
        proposer: Proposer,
        outdone: Mapping[int, tuple[int, ...]],
        what_if: WhatIf,
    ) -> None:
        self._store = kb.store
        self._bench = workbench(kb)
        self._fitting = fitting
        self._proposer = proposer
        self._outdone = outdone
        self._what_if = what_if
        self._wording = Wording(fitting, self._bench)

    def named(self, proposal: Proposal) -> tuple[LeftOut, ...]:
        """What a set leaves out, without the reasons."""
        return tuple(LeftOut(number, what, ()) for (number, what), _ in self._pieces(proposal))

    def explained(self, proposal: Proposal, claim: Claim) -> Callable[[], tuple[LeftOut, ...]]:
        """What a set leaves out, to be read later, and for each why. ``claim`` is the set as a claim."""
        found = [(named, self._why(piece, proposal, claim)) for named, piece in self._pieces(proposal)]
        return lambda: tuple(LeftOut(number, what, tuple(dict.fromkeys(why()))) for (number, what), why in found)

    def _pieces(self, proposal: Proposal) -> list[tuple[tuple[int, str], Piece]]:
        """What is left out, named; a procedure of which every part is left out is one thing."""
        named: dict[tuple[int, str], Piece] = {}
        reported = {number for _, number in proposal.reports}
        for number, what, which in proposal.left_out:
            if what == "imaging":
                name = f"guidance by {which}"
            elif what == "contrast":
                name = "contrast"
            elif number not in reported:
                name = "the procedure"
            else:
                name = f"part {what}" + ("" if which == "whole" else f", {which} side")
            named.setdefault((number, name), (number, what, which))
        return list(named.items())

    def _why(self, piece: Piece, proposal: Proposal, claim: Claim) -> Told:
        number, what, _ = piece
        if what == "contrast":
            return lambda: ["no line of the set takes in the contrast"]
        if what == "imaging" and not any(p == number for _, p in proposal.reports):
            return lambda: [f"procedure {number} itself is left out"]
        taken = {line.number for line in proposal.lines}
        lines = [line for line in self._lines_for(piece) if line not in taken]
        possible = self._proposer.possible(Deadline())
        told: list[Told] = []
        for line in [n for n in lines if n in possible] or lines:
            told.append(self._outdone_by(line) if line in self._outdone else self._denied(line, number, claim))
        if what == "imaging":
            told += self._not_inside(number, proposal, claim)
        return lambda: [words for one in told for words in one()] or self._nothing_fits(piece)

    def _lines_for(self, piece: Piece) -> list[int]:
        """The lines that fit a piece, one a code."""
        number, what, which = piece
        if what == "imaging":
            return sorted(line for line, p, modality in self._fitting.guidable if (p, modality) == (number, which))
        of_code: dict[str, int] = {}
        for line in sorted(line for line, p, part in self._fitting.fits if (p, part) == (number, what)):
            if not self._fitting.candidates[line].split:
                of_code.setdefault(self._fitting.code(line), line)
        return sorted(of_code.values())

    def _outdone_by(self, line: int) -> Told:
        code = self._fitting.code(line)
        narrower = [self._fitting.code(narrow) for narrow in self._outdone[line]]
        return lambda: [self._wording.outdone(code, narrow) for narrow in narrower]

    def _denied(self, line: int, number: int, claim: Claim) -> Told:
        """What the rules say when a line is added to the set for a procedure."""
        code, added = self._fitting.code(line), len(claim.lines) + 1
        tried = self._tried(self._fitting.candidates[line].line, number, claim)

        def told() -> list[str]:
            found = _fewest(tried)
            of_itself = [said for said in found if said.line == added and said.alone]
            if not found:
                return [f"{code} would take the place of a line of the set"]
            return [_with(code, added, said) for said in (of_itself or found)[:_MOST]]

        return told

    def _not_inside(self, number: int, proposal: Proposal, claim: Claim) -> Iterator[Told]:
        """Why codes that would take in the guidance of a procedure are not in the set."""
        taken = {line.number for line in proposal.lines}
        of = {line for line, p in proposal.reports if p == number}
        pairs = zip(proposal.lines, claim.lines, strict=True)
        kept = [numbered for one, numbered in pairs if one.number not in of]
        rest = replace(claim, lines=tuple(replace(one, number=at) for at, one in enumerate(kept, start=1)))
        for line in self._lines_for((number, 1, "whole")):
            code = self._fitting.code(line)
            if line not in taken and self._store.match("covers", (text(code), "imaging")):
                tried = self._tried(self._fitting.candidates[line].line, number, rest)
                yield _instead(code, len(kept) + 1, tried)

    def _tried(self, offered: Line, number: int, claim: Claim) -> list[Judged]:
        """A claim with a line more, and the same with a component's modifier where it may spare a denial."""
        procedure = self._wording.procedure(number)
        added = replace(
            offered,
            number=len(claim.lines) + 1,
            documented=procedure.documented,
            undocumented=procedure.undocumented,
        )
        component = self._bench.components.get(self._fitting.biller)
        guides = self._store.match("guidance", (text(offered.code), None, None, None))
        tried = [(), (component,)] if component and guides else [()]
        return [
            self._what_if.ask(replace(claim, lines=(*claim.lines, replace(added, modifiers=modifiers))))
            for modifiers in tried
        ]

    def _nothing_fits(self, piece: Piece) -> list[str]:
        number, what, which = piece
        concept = self._wording.procedure(number).concept
        if what == "imaging":
            guiding = sorted(f"{code} by {m}" for code, m, of in self._fitting.guides if of == concept)
            known = f"; known are {listed(guiding)}" if guiding else ""
            return [f"no code here reports guidance of {concept} by {which}{known}"]
        near: dict[str, set[str]] = {}
        for line, p, part, feature in self._fitting.unmet:
            if (p, part) == (number, what):
                near.setdefault(self._fitting.code(line), set()).add(feature)
        if not near:
            return [f"no code here describes {concept}"]
        fewest = min(map(len, near.values()))
        nearest = [code for code, features in sorted(near.items()) if len(features) == fewest]
        told: list[str] = [self._wording.asks(code, sorted(near[code]), number) for code in nearest[:_MOST]]
        return told + _rest(nearest)


def _fewest(tried: Sequence[Judged]) -> list[Said]:
    return min((answer.denials() for answer in tried), key=len)


def _instead(code: str, added: int, tried: Sequence[Judged]) -> Told:
    return lambda: [f"it is part of {code}; {_with(code, added, said)}" for said in _fewest(tried)[:_MOST]]


def _with(code: str, added: int, said: Said) -> str:
    """What denies a line, when a code is added to a set as line ``added``."""
    if said.line == added:
        return f"{code} as line {added}: {str(said).removeprefix(f'line {added}: ')}"
    return f"with {code} as line {added}, {said}"


def _rest(codes: Sequence[str]) -> list[str]:
    return [f"and {len(codes) - _MOST} more codes like these"] if len(codes) > _MOST else []
