"""A draft from someone whom nobody vouches for, tried in isolation: what is wrong with it, or what it changes.

with Workshop(KnowledgeBase()) as workshop:
    trial = workshop.try_draft({"payers/my_plan.lp": request_body}, claims)
    if trial.refused: ...

Nothing of the draft is parsed in this process. Its text is checked and run in a sealed child (``keeper.py``), and
what the child answers is read as data.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, TypeVar

from claimlogic.analyst.isolation.files import draft_texts
from claimlogic.analyst.isolation.keeper import Isolation, LimitHit, Limits
from claimlogic.analyst.isolation.remark import Remark, remark_of
from claimlogic.claims.model import Claim
from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.results import LineResult

_TASK = "claimlogic.analyst.isolation.task:prepare"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Says:
    """What a rule says against a line; ``waived_by`` names the overlay that sets it aside, blank for none."""

    rule: str
    severity: str
    message: str
    waived_by: str


@dataclass(frozen=True, slots=True)
class TriedLine:
    """A line of a claim, its verdict by the knowledge base and by the draft, and what the draft's rules say of it."""

    line: int
    code: str
    before: str
    after: str
    says: tuple[Says, ...]


@dataclass(frozen=True, slots=True)
class TriedClaim:
    """A claim and its lines."""

    claim: str
    lines: tuple[TriedLine, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of a draft. ``refused`` says why it was not run; else ``remarks`` are what lint found in it.

    ``version`` is the sha256 of knowledge base and draft together, blank where it was refused.
    """

    refused: tuple[Remark, ...]
    remarks: tuple[Remark, ...]
    claims: tuple[TriedClaim, ...]
    version: str

    @property
    def changed(self) -> tuple[TriedClaim, ...]:
        """The claims on which a line has another verdict by the draft."""
        return tuple(claim for claim in self.claims if any(line.before != line.after for line in claim.lines))


class Workshop:
    """A knowledge base beside which drafts are tried, one after the other. To be closed, or used with ``with``.

    Loading takes seconds, a draft after that a fraction of one. One workshop serves one thread.
    """

    def __init__(self, kb: KnowledgeBase, limits: Limits | None = None) -> None:
        """Raises InputError where ``kb`` judges by other tables or facts than its own."""
        if kb.store is not kb.knowledge.store:
            raise InputError("a draft is tried by the knowledge base's own tables and facts; give none besides", "kb")
        self._kb = kb
        setup = {"directory": str(kb.knowledge.directory.resolve()), "cache": os.environ.get("XDG_CACHE_HOME", "")}
        self._isolation = Isolation(_TASK, setup, limits)

    def __enter__(self) -> Workshop:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process that drafts are tried in."""
        self._isolation.close()

    def try_draft(
        self, files: Mapping[str, bytes], claims: Sequence[Claim] = (), options: Options | None = None
    ) -> Trial:
        """Lay a draft over the knowledge base and judge claims by it.

        ``files`` are the draft's bytes by file name below ``kb/``. The claims are judged by the knowledge base in this
        process, by the draft in the child, which is told their facts and no name. Raises LimitHit where the draft was
        stopped or fell over, InputError for an option that there is not.
        """
        facts = [self._kb.facts_of(claim, options) for claim in claims]
        try:
            texts = draft_texts(files)
        except InputError as fault:
            return Trial((remark_of(fault),), (), (), "")
        before = [result.lines for result in self._kb.check_all(claims, options)]
        job = {"files": texts, "claims": [[[a.predicate, list(a.arguments)] for a in given] for given in facts]}
        try:
            return _trial(self._isolation.run(job), claims, before)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise LimitHit("crash") from None


def _trial(answer: Any, claims: Sequence[Claim], before: Sequence[Sequence[LineResult]]) -> Trial:
    if "refused" in answer:
        return Trial(_each(answer["refused"], _remark) or (_NOTHING_SAID,), (), (), "")
    tried = tuple(
        TriedClaim(claim.id, tuple(_line(was, told) for was, told in zip(lines, after, strict=True)))
        for claim, lines, after in zip(claims, before, answer["claims"], strict=True)
    )
    return Trial((), _each(answer["findings"], _remark), tried, _word(answer["version"]))


def _line(was: LineResult, told: Any) -> TriedLine:
    if told["line"] != was.line:
        raise ValueError("another line")
    return TriedLine(was.line, was.code, was.verdict, _word(told["verdict"]), _each(told["findings"], _says))


def _says(told: Any) -> Says:
    return Says(_word(told["rule"]), _word(told["severity"]), _word(told["message"]), _word(told["waived_by"]))


def _remark(told: Any) -> Remark:
    line = told["line"]
    if not isinstance(line, int):
        raise TypeError("no line")
    return Remark(_word(told["file"]), line, _word(told["problem"]), _word(told["remedy"]), _word(told["check"]))


def _each(told: Any, read: Callable[[Any], T]) -> tuple[T, ...]:
    if not isinstance(told, list):
        raise TypeError("no list")
    return tuple(map(read, told))


def _word(told: Any) -> str:
    """A text of the child, on one line and without what a terminal would obey."""
    if not isinstance(told, str):
        raise TypeError("no text")
    return "".join(c if c.isprintable() else " " for c in told)


_NOTHING_SAID = Remark("draft", 1, "it cannot be used", "look at its rules")
