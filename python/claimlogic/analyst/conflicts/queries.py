"""The conflicts that are looked for: one file a kind in ``queries/conflicts``, its header and its rules.

    %%% A pair that the practitioner table and the hospital table state differently
    %
    % What         Both tables have the pair, but ...
    % Arguments    how: id, column_1: code, column_2: code
    % Example      settings_differ(direction, "77001", "36598")
    % Source       NCCI pairs, both tables

The name of the file is the kind of conflict and the predicate that its rules conclude.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from claimlogic.errors import InputError
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.query_files import read_header
from claimlogic.knowledge.rule_text import read_rule_text
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.compiling.program import fact_rule
from claimlogic.shipped import shipped

_NEEDED = ("What", "Arguments", "Example", "Source")
_OPTIONAL = ("Not said",)


@dataclass(frozen=True, slots=True)
class ConflictKind:
    """One kind of conflict: what its file says of it. ``arguments`` are names and kinds."""

    name: str
    title: str
    what: str
    arguments: tuple[tuple[str, str], ...]
    source: str
    not_said: str


@dataclass(frozen=True, slots=True)
class ConflictQueries:
    """All kinds of conflict, and the rules that find them."""

    kinds: tuple[ConflictKind, ...]
    rules: tuple[Rule, ...]


def default_queries() -> Path:
    """The conflicts that come with claimlogic."""
    return shipped("queries", "conflicts")


def read_queries(directory: Path, vocabulary: Vocabulary) -> ConflictQueries:
    """The kinds and rules of a folder and of its ``shared``.

    Raises InputError, with file and line, for a header that lacks something, or a predicate that two files conclude.
    """
    kinds: list[ConflictKind] = []
    rules: list[Rule] = []
    concluded: dict[str, str] = {}
    for path in sorted(directory.rglob("*.lp")):
        name = f"queries/conflicts/{path.relative_to(directory).as_posix()}"
        text = read_rule_text(path, name)
        parsed = parse_rules(text, name, len(rules))
        own = [*parsed.rules, *(fact_rule(fact, name) for fact in parsed.facts)]
        for rule in own:
            predicate = rule.head.predicate
            if concluded.setdefault(predicate, name) != name:
                raise InputError(f"{concluded[predicate]} concludes {predicate} as well; rename one", rule.place)
            if predicate in vocabulary.predicates:
                raise InputError(f"{predicate} belongs to the knowledge base; rename it here", rule.place)
        rules.extend(own)
        if path.parent == directory:
            kinds.append(_kind(path.stem, text, name, own, vocabulary))
    return ConflictQueries(tuple(kinds), tuple(rules))


def _kind(stem: str, text: str, name: str, rules: Sequence[Rule], vocabulary: Vocabulary) -> ConflictKind:
    place = f"{name}:1"
    header = read_header(text, name, "what the conflict is", _NEEDED, _OPTIONAL)
    fields = header.fields
    arguments = []
    for part in re.split(r",\s*", fields["Arguments"]):
        argument, _, kind = part.partition(": ")
        if kind not in vocabulary.kinds:
            raise InputError(f"{part!r} must read `name: kind`, with a kind of the vocabulary", place)
        arguments.append((argument, kind))
    own = [rule for rule in rules if rule.head.predicate == stem]
    if not own:
        raise InputError(f"no rule concludes {stem}", place)
    for rule in own:
        if len(rule.head.arguments) != len(arguments):
            raise InputError(f"{stem} takes the {len(arguments)} arguments that the header names", rule.place)
        if rule.label is None or not set(rule.label.fillers) <= set(rule.variables):
            raise InputError("a rule that finds a conflict has a label, of its own variables", rule.place)
    return ConflictKind(
        stem,
        header.title,
        fields["What"],
        tuple(arguments),
        fields["Source"],
        fields.get("Not said", ""),
    )
