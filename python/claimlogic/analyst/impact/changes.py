"""What an edit changes in the text: rules, curated facts, table rows and declarations, each once and in words.

Rules are compared by what they mean: neither their place, nor their comments, nor the names of their variables, nor the
order of their conditions make a rule another one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from claimlogic.analyst.impact.facts import FactChange, fact_changes
from claimlogic.analyst.impact.versions import Version
from claimlogic.knowledge.index import knowledge_files
from claimlogic.knowledge.rules import Rule, written

_ANONYMOUS = re.compile(r"\b[VW]_\d+\b")
_WORD = re.compile(r"[a-z]\w*")


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that one version has and the other has not, or has otherwise.

    ``kind`` is added, removed, changed (its conditions or conclusion) or worded (only its label). ``name`` is the rule
    id of a rule that reports, else the predicate that it concludes. ``words`` tell what differs.
    """

    kind: str
    name: str
    before: Rule | None
    after: Rule | None
    words: tuple[str, ...]

    @property
    def rule(self) -> Rule:
        """The rule as the draft has it, or as the base had it where it is gone."""
        found = self.after or self.before
        assert found is not None
        return found


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs between two versions. ``declarations`` are predicates and kinds of the vocabulary."""

    rules: tuple[RuleChange, ...]
    facts: tuple[FactChange, ...]
    declarations: tuple[str, ...]
    files: tuple[str, ...]

    @property
    def nothing(self) -> bool:
        """Whether the two versions mean the same, whatever their comments and layout."""
        return not (self.rules or self.facts or self.declarations)


def changes_between(base: Version, draft: Version) -> Changes:
    """What the draft changes. ``files`` are those whose bytes differ, also where nothing that they mean does."""
    files = _differing_files(base.directory, draft.directory)
    if not files:
        return Changes((), (), (), ())
    rules = rule_changes(base.knowledge.rules, draft.knowledge.rules)
    return Changes(tuple(rules), tuple(fact_changes(base, draft, files)), tuple(_declared(base, draft)), files)


def shown_conditions(rule: Rule) -> tuple[str, ...]:
    """The conditions of a rule as a reader writes them, anonymous variables as ``_``."""
    return tuple(_readable(written(item)) for item in rule.body)


def shown_head(rule: Rule) -> str:
    """The conclusion of a rule as a reader writes it."""
    return _readable(written(rule.head))


def rule_name(rule: Rule) -> str:
    """The rule id of a rule that reports or waives, else the predicate that it concludes."""
    first = rule.head.arguments[0] if rule.head.arguments else None
    if isinstance(first, str) and _WORD.fullmatch(first) and rule.head.predicate in ("finding", "reported"):
        return first
    if isinstance(first, str) and _WORD.fullmatch(first) and rule.head.predicate == "waived":
        return f"waiver of {first}"
    return rule.head.predicate


def meaning(rule: Rule) -> tuple[str, tuple[str, ...]]:
    """What makes two rules one: the conclusion and the sorted conditions, variables by their order of occurrence."""
    conditions = sorted(shown_conditions(rule), key=_without_names)
    names: dict[str, str] = {}

    def renamed(text: str) -> str:
        return re.sub(r"\b[A-Z]\w*'*", lambda f: names.setdefault(f[0], f"X{len(names)}"), text)

    parts = [_outside_texts(part, renamed) for part in (shown_head(rule), *conditions)]
    return parts[0], tuple(sorted(parts[1:]))


def _outside_texts(written_part: str, change: Callable[[str], str]) -> str:
    pieces = re.split(r'("(?:[^"\\]|\\.)*")', written_part)
    return "".join(piece if piece.startswith('"') else change(piece) for piece in pieces)


def _without_names(condition: str) -> str:
    return re.sub(r"\b[A-Z]\w*'*", "X", condition)


def _readable(text: str) -> str:
    return _ANONYMOUS.sub("_", text)


def _differing_files(base: Path, draft: Path) -> tuple[str, ...]:
    sides = [{p.relative_to(folder).as_posix(): p for p in knowledge_files(folder)} for folder in (base, draft)]
    names = sorted({*sides[0], *sides[1]})
    return tuple(
        name
        for name in names
        if name not in sides[0] or name not in sides[1] or sides[0][name].read_bytes() != sides[1][name].read_bytes()
    )


def rule_changes(before: Sequence[Rule], after: Sequence[Rule]) -> list[RuleChange]:
    """The rules that mean something else, or are worded otherwise: by file and line."""
    counted = Counter((meaning(r), r.label) for r in after)
    gone = []
    for rule in before:
        key = (meaning(rule), rule.label)
        if counted[key]:
            counted[key] -= 1
        else:
            gone.append(rule)
    come = []
    for rule in after:
        key = (meaning(rule), rule.label)
        if counted[key]:
            counted[key] -= 1
            come.append(rule)
    found = []
    for rule in gone:
        partner = _partner(rule, come)
        if partner is None:
            found.append(RuleChange("removed", rule_name(rule), rule, None, ()))
        else:
            come.remove(partner)
            same = meaning(rule) == meaning(partner)
            words = _label_words(rule, partner) if same else _condition_words(rule, partner)
            found.append(RuleChange("worded" if same else "changed", rule_name(partner), rule, partner, words))
    found += [RuleChange("added", rule_name(rule), None, rule, ()) for rule in come]
    return sorted(found, key=lambda c: (c.rule.file, c.rule.line, c.kind))


def _partner(rule: Rule, come: Sequence[Rule]) -> Rule | None:
    """The added rule that is most likely this one, edited: the same conclusion, the most conditions in common."""
    like = [
        other for other in come if other.head.predicate == rule.head.predicate and rule_name(other) == rule_name(rule)
    ]
    own = set(shown_conditions(rule))

    def closeness(other: Rule) -> tuple[int, int, bool]:
        theirs = set(shown_conditions(other))
        return len(own & theirs), -len(own ^ theirs), other.file == rule.file

    best = max(like, key=closeness, default=None)
    return best if best is not None and (closeness(best)[0] or best.file == rule.file) else None


def _condition_words(before: Rule, after: Rule) -> tuple[str, ...]:
    old, new = shown_conditions(before), shown_conditions(after)
    lost = [c for c in old if c not in new]
    gained = [c for c in new if c not in old]
    words = []
    if shown_head(before) != shown_head(after):
        words.append(f"concludes `{shown_head(after)}` in the place of `{shown_head(before)}`")
    if len(lost) == 1 and len(gained) == 1:
        words.append(f"asks `{gained[0]}` in the place of `{lost[0]}`")
    else:
        words += [f"no longer asks `{condition}`" for condition in lost]
        words += [f"asks `{condition}` besides" for condition in gained]
    return tuple(words) or ("asks its conditions of other variables",)


def _label_words(before: Rule, after: Rule) -> tuple[str, ...]:
    old, new = (f'"{r.label.template}"' if r.label else "nothing" for r in (before, after))
    return (f"says {new} in the place of {old}",)


def _declared(base: Version, draft: Version) -> Iterable[str]:
    old, new = base.knowledge.vocabulary, draft.knowledge.vocabulary
    yield from _declared_otherwise("predicate", old.predicates, new.predicates)
    yield from _declared_otherwise("kind", old.kinds, new.kinds)


def _declared_otherwise(what: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterable[str]:
    for name in sorted({*before, *after}):
        if name not in before:
            yield f"{what} {name} is declared"
        elif name not in after:
            yield f"{what} {name} is declared no longer"
        elif before[name] != after[name]:
            yield f"{what} {name} is declared otherwise"
