"""What the sealed child does with a draft: check it, lay it over the knowledge base, judge claims by it.

The draft is read by the reader that every rule text goes through (``knowledge/parse.py``), so nothing may stand in a
draft that may not stand in ``kb/``. Besides, a draft concludes only what is its own, and keeps within a size.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import clingo

from claimlogic.analyst.isolation.remark import Remark, remark_of
from claimlogic.analyst.linting.draft import Draft, SourceFile, read_draft, read_source
from claimlogic.analyst.linting.model import Finding
from claimlogic.analyst.linting.registry import CHECKS, run_checks
from claimlogic.errors import InputError
from claimlogic.knowledge.checks import check_fact, check_rules
from claimlogic.knowledge.index import open_index
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.parse import ParsedFile, parse_rules
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.scan import scan
from claimlogic.knowledge.shelf import Shelf, ShelfWriter
from claimlogic.knowledge.store import FactStore
from claimlogic.knowledge.vocabulary import VOCABULARY, Vocabulary, is_vocabulary
from claimlogic.solving.judge import Judge
from claimlogic.terms import Atom

MOST_CONDITIONS = 24
REPORTING = frozenset({"finding", "waived"})
"""What every rule file and every overlay may conclude: the predicates through which they report."""

_TABLES = "tables/"
_BLOCKING = frozenset({"wrong_arity", "wrong_kind", "label_unbound", "rule_without_card"})
_MOST_FAULTS = 50


@dataclass(frozen=True, slots=True)
class Base:
    """A knowledge base loaded: its text, what stands in it, the words that searches ask, its tables and its version."""

    texts: Mapping[str, str]
    parsed: Mapping[str, ParsedFile]
    asked: frozenset[str]
    vocabulary: Vocabulary
    tables: sqlite3.Connection
    version: str


@dataclass(frozen=True)
class _Laid(Draft):
    """A draft over a knowledge base. Of the files that it does not replace, what stands in them is known already."""

    parsed: Mapping[str, ParsedFile] = field(default_factory=dict)

    @cached_property
    def files(self) -> tuple[SourceFile, ...]:
        read, number = [], 0
        for name in sorted(self.texts):
            known = self.parsed.get(name)
            if known is None:
                file = read_source(name, self.texts[name])
            else:
                file = SourceFile(name, self.texts[name], (), (), known.facts, known.rules, ())
            read.append(replace(file, rules=tuple(replace(r, number=number + i) for i, r in enumerate(file.rules))))
            number += len(file.rules)
        return tuple(read)


def prepare(setup: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    """The function that tries a draft, once the knowledge base of ``setup`` is loaded and nothing is left to open."""
    _check_solver()
    if setup["cache"]:
        os.environ["XDG_CACHE_HOME"] = setup["cache"]  # Where the parent has compiled the index.
    directory = Path(setup["directory"])
    draft = read_draft(directory)
    parsed = {name: parse_rules(text, name) for name, text in draft.texts.items()}
    index = open_index(directory)
    assert index.tables is not None
    # Once through with next to nothing: what is imported late is imported now.
    words = _words(draft.texts)
    least = Base(words, {name: parsed[name] for name in words}, draft.asked, draft.vocabulary, index.tables, "")
    try_texts(least, {"payers/nothing.lp": "%%% Nothing\n"}, [[]])
    base = Base(draft.texts, parsed, draft.asked, draft.vocabulary, index.tables, index.version)
    return lambda job: try_texts(base, job["files"], job["claims"])


def try_texts(base: Base, texts: Mapping[str, str], claims: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """What is wrong with a draft, or what it makes of claims (each a list of facts, [predicate, arguments])."""
    try:
        for name, text in texts.items():
            scan(text, name)
    except InputError as fault:
        return {"refused": [asdict(remark_of(fault))]}
    kept = {name: known for name, known in base.parsed.items() if name not in texts}
    merged = _Laid({**base.texts, **texts}, base.asked, None, kept)
    try:
        faults = list(_faults(base, merged, kept))
        findings = [] if faults else _lint(base, merged, texts)
        faults += [_told(f) for f in findings if f.check in _BLOCKING]
        if faults:
            return {"refused": [asdict(fault) for fault in faults[:_MOST_FAULTS]]}
        judge = Judge(_knowledge(base, merged, texts))
    except InputError as fault:
        return {"refused": [asdict(remark_of(fault))]}
    answers = [_judged(judge, [Atom(p, tuple(a)) for p, a in claim]) for claim in claims]
    return {"version": judge.knowledge.version, "findings": [asdict(_told(f)) for f in findings], "claims": answers}


def _words(texts: Mapping[str, str]) -> dict[str, str]:
    """The files of the vocabulary."""
    return {name: text for name, text in texts.items() if is_vocabulary(name)}


def _check_solver() -> None:
    """A solver that runs scripts is not one to give a stranger's text to, however well that was looked through."""
    try:
        clingo.Control(logger=lambda _code, _message: None).add("base", [], "#script (python)\n#end.")
    except RuntimeError:
        return
    raise RuntimeError("this solver runs scripts")


def _lint(base: Base, merged: Draft, texts: Mapping[str, str]) -> list[Finding]:
    """What lint finds in the draft's own files. Layout is seen in each file alone."""
    alone = Draft({**_words(base.texts), **texts}, base.asked)
    found = run_checks(merged, [check for check in CHECKS.values() if check.group != "style"])
    found += run_checks(alone, [check for check in CHECKS.values() if check.group == "style"])
    return sorted((f for f in found if f.file in texts), key=lambda f: (f.file, f.line, f.check, f.sentence))


def _faults(base: Base, merged: Draft, kept: Mapping[str, ParsedFile]) -> Iterator[Remark]:
    files = [file for file in merged.files if file.name not in kept]
    for file in files:
        for fault in file.faults:
            yield remark_of(InputError(fault.problem, f"{file.name}:{fault.line}"))
    if not kept.keys() >= _words(merged.texts).keys():
        _check_vocabulary(base.vocabulary, merged.vocabulary)
    theirs = {rule.head.predicate: rule.file for known in kept.values() for rule in known.rules}
    for rule in (rule for file in files for rule in file.rules):
        try:
            _check_own(rule, theirs)
        except InputError as fault:
            yield remark_of(fault)


def _check_own(rule: Rule, theirs: Mapping[str, str]) -> None:
    """A draft's rule is of a size that can be read, and concludes what no file but the draft's concludes."""
    if len(rule.body) > MOST_CONDITIONS:
        raise InputError(f"more than {MOST_CONDITIONS} conditions; write helper predicates", rule.place)
    name = rule.head.predicate
    if name.startswith("_"):
        raise InputError(f"{name} begins with _, as the solver's own names do; choose another", rule.place)
    if name in theirs and name not in REPORTING:
        problem = f"{name} is concluded by {theirs[name]}, which the draft does not replace"
        raise InputError(f"{problem}; report through finding or waived, or choose a name of its own", rule.place)


def _check_vocabulary(before: Vocabulary, after: Vocabulary) -> None:
    """A draft may add to the vocabulary; the tables are stored by the shape that it gives them."""
    for name, predicate in before.predicates.items():
        other = after.predicates.get(name)
        if other is None or (other.arguments, other.kinds, other.givers, other.slice_arguments) != (
            predicate.arguments,
            predicate.kinds,
            predicate.givers,
            predicate.slice_arguments,
        ):
            raise InputError(f"a draft may add to the vocabulary, and must leave {name} as it is", VOCABULARY)
    for kind in before.kinds.values():
        if kind.name not in after.kinds or after.kinds[kind.name].base != kind.base:
            raise InputError(f"a draft must leave the kind {kind.name} as it is", VOCABULARY)


def _knowledge(base: Base, merged: Draft, texts: Mapping[str, str]) -> Knowledge:
    vocabulary = merged.vocabulary
    check_rules(merged.rules, vocabulary)
    shelves = [_shelf(merged.files, vocabulary), Shelf(base.tables, vocabulary)]
    whole = hashlib.sha256(base.version.encode())
    for name in sorted(texts):
        whole.update(f"\0{name}\0{texts[name]}".encode())
    return Knowledge(Path(), whole.hexdigest(), vocabulary, merged.rules, FactStore(shelves, vocabulary))


def _shelf(files: Sequence[SourceFile], vocabulary: Vocabulary) -> Shelf:
    connection = sqlite3.connect(":memory:")
    writer = ShelfWriter(connection, vocabulary)
    for file in files:
        if file.name.startswith(_TABLES):
            continue
        for fact in file.facts:
            atom = fact.atom
            check_fact(atom, vocabulary, f"{file.name}:{fact.line}")
            writer.write(atom.predicate, [(atom.arguments, fact.line, "")], file.name, fact.source, fact.where)
    writer.finish()
    return Shelf(connection, vocabulary)


def _judged(judge: Judge, facts: Sequence[Atom]) -> list[dict[str, Any]]:
    result = judge.result("", facts, judge.answer(facts))
    return [
        {
            "line": line.line,
            "verdict": line.verdict,
            "findings": [
                {"rule": f.rule, "severity": f.severity, "message": f.message, "waived_by": f.waived_by}
                for f in line.findings
            ],
        }
        for line in result.lines
    ]


def _told(finding: Finding) -> Remark:
    return Remark(finding.file, finding.line, finding.sentence, finding.remedy, finding.check)
