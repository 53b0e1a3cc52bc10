"""Which codes may be reported for what was done: every best code set, each judged as a claim before it is shown."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

from claimlogic.claims.encounter import Encounter
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.search.answers import (
    CRITERIA,
    AllowedResult,
    Alternative,
    Claimed,
    CodeSet,
    Condition,
    Further,
    ProposedLine,
    Ranking,
)
from claimlogic.search.candidates import session_of
from claimlogic.search.disputes import disputes_on
from claimlogic.search.fitting import Fitting, fit
from claimlogic.search.omissions import Omissions
from claimlogic.search.program import Deadline
from claimlogic.search.proposing import Proposal, Proposer
from claimlogic.search.reasons import Reasons
from claimlogic.search.untold import MAX_WAYS, Open, by_each_way, open_questions, ways
from claimlogic.search.what_if import Judged, WhatIf
from claimlogic.search.wording import Wording
from claimlogic.search.workbench import Workbench, billing_of, workbench

MAX_BEST = 20
MAX_OTHERS = 100
_MOST_SEARCHED = 2000
_MOST_SUPPOSED = 200


@dataclass(frozen=True, slots=True)
class _Found:
    """The answer for one biller."""

    sets: tuple[CodeSet, ...]
    others: tuple[CodeSet, ...]
    ranking: Ranking
    further: tuple[Further, ...]
    proven: bool
    complete: bool


def allowed(
    kb: KnowledgeBase,
    encounter: Encounter,
    options: Options | None = None,
    everything: bool = False,
    seconds: float | None = None,
) -> AllowedResult:
    """Every best code set for an encounter; with ``everything`` the other clean sets as well.

    A set is clean where the rules deny none of its lines. After ``seconds`` the best so far is given, not proven.
    Raises InputError for an unknown option value, or where a biller has no claim in this setting.
    """
    bench = workbench(kb)
    deadline = Deadline(seconds)
    fittings = [fit(kb, encounter, biller, form, options) for biller, form in bench.billers(encounter)]
    questions = open_questions(fittings[0], bench)
    assumed = _assumed(encounter, bench, questions)
    alternatives: tuple[Alternative, ...] = ()
    found: list[_Found] = []
    if not questions:
        found = [_answer(kb, one, options, everything, deadline) for one in fittings]
    elif ways(questions) <= MAX_WAYS:
        leaves = by_each_way(encounter, questions, lambda told: _way(kb, told, options, deadline))
        if len(leaves) == 1:  # whatever is told, the answer is the same
            questions, found = (), leaves[0].answer
        else:
            alternatives = tuple(Alternative(leaf.conditions, _sets(leaf.answer)) for leaf in leaves)
    return AllowedResult(
        encounter=encounter.id,
        sets=_sets(found),
        others=tuple(other for one in found for other in one.others),
        ranking=tuple(one.ranking for one in found),
        further=tuple(more for one in found for more in one.further),
        questions=tuple(q.question for q in questions),
        alternatives=alternatives,
        assumed=assumed,
        disputes=disputes_on(kb, fittings[0], options),
        proven=not deadline.passed and all(one.proven for one in found),
        complete=not deadline.passed and all(one.complete for one in found),
        version=kb.version,
    )


def _way(
    kb: KnowledgeBase, told: Encounter, options: Options | None, deadline: Deadline
) -> tuple[list[_Found], Hashable]:
    """The answer for an encounter in which everything is told, and what tells it from other answers."""
    fittings = [fit(kb, told, biller, form, options) for biller, form in workbench(kb).billers(told)]
    found = [_answer(kb, one, options, False, deadline) for one in fittings]
    return found, tuple((s.billing, s.lines, tuple((o.procedure, o.what) for o in s.left_out)) for s in _sets(found))


def _sets(found: Sequence[_Found]) -> tuple[CodeSet, ...]:
    return tuple(one for answer in found for one in answer.sets)


def _answer(
    kb: KnowledgeBase, fitting: Fitting, options: Options | None, everything: bool, deadline: Deadline
) -> _Found:
    proposer = Proposer(kb, fitting)
    outdone = proposer.outdone(deadline)
    what_if = WhatIf(kb, options)
    reasons = Reasons(kb, fitting, outdone, what_if)
    omissions = Omissions(kb, fitting, proposer, outdone, what_if)
    proposals, best = proposer.best(outdone, MAX_BEST, deadline)
    sets = _code_sets(fitting, proposals, reasons, omissions, what_if)
    cost = proposals[0].cost if proposals else ()
    others: list[CodeSet] = []
    complete = best.complete
    if everything:
        every, found = proposer.every(_MOST_SEARCHED, deadline)
        shown = {one.lines for one in proposals}
        rest = [one for one in every if one.lines and one.lines not in shown]
        rest.sort(key=lambda one: any(line.number in outdone for line in one.lines))
        rest, more = rest[:MAX_OTHERS], rest[MAX_OTHERS:]
        judged = [what_if.ask(one.claim(fitting)) for one in rest]
        wording = Wording(fitting, workbench(kb))
        others = [
            _other(fitting, one, of, omissions, outdone, cost, wording) for one, of in zip(rest, judged, strict=True)
        ]
        complete = complete and found.complete and not more
    further: tuple[Further, ...] = ()
    if proposals and proposals[0].left_out:
        supposed = proposer.further(outdone, _MOST_SUPPOSED, deadline)
        larger = [one for one in supposed if len(one.left_out) < len(proposals[0].left_out)]
        further = tuple(_further(fitting, group, workbench(kb)) for group in _by_lines(larger))
    ranking = Ranking(
        billing=billing_of(fitting.biller),
        best=tuple(zip(CRITERIA, cost, strict=False)),
        out=tuple(sorted({(fitting.code(b), fitting.code(n)) for b, narrow in outdone.items() for n in narrow})),
    )
    return _Found(sets, tuple(others), ranking, further, best.proven, complete)


def _code_sets(
    fitting: Fitting,
    proposals: Sequence[Proposal],
    reasons: Reasons,
    omissions: Omissions,
    what_if: WhatIf,
) -> tuple[CodeSet, ...]:
    """The best sets, judged, with their reasons; what the reasons rest on is judged with them."""
    claims = [one.claim(fitting) for one in proposals]
    asked = [
        (what_if.ask(claim) if one.lines else None, reasons.of_set(one, claim), omissions.explained(one, claim))
        for one, claim in zip(proposals, claims, strict=True)
    ]
    found = []
    for one, claim, (judged, why, left_out) in zip(proposals, claims, asked, strict=True):
        result = judged.result if judged else None
        if result is not None and result.verdict == "denied":
            raise RuntimeError("the search proposed a claim that the rules deny")
        told = why() if one.lines else ("no code here that may stand describes what was done",)
        found.append(CodeSet(billing_of(fitting.biller), _lines(one), left_out(), told, one.cost, claim, result))
    return tuple(found)


def _other(
    fitting: Fitting,
    one: Proposal,
    judged: Judged,
    omissions: Omissions,
    outdone: Mapping[int, tuple[int, ...]],
    best: Sequence[int],
    wording: Wording,
) -> CodeSet:
    """A clean set that is not among the best; its reasons are why it is not."""
    broad = [line.number for line in one.lines if line.number in outdone]
    told = [wording.outdone(fitting.code(b), fitting.code(n)) for b in broad for n in outdone[b]]
    worse = [
        f"{own} {name}, where {least} will do"
        for name, own, least in zip(CRITERIA, one.cost, best, strict=True)
        if own > least
    ]
    return CodeSet(
        billing=billing_of(fitting.biller),
        lines=_lines(one),
        left_out=omissions.named(one),
        reasons=tuple(dict.fromkeys(told or worse[:1])),
        cost=one.cost,
        claim=judged.claim,
        result=judged.result,
        outdone=tuple(sorted({fitting.code(b) for b in broad})),
    )


def _lines(one: Proposal) -> tuple[ProposedLine, ...]:
    return tuple(
        ProposedLine(
            line.code, line.modifiers, line.units, tuple(p for n, p in sorted(one.reports) if n == line.number)
        )
        for line in one.lines
    )


def _by_lines(proposals: Sequence[Proposal]) -> list[list[Proposal]]:
    """Proposals of the same lines together."""
    groups: dict[tuple[int, ...], list[Proposal]] = {}
    for one in proposals:
        groups.setdefault(tuple(line.number for line in one.lines), []).append(one)
    return list(groups.values())


def _further(fitting: Fitting, group: Sequence[Proposal], bench: Workbench) -> Further:
    """A larger set, and on which modifier and record item each of its lines may rest."""
    ways: dict[int, set[tuple[str, str]]] = {}
    for one in group:
        carried = {line.number: [m for m in line.modifiers if m in bench.distinct] for line in one.lines}
        for number, item in one.supposed:
            ways.setdefault(number, set()).update((modifier, item) for modifier in carried[number])
    lines = _lines(group[0])
    rests_on = tuple(
        Claimed(at, line.code, tuple(sorted(ways[line.number])))
        for at, line in enumerate(group[0].lines, start=1)
        if line.number in ways
    )
    bare = tuple(
        replace(line, modifiers=tuple(m for m in line.modifiers if m not in bench.distinct))
        if at in {c.line for c in rests_on}
        else line
        for at, line in enumerate(lines, start=1)
    )
    return Further(billing_of(fitting.biller), bare, rests_on)


def _assumed(encounter: Encounter, bench: Workbench, questions: Sequence[Open]) -> tuple[Condition, ...]:
    """What was taken for granted of each procedure."""
    asked = {(q.question.procedure, q.question.feature) for q in questions}
    found = []
    for number, procedure in enumerate(encounter.procedures, start=1):
        for (concept, feature), told in sorted(bench.granted.items()):
            if concept == procedure.concept and not procedure.of(feature) and (number, feature) not in asked:
                found.append(Condition(number, feature, (told,)))
        session = session_of(encounter, procedure)
        if session != procedure.session and session is not None:
            found.append(Condition(number, "session", (session,)))
    return tuple(found)
