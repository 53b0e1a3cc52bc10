"""The second stage: sets of lines that the rules let stand, ranked. The rules judge them as they judge any claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge_base import KnowledgeBase
from claimlogic.search.candidates import CLAIM, proposal, reachable
from claimlogic.search.fitting import Fitting
from claimlogic.search.program import Assumption, Deadline, Found, Model, Search, query_text
from claimlogic.search.workbench import Workbench, workbench
from claimlogic.terms import Atom, Term, plain, text

_QUERIES = ("encounter", "modifiers", "supposing", "allowed")
SHOWN = (
    ("line", 3),
    ("units", 3),
    ("modifier", 3),
    ("reports_part", 4),
    ("reports_imaging", 3),
    ("left_out", 3),
    ("uncertain", 1),
    ("advised", 2),
    ("supposed", 2),
)
_SUPPOSING: Assumption = (Atom("supposing", ()), True)
_NOT_SUPPOSING: Assumption = (Atom("supposing", ()), False)
_OF_LINES = frozenset({"offered", "for_part", "for_imaging", "on_side", "split", "mirrors"})


@dataclass(frozen=True, slots=True)
class Proposal:
    """A set of lines as the search proposes it.

    ``lines`` are numbered as they were offered; ``reports`` pairs a line with a procedure of which it reports
    something. ``left_out``: procedure, what (a part's number, ``imaging``, ``contrast``), which (a side, a modality).
    ``supposed`` pairs a line with an item that its record would have to hold.
    """

    lines: tuple[Line, ...]
    reports: frozenset[tuple[int, int]]
    left_out: tuple[tuple[int, Term, str], ...]
    cost: tuple[int, ...]
    supposed: frozenset[tuple[int, str]] = frozenset()

    def claim(self, fitting: Fitting) -> Claim:
        """The set as a claim, its lines numbered from 1."""
        lines = [replace(line, number=number) for number, line in enumerate(self.lines, start=1)]
        return proposal(fitting.encounter, fitting.biller, fitting.form, lines)


class Proposer:
    """Proposes sets of lines for one encounter and biller; grounded once."""

    def __init__(self, kb: KnowledgeBase, fitting: Fitting) -> None:
        self._fitting = fitting
        self._bench = workbench(kb)
        facts = search_facts(fitting)
        may_hold = reachable(fitting.encounter, fitting.useful, self._bench.modifiers(), self._bench.items)
        cut = self._bench.slicer(*_QUERIES).cut(facts, kb.store, may_hold)
        self._possible: frozenset[int] | None = None
        self._search = Search(cut.facts, cut.rules, [query_text(name) for name in _QUERIES], SHOWN)

    def outdone(self, deadline: Deadline) -> dict[int, tuple[int, ...]]:
        """The lines that are out, each with the narrower ones that may stand in their place."""
        if not self._fitting.narrower:
            return {}
        possible = self.possible(deadline)
        found: dict[int, list[int]] = {}
        for narrow, broad in sorted(self._fitting.narrower):
            if narrow in possible and broad in possible:
                found.setdefault(broad, []).append(narrow)
        return {broad: tuple(narrow) for broad, narrow in found.items()}

    def possible(self, deadline: Deadline) -> frozenset[int]:
        """The lines that may stand in some set."""
        if self._possible is None:
            atoms = self._search.possible(deadline, [_NOT_SUPPOSING])
            self._possible = frozenset(int(a.arguments[1]) for a in atoms if a.predicate == "line")
        return self._possible

    def best(self, without: Iterable[int], limit: int, deadline: Deadline) -> tuple[list[Proposal], Found]:
        """The best sets without certain lines, and how the search ended."""
        found = self._search.best(limit, deadline, [_NOT_SUPPOSING, *map(self._absent, sorted(without))])
        return self._proposals(found), found

    def further(self, without: Iterable[int], limit: int, deadline: Deadline) -> list[Proposal]:
        """The best sets if the record held what distinct-service modifiers claim, one for each way to suppose it."""
        found = self._search.best(limit, deadline, [_SUPPOSING, *map(self._absent, sorted(without))])
        return self._proposals(found)

    def every(self, limit: int, deadline: Deadline) -> tuple[list[Proposal], Found]:
        """Every set of codes and units that the rules let stand, the best first, each with fitting modifiers."""
        found = self._search.every(limit, deadline, [_NOT_SUPPOSING])
        kept: dict[tuple[tuple[int, int], ...], Proposal] = {}
        for one in self._proposals(found):
            kept.setdefault(tuple((line.number, line.units) for line in one.lines), one)
        return list(kept.values()), found

    def _absent(self, line: int) -> Assumption:
        return Atom("line", (CLAIM, line, text(self._fitting.code(line)))), False

    def _proposals(self, found: Found) -> list[Proposal]:
        ranked = sorted((proposed(model, self._fitting, self._bench) for model in found.models), key=_rank)
        kept: dict[tuple[Line, ...], Proposal] = {}
        for one in ranked:
            kept.setdefault(one.lines, one)
        return list(kept.values())


def search_facts(fitting: Fitting, besides: Iterable[int] = ()) -> list[Atom]:
    """The facts of a fitting for ``queries/encounter.lp``: the lines that fit something, and how, and ``besides``."""
    useful = {*(candidate.line.number for candidate in fitting.useful), *besides}
    facts = [f for f in fitting.facts if f.predicate not in _OF_LINES or f.arguments[0] in useful]
    facts += [Atom("fits", arguments) for arguments in sorted(fitting.fits)]
    facts += [Atom("guidable", arguments) for arguments in sorted(fitting.guidable)]
    return facts


def proposed(model: Model, fitting: Fitting, bench: Workbench) -> Proposal:
    """An answer set as a proposal."""
    units = {line: count for _, line, count in model.of("units")}
    modifiers: dict[Term, list[str]] = {}
    for _, line, modifier in model.of("modifier"):
        modifiers.setdefault(line, []).append(plain(modifier))
    reports = {(line, p) for line, p, _, _ in model.of("reports_part")}
    reports |= {(line, p) for line, p, _ in model.of("reports_imaging")}
    lines = []
    for _, number, _ in model.of("line"):
        offered = fitting.candidates[number].line
        of = [fitting.encounter.procedures[p - 1] for line, p in sorted(reports) if line == number]
        lines.append(
            Line(
                number=offered.number,
                code=offered.code,
                units=units[number],
                date=offered.date,
                modifiers=_in_order(modifiers.get(number, ()), bench),
                provider=offered.provider,
                session=offered.session,
                site=offered.site,
                documented=tuple(sorted({item for procedure in of for item in procedure.documented})),
                undocumented=tuple(sorted({item for procedure in of for item in procedure.undocumented})),
            )
        )
    supposed = frozenset(model.of("supposed"))
    counts = [len(model.of(p)) for p in ("left_out", "uncertain", "advised", "line", "modifier")]
    return Proposal(tuple(lines), frozenset(reports), tuple(model.of("left_out")), tuple(counts), supposed)


def _in_order(modifiers: Sequence[str], bench: Workbench) -> tuple[str, ...]:
    """What changes the payment first: components, both sides; then what sets apart; then one side."""
    before = (bench.components.values(), (bench.sides.get("both"),), bench.distinct)
    return tuple(sorted(modifiers, key=lambda m: ([m not in kind for kind in before], m)))


def _rank(one: Proposal) -> tuple[tuple[int, ...], list[tuple[str, ...]]]:
    return one.cost, [(line.code, *line.modifiers) for line in one.lines]
