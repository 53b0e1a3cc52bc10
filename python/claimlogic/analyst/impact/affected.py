"""The rules whose findings an edit can change, where it changes answers through findings alone.

Then claims on which these few rules find the same in both versions need no verdict: it is the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from claimlogic.analyst.impact.changes import Changes
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import rules_toward

_FINDING, _SAID_OF_RULES = "finding", "rule"


def affected_rules(changes: Changes, sides: Sequence[Sequence[Rule]], goals: Sequence[str]) -> frozenset[str] | None:
    """The ids of the rules whose findings may differ; None where an answer may differ otherwise.

    ``sides`` are the rules of the two versions.
    """
    if changes.declarations:
        return None
    changed = {c.rule.head.predicate for c in changes.rules if c.kind != "worded"}
    found = {fact.about for fact in changes.facts if fact.about}
    changed |= {atom.predicate for fact in changes.facts if not fact.about for atom in fact.atoms}
    edited = {id(r) for c in changes.rules if c.kind != "worded" for r in (c.before, c.after) if r is not None}
    for rules in (rules_toward(side, goals) for side in sides):
        second = _readers(rules, {_FINDING})
        inputs = frozenset().union(*(r.reads for r in rules if r.head.predicate in second)) - second - {_FINDING}
        cone = (changed | _readers(rules, changed - {_FINDING})) - {_FINDING}
        if cone & inputs - {_SAID_OF_RULES} or changed & second:
            return None
        for rule in rules:
            if rule.head.predicate == _FINDING and (id(rule) in edited or rule.reads & cone):
                name = rule.head.arguments[0]
                if not isinstance(name, str):
                    return None
                found.add(name)
    return frozenset(found)


def _readers(rules: Sequence[Rule], read: set[str]) -> frozenset[str]:
    """The predicates that rest on one of ``read``, directly or not."""
    found: set[str] = set()
    growing = True
    while growing:
        before = len(found)
        found |= {rule.head.predicate for rule in rules if rule.reads & (read | found)}
        growing = len(found) > before
    return frozenset(found)
