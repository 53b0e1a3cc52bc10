"""Checks on names, arguments and strata: what clingo would take in silence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from claimlogic.analyst.linting.draft import Draft
from claimlogic.analyst.linting.model import Found
from claimlogic.errors import InputError, did_you_mean
from claimlogic.knowledge.checks import SECOND_STAGE, atoms_of, check_stratified
from claimlogic.knowledge.rules import AtomPattern, Rule, Variable
from claimlogic.knowledge.vocabulary import Kind
from claimlogic.terms import OPEN_END, Term

_UNBOUND = "bind it"
_APART = frozenset({"claim", "code", "edition", "encounter", "icd", "modifier", "person"})


def undeclared_predicate(draft: Draft) -> Iterable[Found]:
    """A predicate that the vocabulary does not hold; the nearest name is told."""
    known = draft.vocabulary.predicates
    for file, line, name in _names(draft):
        if name not in known:
            remedy = did_you_mean(name, known, "declare it in vocabulary.lp, or mend its name")
            yield Found(file, line, f"{name} is not in the vocabulary", remedy)


def _names(draft: Draft) -> Iterator[tuple[str, int, str]]:
    for rule in draft.rules:
        for name in dict.fromkeys(atom.predicate for atom in atoms_of(rule)):
            yield rule.file, rule.line, name
    for name, facts in draft.facts_of.items():
        yield facts[0][0], facts[0][1].line, name


def wrong_arity(draft: Draft) -> Iterable[Found]:
    """A predicate with more or fewer arguments than it is declared with."""
    known = draft.vocabulary.predicates
    uses = [(r.file, r.line, a.predicate, len(a.arguments)) for r in draft.rules for a in atoms_of(r)]
    uses += [(file, line, atom.predicate, len(atom.arguments)) for file, line, atom in draft.facts()]
    for file, line, name, count in dict.fromkeys(uses):
        declared = known.get(name)
        if declared is not None and len(declared.arguments) != count:
            wanted = ", ".join(declared.arguments)
            yield Found(file, line, f"{name} takes {len(declared.arguments)} arguments, not {count}", f"({wanted})")


def wrong_kind(draft: Draft) -> Iterable[Found]:
    """A constant that cannot stand where it stands, or a variable that would have to be of two kinds."""
    for rule in draft.rules:
        for atom in atoms_of(rule):
            for name, kind, value in _with_kinds(draft, atom):
                if isinstance(value, int | str) and (words := misfit(kind, value)):
                    yield Found(rule.file, rule.line, f"{name} of {atom.predicate} {words}", "see the vocabulary")
        yield from _two_kinds(draft, rule)
    for file, line, fact in draft.facts():
        for name, kind, value in _with_kinds(draft, AtomPattern(fact.predicate, fact.arguments)):
            if isinstance(value, int | str) and (words := misfit(kind, value)):
                yield Found(file, line, f"{name} of {fact.predicate} {words}", "see the vocabulary")


def misfit(kind: Kind, value: Term) -> str:
    """What is wrong with a constant of this kind, blank for nothing. A number for a text is for `code_not_text`."""
    is_text = isinstance(value, str) and value.startswith('"')
    if kind.base == "text" and not is_text and not isinstance(value, int):
        return f"is a text: write {value} in quotes"
    if kind.base == "number" and not isinstance(value, int) and value != OPEN_END:
        return f"is a number, not {value}"
    if kind.base == "word" and (is_text or isinstance(value, int)):
        return f"is a word, not {value}"
    if kind.constants and value not in kind.constants:
        near = did_you_mean(str(value), kind.constants, "")
        return f"is one of {', '.join(sorted(kind.constants))}, not {value}" + (f"; {near}" if near else "")
    return ""


def _two_kinds(draft: Draft, rule: Rule) -> Iterator[Found]:
    seen: dict[str, dict[str, Kind]] = {}
    for atom in atoms_of(rule):
        for _, kind, value in _with_kinds(draft, atom):
            if isinstance(value, Variable) and value.name != "_":
                seen.setdefault(value.name, {})[kind.name] = kind
    for variable, kinds in sorted(seen.items()):
        several = [kinds[name] for name in sorted(kinds)]
        for one, other in zip(several, several[1:], strict=False):
            if not _may_meet(one, other):
                sentence = f"{variable} would be both of kind {one.name} and of kind {other.name}"
                yield Found(rule.file, rule.line, sentence, "use two variables, or mend the order of arguments")


def _may_meet(one: Kind, other: Kind) -> bool:
    """Whether one value can be of both kinds: days and names of different things never mix."""
    if one.base != other.base:
        return False
    if one.constants and other.constants:
        return bool(one.constants & other.constants)
    if one.constants or other.constants:
        return True
    return "day" not in (one.name, other.name) and not {one.name, other.name} <= _APART


def _with_kinds(draft: Draft, atom: AtomPattern) -> Iterator[tuple[str, Kind, object]]:
    declared = draft.vocabulary.predicates.get(atom.predicate)
    if declared is not None and len(declared.arguments) == len(atom.arguments):
        for name, kind, value in zip(declared.arguments, declared.kinds, atom.arguments, strict=True):
            yield name, draft.vocabulary.kinds[kind], value


def not_to_be_stated(draft: Draft) -> Iterable[Found]:
    """A rule for what is only given, or a fact for what is only derived or comes with a claim."""
    known = draft.vocabulary.predicates
    for rule in draft.rules:
        declared = known.get(rule.head.predicate)
        if declared is not None and not declared.derived:
            sentence = f"{declared.name} is given, so no rule may conclude it"
            yield Found(rule.file, rule.line, sentence, "conclude another predicate, or declare it as derived too")
    for name, facts in draft.facts_of.items():
        declared = known.get(name)
        if declared is not None and not declared.stored:
            sentence = f"{name} is not given by codes, tables or rules, so no fact may state it"
            yield Found(facts[0][0], facts[0][1].line, sentence, "state it in a claim or a test")


def unsafe_variable(draft: Draft) -> Iterable[Found]:
    """A variable that no positive condition gives a value."""
    for file in draft.files:
        for fault in file.faults:
            if fault.problem.endswith(_UNBOUND):
                remedy = "add a condition that gives it a value"
                yield Found(file.name, fault.line, fault.problem.removesuffix(f"; {_UNBOUND}"), remedy)


def not_stratified(draft: Draft) -> Iterable[Found]:
    """A predicate that rests on its own absence, or on an aggregate of itself."""
    rules = list(draft.rules)
    while True:
        try:
            check_stratified(rules)
            return
        except InputError as fault:
            rule = next(r for r in rules if r.place == fault.place)
            remedy = "let one of the two be decided without the other"
            yield Found(rule.file, rule.line, fault.problem, remedy)
            rules = [r for r in rules if r.place != fault.place]


def reads_verdict(draft: Draft) -> Iterable[Found]:
    """A rule in rules/ that reads what is decided only from findings."""
    for rule in draft.rules:
        if rule.file.startswith("rules/"):
            for name in sorted(rule.reads & SECOND_STAGE):
                sentence = f"a rule in rules/ may not read {name}: findings come before verdicts"
                yield Found(rule.file, rule.line, sentence, "read the findings' own conditions instead")
