"""Whether a test notices that a rule is another."""

from __future__ import annotations

from collections.abc import Sequence

from claimlogic.analyst.models import Laboratory, Model
from claimlogic.analyst.rule_tests import rule_of
from claimlogic.knowledge.rules import Rule

# A judged claim that has no verdict any more, or a finding without a card, is noticed as well.
_BROKEN = (RuntimeError, KeyError, StopIteration, AssertionError, IndexError)


def notices(laboratory: Laboratory, rule: Rule, instead: Rule | None, models: Sequence[Model]) -> str | None:
    """The first case that fails where ``instead`` stands for ``rule`` (None: it is removed), its own test first."""
    own = rule_of(rule.file.removeprefix("rules/")) if rule.file.startswith("rules/") else ""
    for model in sorted(models, key=lambda m: (m.case.rule != own, -len(m.heads.get(rule.number, ())))):
        try:
            if model.case.differences(laboratory.answer(model, rule, instead)):
                return model.case.name
        except _BROKEN:
            return model.case.name
    return None
