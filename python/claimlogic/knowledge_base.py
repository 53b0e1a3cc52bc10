"""The library's front door: a knowledge base that is asked about claims.

from claimlogic import KnowledgeBase

kb = KnowledgeBase()
for claim in kb.read("claims.837"):
    result = kb.check(claim)
    proof = kb.why(claim, line=2)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim
from claimlogic.errors import InputError
from claimlogic.knowledge.load import load_knowledge
from claimlogic.knowledge.store import FactStore
from claimlogic.results import ClaimResult
from claimlogic.solving.answer import Answer, Solver
from claimlogic.solving.judge import Judge, RuleCard
from claimlogic.terms import Atom, text

if TYPE_CHECKING:
    from claimlogic.asking.answers import Answers
    from claimlogic.asking.ask import Asker
    from claimlogic.asking.values import Given
    from claimlogic.claims.encounter import Encounter
    from claimlogic.proofs.model import Proof
    from claimlogic.search.answers import AllowedResult
    from claimlogic.search.repair_model import FixResult, Limits
    from claimlogic.search.whynot import WhyNotResult

_CLAIM = "c"
_LINES_TOGETHER = 200
_NOTHING = Answer(frozenset(), ())


@dataclass(frozen=True, slots=True)
class Options:
    """How to answer. ``trust`` names an authority (cms_tables, cms_manual, contractor, article) to believe first;
    ``strict_dates`` makes a table older than the day of service a reason for `unknown`.
    """

    trust: str | None = None
    strict_dates: bool = False


class KnowledgeBase:
    """A knowledge base and the questions that it answers. Holds nothing of any claim, and may be shared by threads
    that ask in turn.
    """

    def __init__(
        self,
        directory: Path | str | None = None,
        facts: Path | str | None = None,
        tables: Path | str | None = None,
    ) -> None:
        """Load the knowledge base in ``directory``, by default the one that comes with claimlogic.

        ``facts`` is a file of dated facts to lay over it for this run, ``tables`` a store of CMS's tables to judge by
        in the place of those that come with it. Raises InputError, with file and line, where one cannot be read.
        """
        self.knowledge = load_knowledge(Path(directory) if directory else None)
        self._judge = Judge(self.knowledge)
        self._store = self.knowledge.store
        if tables is not None:
            from claimlogic.tables.source import with_tables

            self._store = with_tables(self._store, Path(tables))
        self._added: tuple[Atom, ...] = ()
        if facts is not None:
            from claimlogic.knowledge.added import read_added_facts

            added = read_added_facts(Path(facts), self.knowledge.vocabulary)
            self._store = self._store.with_facts(added)
            self._added = tuple(fact.atom for fact in added)

    @property
    def version(self) -> str:
        """The sha256 of the knowledge base's text, 64 hexadecimal digits."""
        return self.knowledge.version

    def read(self, path: Path | str) -> list[Claim]:
        """Every claim of a YAML, JSON or X12 837 file ("-" is standard input).

        Raises InputError, naming the place and the remedy, for a file that cannot be read whole.
        """
        from claimlogic.claims.read import read_claims

        return read_claims(path, self.knowledge.vocabulary.words())

    def check(self, claim: Claim, options: Options | None = None) -> ClaimResult:
        """The verdict on every line of a claim, with all findings. Raises InputError for an unknown option value."""
        return next(self.check_all([claim], options))

    def check_all(self, claims: Iterable[Claim], options: Options | None = None) -> Iterator[ClaimResult]:
        """The answer of ``check`` on each claim, in order. Claims are judged many at a time, which takes a fraction of
        the time that one by one they take. Raises InputError for an unknown option value.
        """
        for claim, facts, answer in self.answers(claims, options):
            result = self._judge.result(claim.id, facts, answer)
            yield replace(result, uncoded_lines=claim.uncoded_lines, added_facts=self._added)

    def answers(
        self, claims: Iterable[Claim], options: Options | None = None, solver: Solver | None = None
    ) -> Iterator[tuple[Claim, Sequence[Atom], Answer]]:
        """Each claim, in order, with the facts that were judged and what follows of it; the results of ``check_all``
        in the terms of the rules. ``solver`` finds what follows where joins should not, such as clingo as a yardstick
        (``solving.by_clingo.solve``). Raises InputError for an unknown option value.
        """
        for batch in _batches(claims):
            named = {
                text(f"{_CLAIM}{n}"): self.facts_of(claim, options, f"{_CLAIM}{n}") for n, claim in enumerate(batch)
            }
            facts = list(dict.fromkeys(fact for own in named.values() for fact in own))
            answers = self._judge.by_claim(self._judge.answer(facts, self._store, solver))
            for claim, (name, own) in zip(batch, named.items(), strict=True):
                yield claim, own, answers.get(name, _NOTHING)

    def why(self, claim: Claim, line: int | None = None, options: Options | None = None) -> Proof:
        """The proof of the verdict on a line, or on every line: all reasons, down to facts and absences.

        Raises InputError where the claim has no such line.
        """
        from claimlogic.proofs.build import build_proof

        facts = self.facts_of(claim, options)
        wanted = [entry.number for entry in claim.lines if line in (None, entry.number)]
        if not wanted:
            numbers = ", ".join(str(entry.number) for entry in claim.lines)
            raise InputError(f"there is no line {line}; the claim has lines {numbers}", claim.id)
        rules = self._judge.rules
        cut = self._judge.slice(facts, self._store, for_proofs=True)
        answer = self._judge.joiner.derive(cut.facts, cut.rules)
        roots = sorted(
            (a for a in answer.atoms if a.predicate == "verdict" and a.arguments[1] in wanted),
            key=lambda a: a.arguments[1:2],
        )
        proof = build_proof(claim.id, roots, facts, answer.atoms, answer.firings, rules, self._store, self.version)
        return proof

    def check_proof(self, claim: Claim, proof: Proof, options: Options | None = None) -> None:
        """Check a proof without the solver. Raises ProofError where a step does not follow."""
        from claimlogic.proofs.check import check_proof

        check_proof(proof, self._judge.rules, self.facts_of(claim, options), self._store)

    def fixes(self, claim: Claim, options: Options | None = None, limits: Limits | None = None) -> FixResult:
        """Every smallest change after which no line of the claim is denied, each judged again.

        Raises InputError for an unknown option value.
        """
        from claimlogic.search.repair import fixes

        return fixes(self, claim, options, limits)

    def read_encounter(self, path: Path | str) -> Encounter:
        """The encounter of a YAML or JSON file. Raises InputError, naming the place and the remedy."""
        from claimlogic.claims.encounter_documents import read_encounter, tellable

        return read_encounter(path, self.knowledge.vocabulary.words(), tellable(self._store))

    def allowed(
        self,
        encounter: Encounter,
        options: Options | None = None,
        everything: bool = False,
        seconds: float | None = None,
    ) -> AllowedResult:
        """Every best code set for what was done; after ``seconds`` the best so far, not proven."""
        from claimlogic.search.allowed import allowed

        return allowed(self, encounter, options, everything, seconds)

    def whynot(
        self, code: str, encounter: Encounter, options: Options | None = None, seconds: float | None = None
    ) -> WhyNotResult:
        """Why a code is in no best set for what was done. Raises InputError for a code of no known form."""
        from claimlogic.search.whynot import whynot

        return whynot(self, code, encounter, options, seconds)

    def ask(
        self, name: str, /, *values: Given, on: Given | None = None, trust: str | None = None, **arguments: Given
    ) -> Answers:
        """The answers to a named question, such as ``kb.ask("parents", "77003", on="2024-08-15")``.

        Raises InputError for a question that there is not, and for arguments that it does not take.
        """
        return self._asker.ask(name, *values, on=on, trust=trust, **arguments)

    @cached_property
    def _asker(self) -> Asker:
        from claimlogic.asking.ask import Asker

        return Asker(self.knowledge, self._store, added=self._added)

    @property
    def cards(self) -> Mapping[str, RuleCard]:
        """What each rule file says of its rule, by rule id: severity, title, denial code, citations."""
        return self._judge.cards

    @property
    def store(self) -> FactStore:
        """The published facts, with those that were laid over for this run."""
        return self._store

    @property
    def added_facts(self) -> tuple[Atom, ...]:
        """The facts that were laid over the knowledge base for this run."""
        return self._added

    def facts_of(self, claim: Claim, options: Options | None = None, name: str = _CLAIM) -> Sequence[Atom]:
        """A claim as the facts that are judged, options included, in which it is called ``name``.

        Raises InputError for an unknown option value.
        """
        facts = claim_facts(claim, name)
        chosen = options or Options()
        if chosen.trust:
            known = sorted(self.knowledge.vocabulary.kinds["authority"].constants)
            if chosen.trust not in known:
                raise InputError(f"no authority {chosen.trust}; choose one of {', '.join(known)}", "--trust")
            facts.append(Atom("trust", (chosen.trust,)))
        if chosen.strict_dates:
            facts.append(Atom("strict_dates", (text(name),)))
        return facts


def _batches(claims: Iterable[Claim]) -> Iterator[list[Claim]]:
    """Claims in groups of so many lines as are judged together."""
    batch: list[Claim] = []
    lines = 0
    for claim in claims:
        if batch and lines + len(claim.lines) > _LINES_TOGETHER:
            yield batch
            batch, lines = [], 0
        batch.append(claim)
        lines += len(claim.lines)
    if batch:
        yield batch
