"""The class `style`: files that read alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from claimlogic.analyst.formatting import LINE_LENGTH, format_rules
from claimlogic.analyst.linting.draft import Draft, SourceFile
from claimlogic.analyst.linting.model import Check, Found
from claimlogic.analyst.rule_tests import rule_of
from claimlogic.knowledge.checks import atoms_of
from claimlogic.knowledge.parse import SourcedFact
from claimlogic.knowledge.rules import Rule, Variable

_FIELDS = ("What", "When", "Unless", "Source", "Not modelled")
_FIELD = re.compile(r"% (What|When|Unless|Source|Not modelled)\b  ")
_MOST_LINES = 60
_RULES = "rules/"
# What a letter stands for, with or without primes; a name of several letters is free.
_LETTERS = {
    "A": {"code"},
    "B": {"code"},
    "C": {"claim"},
    "D": {"day"},
    "K": {"line", "count"},
    "L": {"line", "count"},
    "M": {"modifier", "offer"},
    "P": {"code", "line"},
    "X": {"dispute"},
}
_OF_KIND = {"claim": {"C"}, "line": {"L", "K", "P"}}
# Facts about a rule or a dispute stand in the order of their weight.
_WEIGHED = frozenset({"rule", "dispute"})


def header_order(draft: Draft) -> Iterable[Found]:
    """A file begins with a title and tells, in this order: what, when, unless, source, not modelled."""
    for file in draft.files:
        if not file.text.startswith("%%% "):
            yield Found(file.name, 1, "the file has no title", "begin it with `%%% what it is about`")
        told = [found[1] for line in file.lines if (found := _FIELD.match(line))]
        if told != sorted(told, key=_FIELDS.index) or len(told) != len(set(told)):
            yield Found(file.name, 1, f"the header tells {', '.join(told)}", f"order it as {', '.join(_FIELDS)}")
        elif file.name.startswith(_RULES) and "What" not in told:
            yield Found(file.name, 1, "the header does not say what the rule holds", "add `% What     ...`")


def long_line(draft: Draft) -> Iterable[Found]:
    """A line past 130 characters; labels, declarations and texts may be as long as their sentence."""
    for file in draft.files:
        texts = {t.line for t in file.tokens if t.kind == "text" and len(t.text) > LINE_LENGTH // 4}
        blocks = {n for t in file.tokens if t.kind == "block" for n in range(t.line, t.last_line + 1)}
        for number, line in enumerate(file.lines, start=1):
            if len(line) > LINE_LENGTH and "% @label" not in line and number not in texts | blocks:
                sentence = f"this line has {len(line)} characters, {LINE_LENGTH} are the most"
                yield Found(file.name, number, sentence, "break it; kb fmt does so for a rule")


def long_file(draft: Draft) -> Iterable[Found]:
    """A rule file is a page."""
    for file in draft.files:
        count = len(file.text.rstrip("\n").split("\n"))
        if file.name.startswith(_RULES) and count > _MOST_LINES:
            sentence = f"this rule file has {count} lines, {_MOST_LINES} are the most"
            yield Found(file.name, _MOST_LINES + 1, sentence, "move what helps into a file of its own")


def one_relationship(draft: Draft) -> Iterable[Found]:
    """A rule file reports under the name that its path gives, and under no other."""
    for file in draft.files:
        if not file.name.startswith(_RULES):
            continue
        name = rule_of(file.name.removeprefix(_RULES))
        reports = [
            (r.line, r.head.arguments[0]) for r in file.rules if r.head.predicate == "finding" and r.head.arguments
        ]
        reports += [
            (f.line, f.atom.arguments[0]) for f in file.facts if f.atom.predicate == "rule" and f.atom.arguments
        ]
        for line, other in reports:
            if other != name:
                yield Found(file.name, line, f"the file is {name} and speaks of {other}", "give each rule its own file")
        if not any(r.head.predicate == "finding" for r in file.rules):
            yield Found(file.name, 1, "the file reports no finding", "move it out of rules/, or report one")


def fixed_letters(draft: Draft) -> Iterable[Found]:
    """One letter for one kind, everywhere."""
    for rule in draft.rules:
        for name, kind in dict.fromkeys(_variables(rule, draft)):
            letter = name.rstrip("'")
            if letter in _LETTERS and kind not in _LETTERS[letter]:
                wanted = " or a ".join(sorted(_LETTERS[letter]))
                yield Found(rule.file, rule.line, f"{name} is a {wanted}, and here a {kind}", "use another name")
            elif kind in _OF_KIND and letter not in _OF_KIND[kind]:
                letters = " or ".join(sorted(_OF_KIND[kind]))
                yield Found(rule.file, rule.line, f"{name} is a {kind}", f"call it {letters}, with primes as needed")


def _variables(rule: Rule, draft: Draft) -> Iterator[tuple[str, str]]:
    for atom in atoms_of(rule):
        declared = draft.vocabulary.predicates.get(atom.predicate)
        for kind, value in zip(declared.kinds if declared else (), atom.arguments, strict=False):
            if isinstance(value, Variable) and value.name != "_" and not re.fullmatch(r"[VW]_\d+", value.name):
                yield value.name, kind


def unsorted_facts(draft: Draft) -> Iterable[Found]:
    """Facts of one predicate that stand together are sorted, so that a change shows as one line."""
    for file in draft.files:
        for run in _runs(file):
            declared = draft.vocabulary.predicates.get(run[0].atom.predicate)
            if declared is None or declared.kinds[0] in _WEIGHED:
                continue
            written = [file.lines[fact.line - 1] for fact in run]
            for fact, line, before in zip(run[1:], written[1:], written, strict=False):
                if line < before:
                    sentence = f"{fact.atom} stands after a greater one"
                    yield Found(file.name, fact.line, sentence, "sort these facts")
                    break


def _runs(file: SourceFile) -> Iterator[list[SourcedFact]]:
    run: list[SourcedFact] = []
    for fact in sorted(file.facts, key=lambda f: f.line):
        if run and (fact.line != run[-1].line + 1 or fact.atom.predicate != run[-1].atom.predicate):
            yield run
            run = []
        run.append(fact)
    if run:
        yield run


def not_formatted(draft: Draft) -> Iterable[Found]:
    """Rule text in another layout than `kb fmt` gives it."""
    for file in draft.files:
        wanted = format_rules(file.text).split("\n")
        for number, line in enumerate(file.lines):
            if number >= len(wanted) or wanted[number] != line:
                yield Found(file.name, number + 1, "the layout differs from here on", "run kb fmt")
                break


CHECKS = (
    Check("header_order", "style", "A header out of order", header_order),
    Check("long_line", "style", "A line that is too long", long_line),
    Check("long_file", "style", "A rule file longer than a page", long_file),
    Check("one_relationship", "style", "A file that reports under another name", one_relationship),
    Check("fixed_letters", "style", "A letter that means something else", fixed_letters),
    Check("unsorted_facts", "style", "Facts out of order", unsorted_facts),
    Check("not_formatted", "style", "Another layout", not_formatted),
)
