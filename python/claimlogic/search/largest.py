"""The largest sets of given codes that stand together, and on what more would rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.results import ClaimResult
from claimlogic.search.answers import Claimed
from claimlogic.search.program import Assumption, Deadline, Model, Search, query_text
from claimlogic.search.what_if import WhatIf
from claimlogic.search.workbench import Workbench, workbench
from claimlogic.terms import Atom, plain, text

MAX_SETS = 20
_MOST_SUPPOSED = 200
_QUERIES = ("modifiers", "supposing", "largest")
_SHOWN = (("line", 3), ("modifier", 3), ("supposed", 2))
_SUPPOSING = Atom("supposing", ())


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line that a set is without: its number, its code, and what would deny it or another line if it stayed."""

    line: int
    code: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LargestSet:
    """A largest set: the lines as they were numbered, with the modifiers that they need, judged as a claim."""

    lines: tuple[Line, ...]
    dropped: tuple[Dropped, ...]
    result: ClaimResult


@dataclass(frozen=True, slots=True)
class LargerSet:
    """A set that would stand besides if the record held what some of its lines claim (numbered as they were)."""

    lines: tuple[Line, ...]
    rests_on: tuple[Claimed, ...]


@dataclass(frozen=True, slots=True)
class LargestResult:
    """Every largest payable set of lines of a claim; ``larger`` those that rest on the record.

    ``complete`` is false where there are more than are listed; ``proven`` where the time ran out.
    """

    claim: Claim
    sets: tuple[LargestSet, ...]
    larger: tuple[LargerSet, ...]
    proven: bool
    complete: bool
    version: str


def largest(
    kb: KnowledgeBase, claim: Claim, options: Options | None = None, seconds: float | None = None
) -> LargestResult:
    """Every largest set of a claim's lines of which the rules deny none. Raises InputError for an unknown option."""
    deadline = Deadline(seconds)
    search = _search(kb, claim, options)
    found = search.best(MAX_SETS, deadline, [_not(_SUPPOSING)])
    kept: dict[tuple[int, ...], tuple[Line, ...]] = {}
    for model in found.models:
        lines = _lines(model, claim, workbench(kb))
        kept.setdefault(tuple(line.number for line in lines), lines)
    what_if = WhatIf(kb, options)
    sets = tuple(told() for told in [_set(claim, lines, what_if) for lines in kept.values() if lines])
    size = max((len(one.lines) for one in sets), default=0)
    larger: tuple[LargerSet, ...] = ()
    if size < len(claim.lines):
        more = search.best(_MOST_SUPPOSED, deadline, [(_SUPPOSING, True)])
        larger = tuple(one for one in _larger(more.models, claim, workbench(kb)) if len(one.lines) > size)
    return LargestResult(claim, sets, larger, found.proven, found.complete, kb.version)


def _search(kb: KnowledgeBase, claim: Claim, options: Options | None) -> Search:
    bench = workbench(kb)
    facts = [fact for fact in kb.facts_of(claim, options) if fact.predicate != "line"]
    facts += [Atom("offered", (line.number, text(line.code))) for line in claim.lines]
    name = next(fact.arguments[0] for fact in facts if fact.predicate == "claim")
    reachable = [Atom("line", (name, line.number, text(line.code))) for line in claim.lines]
    first = claim.lines[0].number
    reachable += [Atom("modifier", (name, first, modifier)) for modifier in bench.modifiers()]
    reachable += [Atom("documented", (name, first, item)) for item in bench.items]
    cut = bench.slicer(*_QUERIES).cut(facts, kb.store, reachable)
    return Search(cut.facts, cut.rules, [query_text(name) for name in _QUERIES], _SHOWN)


def _set(claim: Claim, lines: tuple[Line, ...], what_if: WhatIf) -> Callable[[], LargestSet]:
    """A set, judged, to be read later: with what would deny a line if another of the claim's stayed."""
    judged = what_if.ask(replace(claim, lines=lines))
    kept = {line.number for line in lines}
    asked = []
    for line in claim.lines:
        if line.number not in kept:
            whole = tuple(sorted((*lines, line), key=lambda one: one.number))
            asked.append((line, what_if.ask(replace(claim, lines=whole))))

    def told() -> LargestSet:
        if judged.result.verdict == "denied":
            raise RuntimeError("the search proposed a claim that the rules deny")
        dropped = [Dropped(line.number, line.code, tuple(map(str, one.denials()))) for line, one in asked]
        return LargestSet(lines, tuple(dropped), judged.result)

    return told


def _larger(models: Iterable[Model], claim: Claim, bench: Workbench) -> list[LargerSet]:
    """The sets of models that suppose something, each once, with every way in which its lines may rest on a record."""
    groups: dict[tuple[int, ...], list[Model]] = {}
    for model in models:
        groups.setdefault(tuple(sorted(number for _, number, _ in model.of("line"))), []).append(model)
    found = []
    for group in groups.values():
        ways: dict[int, set[tuple[str, str]]] = {}
        for model in group:
            for number, item in model.of("supposed"):
                carried = [plain(m) for _, of, m in model.of("modifier") if of == number and plain(m) in bench.distinct]
                ways.setdefault(number, set()).update((modifier, item) for modifier in carried)
        lines = tuple(
            replace(
                line, modifiers=tuple(m for m in line.modifiers if line.number not in ways or m not in bench.distinct)
            )
            for line in _lines(group[0], claim, bench)
        )
        codes = {line.number: line.code for line in lines}
        rests_on = tuple(Claimed(at, codes[at], tuple(sorted(ways[at]))) for at in sorted(ways))
        found.append(LargerSet(lines, rests_on))
    return found


def _lines(model: Model, claim: Claim, bench: Workbench) -> tuple[Line, ...]:
    kept = {number for _, number, _ in model.of("line")}
    added: dict[int, list[str]] = {}
    for _, number, modifier in model.of("modifier"):
        added.setdefault(number, []).append(plain(modifier))
    return tuple(
        replace(line, modifiers=_with(line.modifiers, added.get(line.number, ()), bench))
        for line in claim.lines
        if line.number in kept
    )


def _with(own: Sequence[str], carried: Sequence[str], bench: Workbench) -> tuple[str, ...]:
    """A line's own modifiers, with those that the search added: a component first, the rest last."""
    new = [modifier for modifier in carried if modifier not in own]
    components = [modifier for modifier in new if modifier in bench.components.values()]
    return (*components, *own, *(modifier for modifier in new if modifier not in components))


def _not(atom: Atom) -> Assumption:
    return atom, False
