"""Which tests notice that a rule is another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from claimlogic.analyst.models import Claims, Laboratory, Model
from claimlogic.analyst.rule_tests import rule_of
from claimlogic.knowledge.rules import Rule

# A judged claim that has no verdict any more, or a finding without a card, is noticed as well.
_BROKEN = (RuntimeError, KeyError, StopIteration, AssertionError, IndexError)


Near = Sequence[tuple[Model, Claims]]
"""Cases that a changed rule reaches, and the claims of each whose answer can differ."""


def noticing(laboratory: Laboratory, rule: Rule, instead: Rule | None, near: Near) -> Iterator[str]:
    """The cases that fail where ``instead`` stands for ``rule`` (None: it is removed), its own test first."""
    own = rule_of(rule.file.removeprefix("rules/")) if rule.file.startswith("rules/") else ""
    for model, claims in sorted(near, key=lambda n: (n[0].case.rule != own, -len(n[1]))):
        try:
            if model.case.differences(laboratory.answer(model, rule, instead, claims)):
                yield model.case.name
        except _BROKEN:
            yield model.case.name


def notices(laboratory: Laboratory, rule: Rule, instead: Rule | None, near: Near) -> str | None:
    """The first case that fails where ``instead`` stands for ``rule``; None where none does."""
    return next(noticing(laboratory, rule, instead, near), None)
