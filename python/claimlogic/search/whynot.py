"""Why a code is in no best set for an encounter: minimal sets of reasons, the rules' proof, and the nearest way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from claimlogic.claims.encounter import Encounter
from claimlogic.claims.model import Claim
from claimlogic.claims.shapes import CODE
from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.proofs.model import Proof
from claimlogic.results import ClaimResult
from claimlogic.search.allowed import allowed
from claimlogic.search.answers import CRITERIA, AllowedResult, CodeSet, Condition
from claimlogic.search.candidates import reachable
from claimlogic.search.fitting import Fitting, fit
from claimlogic.search.nearest import Nearest, nearest
from claimlogic.search.program import Deadline, Search, query_text
from claimlogic.search.proposing import SHOWN, Proposal, Proposer, proposed, search_facts
from claimlogic.search.wording import Wording, listed, sentence
from claimlogic.search.workbench import billing_of, workbench
from claimlogic.terms import Atom, plain, text

_QUERIES = ("encounter", "modifiers", "whynot")
_COSTS = ("left_out", "unknown", "advice", "lines", "modifiers")
_MOST_CORES = 6
_KINDS = ("rule", "narrower", "need", "feature", "cost")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason against a code.

    ``kind`` is feature (what it asks is told otherwise), narrower (another code goes first), need (it has nothing to
    report), rule (a rule denies a line), or cost (a set with it is worse than the best); ``name`` says which.
    """

    kind: str
    name: str
    words: str


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Why one biller may not report a code.

    Each of ``cores`` is a minimal set of reasons: together they keep the code out, and none of them can be spared.
    There is none where the code is allowed, and ``allowed_in`` then holds the sets. ``claim`` is the nearest set with
    the code in it, ``result`` and ``proof`` what the rules say of it. ``nearest`` is the nearest encounter that allows
    the code.
    """

    billing: str
    cores: tuple[tuple[Reason, ...], ...]
    allowed_in: tuple[CodeSet, ...]
    claim: Claim | None
    result: ClaimResult | None
    proof: Proof | None
    nearest: Nearest | None
    proven: bool


@dataclass(frozen=True, slots=True)
class WhyNotResult:
    """Why a code may not be reported for an encounter, for each biller.

    ``allowed_if``: the ways to tell what is not told under which the code is in a best set.
    """

    encounter: str
    code: str
    answers: tuple[WhyNot, ...]
    allowed_if: tuple[tuple[Condition, ...], ...]
    version: str

    @property
    def allowed(self) -> bool:
        """Whether the code is allowed for every biller."""
        return bool(self.answers) and all(one.allowed_in for one in self.answers)


def whynot(
    kb: KnowledgeBase, code: str, encounter: Encounter, options: Options | None = None, seconds: float | None = None
) -> WhyNotResult:
    """Why a code is in no best set for an encounter. Raises InputError for a code of no known form."""
    if not CODE.fullmatch(code):
        raise InputError("a code is five characters, digits and capital letters", "CODE")
    deadline = Deadline(seconds)
    best = allowed(kb, encounter, options, seconds=deadline.left())
    allowed_if = tuple(way.conditions for way in best.alternatives if any(code in _codes(one) for one in way.sets))
    answers = []
    for biller, form in workbench(kb).billers(encounter):
        answers.append(_answer(kb, code, encounter, biller, form, best, options, deadline))
    return WhyNotResult(encounter.id, code, tuple(answers), allowed_if, kb.version)


def _answer(
    kb: KnowledgeBase,
    code: str,
    encounter: Encounter,
    biller: str,
    form: str,
    best: AllowedResult,
    options: Options | None,
    deadline: Deadline,
) -> WhyNot:
    billing = billing_of(biller)
    sets = tuple(one for one in best.sets if one.billing == billing and code in _codes(one))
    if sets:
        return WhyNot(billing, (), sets, None, None, None, None, best.proven)
    fitting = fit(kb, encounter, biller, form, options, forced=code)
    forced = [n for n, candidate in sorted(fitting.candidates.items()) if candidate.line.code == code]
    asking = _Asking(kb, code, fitting, forced, deadline)
    closest = asking.closest()
    if closest is None:
        return WhyNot(billing, (), (), None, None, None, None, False)
    claim = closest.claim(fitting)
    result = kb.check(claim, options)
    denied = [entry.line for entry in result.lines if entry.verdict == "denied"]
    own = next(entry.number for entry in claim.lines if entry.code == code)
    line = own if own in denied or not denied else denied[0]
    cores = tuple(asking.cores(result))
    by_rule = any(reason.kind == "rule" for core in cores for reason in core)
    found, all_tried = nearest(kb, code, fitting, options, deadline)
    return WhyNot(
        billing=billing,
        cores=cores,
        allowed_in=(),
        claim=claim,
        result=result,
        proof=kb.why(claim, line, options) if by_rule else None,
        nearest=found,
        proven=all_tried and not deadline.passed,
    )


class _Asking:
    """The search with a code forced into the set, and the assumptions that it holds on to."""

    def __init__(
        self, kb: KnowledgeBase, code: str, fitting: Fitting, forced: Sequence[int], deadline: Deadline
    ) -> None:
        self._kb = kb
        self._code = code
        self._bench = workbench(kb)
        self._fitting = fitting
        self._forced = forced
        self._deadline = deadline
        self._wording = Wording(fitting, self._bench)
        useful = {candidate.line.number for candidate in fitting.useful}
        offered = tuple(fitting.candidates[n] for n in sorted(useful | set(forced)))
        proposer = Proposer(kb, fitting)
        outdone = proposer.outdone(deadline)
        best, _ = proposer.best(outdone, 1, deadline)
        self._narrower = sorted(
            {(broad, fitting.code(n)) for broad, narrow in outdone.items() if broad in forced for n in narrow}
        )
        facts = search_facts(fitting, forced)
        facts += [Atom("forced", (n,)) for n in forced]
        facts += [Atom("bare", (n,)) for n in forced if not fitting.candidates[n].procedures]
        facts += [Atom("unmet", unmet) for unmet in sorted(fitting.unmet) if unmet[0] in forced]
        facts += [Atom("unguided", unguided) for unguided in sorted(fitting.unguided) if unguided[0] in forced]
        facts += [Atom("narrower_fits", (n, text(narrow))) for n, narrow in self._narrower]
        facts += [Atom("in_best", (line.number,)) for one in best for line in one.lines]
        facts += [Atom("least", pair) for pair in zip(_COSTS, best[0].cost if best else (), strict=False)]
        may_hold = reachable(fitting.encounter, offered, self._bench.modifiers())
        cut = self._bench.slicer(*_QUERIES).cut(facts, kb.store, may_hold)
        self._search = Search(
            cut.facts, cut.rules, [query_text(name) for name in _QUERIES], (*SHOWN[:-1], ("broken", 1))
        )
        self._absent = [
            (Atom("line", (text("c"), n, text(fitting.code(n)))), False)
            for n in sorted(outdone)
            if n in useful and n not in forced
        ]
        self._rules = sorted(rule for rule, severity in self._bench.severities.items() if severity == "deny")

    def closest(self) -> Proposal | None:
        """The nearest set with the code: a best set, as far as the code leaves it whole, and the code."""
        found = self._search.best(1, self._deadline, self._absent)
        return proposed(found.models[0], self._fitting, self._bench) if found.models else None

    def cores(self, result: ClaimResult) -> list[tuple[Reason, ...]]:
        """Minimal sets of reasons, which share nothing but costs; each would be enough."""
        assumed = [atom for atom in self._assumed(result) if self._search.knows(atom)]
        found: list[tuple[Reason, ...]] = []
        while len(found) < _MOST_CORES:
            core = self._search.smallest_core(assumed, self._deadline, self._absent)
            spared = {atom for atom in core or () if atom.arguments[0] != "cost"}
            if not core or (found and not spared):
                break
            found.append(tuple(self._reason(atom, result) for atom in reversed(core)))
            assumed = [atom for atom in assumed if atom not in spared]
            if not spared:
                break
        return sorted(found, key=lambda core: min(_KINDS.index(reason.kind) for reason in core))

    def _assumed(self, result: ClaimResult) -> list[Atom]:
        """What is held on to, that which explains least first: it is given up first."""
        speaking = {f.rule for line in result.lines for f in line.findings}
        features = {feature for line, _, _, feature in self._fitting.unmet if line in self._forced}
        rules = sorted(self._rules, key=lambda rule: (rule in speaking, rule))
        return [
            *(Atom("heeds", ("cost", cost)) for cost in reversed(_COSTS)),
            *(Atom("heeds", ("rule", rule)) for rule in rules),
            Atom("heeds", ("need", "line")),
            *(Atom("heeds", ("feature", feature)) for feature in sorted({*features, "imaging"})),
            *(Atom("heeds", ("narrower", text(code))) for _, code in self._narrower),
        ]

    def _reason(self, atom: Atom, result: ClaimResult) -> Reason:
        kind, name = str(atom.arguments[0]), plain(atom.arguments[1])
        if kind == "feature":
            words = self._mismatch(name)
        elif kind == "narrower":
            words = self._wording.outdone(self._code, name)
        elif kind == "need":
            words = self._needless()
        elif kind == "rule":
            said = [
                sentence(f, line.line)
                for line in result.lines
                for f in line.findings
                if f.rule == name and not f.waived_by
            ]
            words = "; ".join(said) or self._bench.titles[name]
        else:
            words = f"otherwise more {CRITERIA[_COSTS.index(name)]} than in the best sets"
        return Reason(kind, name, words)

    def _needless(self) -> str:
        procedures = self._fitting.encounter.procedures
        if any(self._fitting.candidates[n].procedures for n in self._forced):
            return f"nothing is left for {self._code} to report: the code of the procedure takes the guidance in"
        done = listed(sorted({procedure.concept for procedure in procedures}))
        concepts = self._bench.book.concepts(self._code)
        guided = sorted(
            {f"guidance of {concept} by {m}" for of, m, concept in self._fitting.guides if of == self._code}
        )
        known = listed([*concepts, *guided])
        return f"{self._code} reports nothing that was done ({done}){f'; it reports {known}' if known else ''}"

    def _mismatch(self, feature: str) -> str:
        told = []
        for line in self._forced:
            for number in self._fitting.candidates[line].procedures:
                if any((of, p, f) == (line, number, feature) for of, p, _, f in self._fitting.unmet):
                    told.append(self._wording.asks(self._code, [feature], number))
                elif any((of, p) == (line, number) for of, p, _ in self._fitting.unguided) or self._unimaged(number):
                    told.append(self._guides_otherwise(number))
        return "; ".join(dict.fromkeys(told))

    def _unimaged(self, number: int) -> bool:
        return self._wording.procedure(number).of("imaging") in ((), ("none",))

    def _guides_otherwise(self, number: int) -> str:
        procedure = self._wording.procedure(number)
        known = sorted(m for of, m, concept in self._fitting.guides if (of, concept) == (self._code, procedure.concept))
        if not known:
            return f"nothing that the answer follows says that {self._code} guides {procedure.concept}"
        told = listed(procedure.of("imaging")) or "nothing"
        return f"{self._code} guides {procedure.concept} by {listed(known)} (told: {told})"


def _codes(one: CodeSet) -> set[str]:
    return {line.code for line in one.lines}
