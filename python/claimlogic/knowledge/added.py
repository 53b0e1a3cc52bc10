"""Dated facts added for one run ("what if this pair's indicator were 1?"), checked like those of the knowledge base."""

from __future__ import annotations

from pathlib import Path

from claimlogic.errors import InputError
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rule_text import read_rule_text
from claimlogic.knowledge.store import PublishedFact
from claimlogic.knowledge.vocabulary import Kind, Vocabulary
from claimlogic.terms import OPEN_END, Term


def read_added_facts(path: Path, vocabulary: Vocabulary) -> tuple[PublishedFact, ...]:
    """The facts of a file of rule text.

    Raises InputError, with file and line, for rules, unknown predicates, and arguments of the wrong kind.
    """
    parsed = parse_rules(read_rule_text(path, str(path)), str(path))
    if parsed.rules:
        raise InputError("only facts may be added for a run, no rules", parsed.rules[0].place)
    facts = []
    for fact in parsed.facts:
        place = f"{path}:{fact.line}"
        declared = vocabulary.predicates.get(fact.atom.predicate)
        if declared is None or not declared.givers & {"codes", "tables"}:
            raise InputError(f"{fact.atom.predicate} is no fact about codes; see the vocabulary", place)
        if len(declared.arguments) != len(fact.atom.arguments):
            raise InputError(f"{declared.name} takes {len(declared.arguments)} arguments", place)
        for name, kind, value in zip(declared.arguments, declared.kinds, fact.atom.arguments, strict=True):
            _check_kind(name, vocabulary.kinds[kind], value, place)
        facts.append(
            PublishedFact(fact.atom, str(path), fact.line, fact.source or "added", fact.where, "added for this run")
        )
    return tuple(facts)


def _check_kind(name: str, kind: Kind, value: Term, place: str) -> None:
    is_text = isinstance(value, str) and value.startswith('"')
    if kind.base == "text" and not is_text:
        raise InputError(f"{name} is a text; write it in quotes", place)
    if kind.base == "number" and not isinstance(value, int) and value != OPEN_END:
        raise InputError(f"{name} is a number", place)
    if kind.base == "word" and (is_text or isinstance(value, int)):
        raise InputError(f"{name} is a word, without quotes", place)
    if kind.constants and value not in kind.constants:
        raise InputError(f"{name} must be one of {', '.join(sorted(kind.constants))}", place)
