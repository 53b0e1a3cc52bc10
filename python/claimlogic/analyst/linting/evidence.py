"""The class `evidence`: a rule tells what it rests on, what it says to a person, and what it leaves out."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator

from claimlogic.analyst.linting.draft import Draft
from claimlogic.analyst.linting.model import Check, Found
from claimlogic.knowledge.checks import atoms_of
from claimlogic.knowledge.rules import Aggregate, Rule

_SOURCE = re.compile(r"%\s*@source\s+(\w+)")
_REPORTING = frozenset({"finding", "waived"})
# What describes sources and rules themselves, and so rests on no source of its own.
_ABOUT_RULES = frozenset({"rule", "source", "dispute"})


def rule_without_card(draft: Draft) -> Iterable[Found]:
    """A finding under a rule id of which no file says `rule(Id, Severity, Title)`."""
    cards = {fact.atom.arguments[0] for _, fact in draft.facts_of.get("rule", ()) if fact.atom.arguments}
    for rule in draft.rules:
        name = _reported(rule)
        if name is not None and rule.head.predicate != "waived" and name not in cards:
            sentence = f"{name} has no card: its severity and title are not told"
            yield Found(rule.file, rule.line, sentence, f'state rule({name}, Severity, "title")')


def no_citation(draft: Draft) -> Iterable[Found]:
    """A rule that cites no source."""
    cited = {fact.atom.arguments[0] for _, fact in draft.facts_of.get("cites", ()) if fact.atom.arguments}
    for file, fact in draft.facts_of.get("rule", ()):
        if fact.atom.arguments and fact.atom.arguments[0] not in cited:
            name = fact.atom.arguments[0]
            yield Found(file, fact.line, f"{name} cites nothing", f'state cites({name}, source, "where in it")')


def fact_without_source(draft: Draft) -> Iterable[Found]:
    """A fact about codes with no `% @source` above it."""
    for name, facts in draft.facts_of.items():
        declared = draft.vocabulary.predicates.get(name)
        if declared is None or not declared.givers & {"codes", "tables"} or declared.kinds[0] in _ABOUT_RULES:
            continue
        if "source" in declared.kinds or declared.kinds[0] == "authority":
            continue
        for file, fact in facts:
            if not fact.source and file.startswith(("codes/", "tables/", "payers/")):
                sentence = f"{fact.atom} stands under no source"
                yield Found(file, fact.line, sentence, 'write `% @source id, "where in it"` above it')


def unknown_source(draft: Draft) -> Iterable[Found]:
    """A source that sources.lp does not describe."""
    known = {fact.atom.arguments[0] for _, fact in draft.facts_of.get("source", ()) if fact.atom.arguments}
    for file, line, name in _named_sources(draft):
        if name not in known:
            sentence = f"there is no source {name}"
            yield Found(file, line, sentence, "describe it in sources.lp, or mend its name")


def _named_sources(draft: Draft) -> Iterator[tuple[str, int, str]]:
    for file in draft.files:
        for comment in file.comments:
            if found := _SOURCE.match(comment.text):
                yield file.name, comment.line, found[1]
    for table in draft.tables:
        assert draft.directory is not None
        yield table.path.relative_to(draft.directory).as_posix(), 1, table.source
    uses = [(r.file, r.line, a.predicate, a.arguments) for r in draft.rules for a in atoms_of(r)]
    uses += [(f, n, a.predicate, a.arguments) for f, n, a in draft.facts() if a.predicate != "source"]
    for place, line, predicate, arguments in uses:
        declared = draft.vocabulary.predicates.get(predicate)
        for kind, value in zip(declared.kinds if declared else (), arguments, strict=False):
            if kind == "source" and isinstance(value, str):
                yield place, line, value


def label_missing(draft: Draft) -> Iterable[Found]:
    """A rule that reports and says nothing, or a label that belongs to no rule."""
    for rule in draft.rules:
        if _reported(rule) is not None and rule.head.predicate != "waived" and rule.label is None:
            sentence = f"{_reported(rule)} reports without a sentence"
            yield Found(rule.file, rule.line, sentence, 'write `% @label("line {}: ...", (L,))` on the line above')
    for file in draft.files:
        begins = {part.line for part in file.statements}
        for comment in file.comments:
            if comment.kind == "comment" and "@label" in comment.text and comment.last_line + 1 not in begins:
                sentence = "this label stands above no rule"
                yield Found(file.name, comment.line, sentence, "put it on the line just above its rule")


def label_unbound(draft: Draft) -> Iterable[Found]:
    """A label that cannot be filled: a variable the rule does not have, or another number of braces."""
    for rule in draft.rules:
        if rule.label is None:
            continue
        sums = any(isinstance(item, Aggregate) for item in rule.body)
        for filler in rule.label.fillers:
            if filler not in rule.variables and not (filler == "#sum" and sums):
                sentence = f"the label names {filler}, which the rule does not bind"
                yield Found(rule.file, rule.line, sentence, "name a variable of a condition that is not under `not`")
        braces = _braces(rule.label.template)
        if braces != len(rule.label.fillers):
            sentence = f"the label has {max(braces, 0)} braces and {len(rule.label.fillers)} variables"
            yield Found(rule.file, rule.line, sentence, "write one {} for each variable")


def _braces(template: str) -> int:
    try:
        return sum(1 for _, name, _, _ in string.Formatter().parse(template) if name is not None)
    except ValueError:
        return -1


def not_modelled_missing(draft: Draft) -> Iterable[Found]:
    """A file of rules that does not say what it leaves out."""
    for file in draft.files:
        reports = file.name.startswith(("rules/", "disputes/", "payers/"))
        if (reports or any(_reported(r) for r in file.rules)) and not re.search(r"^% Not modelled", file.text, re.M):
            sentence = "the header does not say what is left out"
            yield Found(file.name, 1, sentence, "add a line `% Not modelled   ...`, if only `nothing known`")


def _reported(rule: Rule) -> str | None:
    """The rule id under which a rule reports."""
    if rule.head.predicate in _REPORTING or rule.head.predicate == "reported":
        name = rule.head.arguments[0] if rule.head.arguments else None
        return name if isinstance(name, str) else None
    return None


CHECKS = (
    Check("rule_without_card", "evidence", "A rule without severity and title", rule_without_card),
    Check("no_citation", "evidence", "A rule that cites nothing", no_citation),
    Check("fact_without_source", "evidence", "A fact under no source", fact_without_source),
    Check("unknown_source", "evidence", "A source that nobody describes", unknown_source),
    Check("label_missing", "evidence", "A finding without its sentence", label_missing),
    Check("label_unbound", "evidence", "A label that cannot be filled", label_unbound),
    Check("not_modelled_missing", "evidence", "A file that does not say what it leaves out", not_modelled_missing),
)
