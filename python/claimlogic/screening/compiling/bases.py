"""Of which base (number, word, text) each column of each predicate is.

For predicates of the vocabulary their kinds say so; for others it follows from the rules. A column has one base: a
rule that would mix two is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from claimlogic.errors import InputError
from claimlogic.knowledge.checks import atoms_of
from claimlogic.knowledge.rules import Comparison, Expression, Literal, Operation, Rule, Variable
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.screening.compiling.plan import NUMBER, TEXT, WORD
from claimlogic.terms import OPEN_END, Term

Bases = Mapping[str, tuple[str, ...]]


def base_of(term: Term) -> str:
    """The base of a ground term."""
    if isinstance(term, int) or term == OPEN_END:
        return NUMBER
    return TEXT if term.startswith('"') else WORD


def declared_bases(vocabulary: Vocabulary, claim: str = TEXT) -> dict[str, tuple[str, ...]]:
    """The bases of the vocabulary's predicates. Where claims are told apart by a number, ``claim`` is its base."""
    return {
        p.name: tuple(claim if kind == "claim" else vocabulary.kinds[kind].base for kind in p.kinds)
        for p in vocabulary.predicates.values()
    }


def infer_bases(rules: Sequence[Rule], declared: Bases) -> dict[str, tuple[str, ...]]:
    """The bases of every predicate that the rules read or conclude, starting from those that are declared.

    Raises InputError, naming file and line, where a column would hold terms of two bases, where a predicate has two
    numbers of arguments, or where nothing gives it. A column that nothing ever fills is taken for text.
    """
    known: dict[str, list[str | None]] = {name: list(bases) for name, bases in declared.items()}
    concluded = {rule.head.predicate for rule in rules}
    _check_atoms(rules, known, concluded)
    while any([_learn(rule, known) for rule in rules]):
        pass
    for rule in rules:
        _check_head(rule, known)
    used = {atom.predicate for rule in rules for atom in atoms_of(rule)}
    return {name: tuple(base or TEXT for base in bases) for name, bases in known.items() if name in used}


def _check_atoms(rules: Sequence[Rule], known: dict[str, list[str | None]], concluded: Iterable[str]) -> None:
    spelled: dict[str, str] = {}
    given = set(known) | set(concluded)
    for rule in rules:
        for atom in atoms_of(rule):
            name, places = atom.predicate, len(atom.arguments)
            if name not in given:
                raise InputError(f"no fact or rule gives {name}; declare it or mend its name", rule.place)
            if len(known.setdefault(name, [None] * places)) != places:
                raise InputError(f"{name} takes {len(known[name])} arguments, {places} are given", rule.place)
            if spelled.setdefault(name.lower(), name) != name:
                raise InputError(
                    f"{name} and {spelled[name.lower()]} differ only in capitals, which SQL cannot keep apart",
                    rule.place,
                )


def _learn(rule: Rule, known: dict[str, list[str | None]]) -> bool:
    """Learn from one rule what its head's columns are; whether something was new."""
    bound = _variables(rule, known)
    columns = known[rule.head.predicate]
    learnt = False
    for place, argument in enumerate(rule.head.arguments):
        if columns[place] is None and (base := _base(argument, bound)) is not None:
            columns[place] = base
            learnt = True
    return learnt


def _check_head(rule: Rule, known: Mapping[str, list[str | None]]) -> None:
    bound = _variables(rule, known)
    for argument, column in zip(rule.head.arguments, known[rule.head.predicate], strict=True):
        base = _base(argument, bound)
        if base is not None and base != column:
            raise InputError(
                f"an argument of {rule.head.predicate} is a {column}, and here a {base}; one column holds one of them",
                rule.place,
            )


def _variables(rule: Rule, known: Mapping[str, list[str | None]]) -> dict[str, str]:
    """The bases of variables, as far as they are known. What an atom says comes before what a comparison says."""
    bound: dict[str, str] = {}
    in_atoms: set[str] = set()
    for item in rule.body:
        if isinstance(item, Literal) and not item.negated:
            for argument, base in zip(item.atom.arguments, known[item.atom.predicate], strict=True):
                if isinstance(argument, Variable):
                    in_atoms.add(argument.name)
                    if base is not None:
                        bound.setdefault(argument.name, base)
    for item in rule.body:
        if isinstance(item, Comparison) and item.operator == "=":
            for own, other in ((item.left, item.right), (item.right, item.left)):
                if isinstance(own, Variable) and own.name not in in_atoms and (base := _base(other, bound)):
                    bound.setdefault(own.name, base)
    return bound


def _base(expression: Expression, bound: Mapping[str, str]) -> str | None:
    if isinstance(expression, Variable):
        return bound.get(expression.name)
    if isinstance(expression, Operation):
        return NUMBER
    return base_of(expression)
