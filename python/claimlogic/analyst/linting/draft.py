"""Rule text as the checks see it: read as far as it can be read, one statement's fault hiding no other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.analyst.linting.tokens import Statement, Token, statements, tokenize
from claimlogic.errors import InputError
from claimlogic.knowledge.parse import ParsedFile, SourcedFact, parse_rules
from claimlogic.knowledge.rule_text import decoded
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.scan import DIRECTIVE, PLAIN_DIRECTIVES
from claimlogic.knowledge.tables import TableFile, open_table
from claimlogic.knowledge.vocabulary import VOCABULARY, Vocabulary, read_vocabulary
from claimlogic.shipped import PACKAGE, shipped

if TYPE_CHECKING:
    from claimlogic.terms import Atom


@dataclass(frozen=True, slots=True)
class Fault:
    """A statement that could not be read, with the reader's words."""

    line: int
    problem: str
    statement: Statement | None


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file: its text, tokens and statements, and what could be read of it."""

    name: str
    text: str
    tokens: tuple[Token, ...]
    statements: tuple[Statement, ...]
    facts: tuple[SourcedFact, ...]
    rules: tuple[Rule, ...]
    faults: tuple[Fault, ...]

    @property
    def lines(self) -> list[str]:
        """Its lines."""
        return self.text.split("\n")

    @property
    def comments(self) -> list[Token]:
        """Its comments, in order."""
        return [t for t in self.tokens if t.is_comment]


@dataclass(frozen=True)
class Draft:
    """A knowledge base as text. ``texts`` by file name, ``asked`` are words that questions and searches name."""

    texts: Mapping[str, str]
    asked: frozenset[str] = frozenset()
    directory: Path | None = None

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Its vocabulary. Raises InputError where that cannot be read: then nothing can be checked."""
        return read_vocabulary(self.texts)

    @cached_property
    def files(self) -> tuple[SourceFile, ...]:
        """The files, sorted, with the rules numbered throughout."""
        read, number = [], 0
        for name in sorted(self.texts):
            file = read_source(name, self.texts[name])
            read.append(replace(file, rules=tuple(replace(r, number=number + i) for i, r in enumerate(file.rules))))
            number += len(file.rules)
        return tuple(read)

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """All rules that could be read."""
        return tuple(rule for file in self.files for rule in file.rules)

    @cached_property
    def facts_of(self) -> Mapping[str, tuple[tuple[str, SourcedFact], ...]]:
        """The facts by predicate, each with its file."""
        found: dict[str, list[tuple[str, SourcedFact]]] = {}
        for file in self.files:
            for fact in file.facts:
                found.setdefault(fact.atom.predicate, []).append((file.name, fact))
        return {name: tuple(facts) for name, facts in found.items()}

    def facts(self) -> Iterator[tuple[str, int, Atom]]:
        """Every fact of the rule text: file, line, atom."""
        for file in self.files:
            for fact in file.facts:
                yield file.name, fact.line, fact.atom

    @cached_property
    def concluded(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules by the predicate that they conclude."""
        found: dict[str, list[Rule]] = {}
        for rule in self.rules:
            found.setdefault(rule.head.predicate, []).append(rule)
        return {name: tuple(rules) for name, rules in found.items()}

    @cached_property
    def tables(self) -> tuple[TableFile, ...]:
        """The table files beside the rule text. Raises InputError for one that cannot be opened."""
        if self.directory is None:
            return ()
        found = (p for pattern in ("*.tsv", "*.tsv.xz") for p in self.directory.rglob(pattern))
        return tuple(open_table(p, self.vocabulary) for p in sorted(found))


def read_draft(directory: Path) -> Draft:
    """The knowledge base in ``directory``. Raises InputError where there is none, or a file is not text."""
    if not (directory / VOCABULARY).is_file():
        raise InputError(f"no {VOCABULARY} here, so this is no knowledge base", str(directory))
    texts = {}
    for path in sorted(p for p in directory.rglob("*.lp") if p.is_file()):
        name = path.relative_to(directory).as_posix()
        texts[name] = decoded(path.read_bytes(), name)
    return Draft(texts, _asked(directory), directory)


def _asked(directory: Path) -> frozenset[str]:
    """What is read from outside: by ``queries/`` beside it, or those that come with claimlogic, and by the searches."""
    queries = next((folder for folder in (directory.parent / "queries", shipped("queries")) if folder.is_dir()), None)
    names = {
        token.text
        for path in (sorted(queries.rglob("*.lp")) if queries else ())
        for token in tokenize(path.read_text(encoding="utf-8"))
        if token.kind == "word"
    }
    for path in sorted((PACKAGE / "search").glob("*.py")):
        names.update(re.findall(r'"([a-z]\w*)"', path.read_text(encoding="utf-8")))
    return frozenset(names)


@lru_cache(maxsize=2048)
def read_source(name: str, text: str) -> SourceFile:
    """One file, read whole where it can be, else statement by statement."""
    tokens = tuple(tokenize(text))
    parts = tuple(statements(tokens))
    faults = [
        Fault(part.line, DIRECTIVE.format(found), part) for part in parts if (found := _directive(part)) is not None
    ]
    if any(token.text == "#script" for token in tokens):
        # Where a script ends cannot be told by reading it as rules.
        return SourceFile(name, text, tokens, (), (), (), tuple(faults[:1]))
    # Clingo opens what #include names while it parses: no directive ever reaches it.
    safe = _without(text, [f.statement for f in faults if f.statement is not None])
    try:
        parsed = parse_rules(safe, name)
    except InputError as whole:
        named = {id(fault.statement) for fault in faults}
        unread = _faults(name, [part for part in parts if id(part) not in named])
        try:
            parsed = parse_rules(_without(safe, [f.statement for f in unread if f.statement is not None]), name)
        except InputError:
            parsed = ParsedFile(name, (), ())
            unread = unread or [Fault(_line_of(whole), whole.problem, None)]
        faults = sorted(faults + unread, key=lambda f: f.line)
    return SourceFile(name, text, tokens, parts, parsed.facts, parsed.rules, tuple(faults))


def _directive(part: Statement) -> str | None:
    """The directive that a statement holds, None for plain rule text."""
    return next((t.text for t in part.code if t.kind == "directive" and t.text not in PLAIN_DIRECTIVES), None)


def _faults(name: str, parts: list[Statement]) -> list[Fault]:
    """The statements that cannot be read by themselves."""
    found = []
    for part in parts:
        try:
            parse_rules("\n".join(t.text for t in part.code), name)
        except InputError as fault:
            found.append(Fault(part.line, fault.problem, part))
    return found


def _without(text: str, faulty: list[Statement]) -> str:
    """The text with faulty statements blanked, so that all else keeps its line."""
    for part in faulty:
        start, last = part.tokens[0].at, part.tokens[-1]
        end = last.at + len(last.text)
        text = text[:start] + "".join("\n" if c == "\n" else " " for c in text[start:end]) + text[end:]
    return text


def _line_of(fault: InputError) -> int:
    place = fault.place.rpartition(":")[2]
    return int(place) if place.isdigit() else 1
