"""The class `limit`: what a knowledge base may not hold, so that every engine gives the same one answer."""

from __future__ import annotations

from collections.abc import Iterable

from claimlogic.analyst.linting.draft import Draft
from claimlogic.analyst.linting.model import Check, Found
from claimlogic.knowledge.checks import atoms_of
from claimlogic.knowledge.scan import CLOSE_COMMENT, COUNT_SMALLER, LARGEST, PLAIN_ASCII, is_too_large, shortened

_UNBOUND = "bind it"
_SYNTAX = ("see the line and the one before it", "this is not rule text")
_UNREADABLE = (*_SYNTAX, PLAIN_ASCII, CLOSE_COMMENT)


def not_rule_text(draft: Draft) -> Iterable[Found]:
    """Text that cannot be read at all."""
    for file in draft.files:
        for fault in file.faults:
            if fault.problem.endswith(_UNREADABLE):
                problem, _, remedy = fault.problem.partition("; ")
                yield Found(file.name, fault.line, problem, remedy or "look for a missing comma, bracket or full stop")


def not_in_kb(draft: Draft) -> Iterable[Found]:
    """Rule text that clingo would take and a knowledge base may not hold."""
    for file in draft.files:
        for fault in file.faults:
            if not fault.problem.endswith((*_UNREADABLE, _UNBOUND, COUNT_SMALLER)):
                problem, _, remedy = fault.problem.partition("; ")
                yield Found(file.name, fault.line, problem, remedy or "say it with facts and plain rules")


def number_too_large(draft: Draft) -> Iterable[Found]:
    """A number past 32 bits, which clingo wraps in silence."""
    for file in draft.files:
        for token in file.tokens:
            if token.kind == "number" and is_too_large(token.text):
                sentence = f"{shortened(token.text)} is larger than {LARGEST}, and would be read as another number"
                yield Found(file.name, token.line, sentence, COUNT_SMALLER)


def code_not_text(draft: Draft) -> Iterable[Found]:
    """A code written as a number: 00100 would be 100."""
    uses = [(r.file, r.line, a.predicate, a.arguments) for r in draft.rules for a in atoms_of(r)]
    uses += [(file, line, a.predicate, a.arguments) for file, line, a in draft.facts()]
    for file, line, predicate, arguments in uses:
        declared = draft.vocabulary.predicates.get(predicate)
        if declared is None:
            continue
        for name, kind, value in zip(declared.arguments, declared.kinds, arguments, strict=False):
            if isinstance(value, int) and draft.vocabulary.kinds[kind].base == "text":
                sentence = f"{name} of {predicate} is a text, not the number {value}"
                yield Found(file, line, sentence, f'write it in quotes, with its zeros: "{value:05}"')


CHECKS = (
    Check("not_rule_text", "limit", "Text that cannot be read", not_rule_text),
    Check("not_in_kb", "limit", "What a knowledge base may not hold", not_in_kb),
    Check("number_too_large", "limit", "A number past 32 bits", number_too_large),
    Check("code_not_text", "limit", "A code that is not a text", code_not_text),
)
