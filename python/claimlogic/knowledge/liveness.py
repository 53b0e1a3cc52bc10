"""Which rules could fire on facts of a shape.

A rule is dropped when a positive condition of it has neither a fact nor a kept rule that concludes it, or when its
conditions cannot meet: no atom of ``billed_by`` says ``facility``, say, or no parent that is listed for an add-on is a
code of the claim. That is a fixpoint over predicates and the tokens that each argument may take; the answer is the same
without the rule.

A token stands for values: a word for itself, and a code for whether the claim touches it. So claims of one kind have
one shape, whatever their codes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from claimlogic.knowledge.rules import Aggregate, AtomPattern, Literal, Rule, Variable
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.terms import Atom, Term

TOUCHED = "(touched)"
UNTOUCHED = "(untouched)"

_CODES = frozenset((TOUCHED, UNTOUCHED))
_Place: TypeAlias = tuple[str, int]
# The tokens that an argument may take; None where they are not followed (lines, days, numbers).
_Tokens: TypeAlias = dict[_Place, set[str] | None]


@dataclass(frozen=True, slots=True)
class Followed:
    """The places of arguments, by predicate, whose tokens are followed: those of words, and those of codes."""

    words: Mapping[str, tuple[int, ...]]
    codes: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What of some facts decides which rules are live.

    ``tokens`` are those that occur, by predicate and place; ``stated`` are the facts among the conditions of rules that
    hold no variable, None where that is not known.
    """

    predicates: frozenset[str]
    tokens: frozenset[tuple[str, int, str]]
    stated: frozenset[Atom] | None = None


def followed_places(vocabulary: Vocabulary) -> Followed:
    """What is followed of the facts that a vocabulary declares."""
    given = [p for p in vocabulary.predicates.values() if p.given]
    return Followed(
        {p.name: tuple(i for i, kind in enumerate(p.kinds) if vocabulary.kinds[kind].base == "word") for p in given},
        {p.name: tuple(i for i, kind in enumerate(p.kinds) if kind == "code") for p in given},
    )


def shape_of(
    groups: Mapping[str, Collection[Atom]],
    followed: Followed,
    touched: Collection[Term],
    conditions: Mapping[str, Collection[Atom]],
) -> Shape:
    """The shape of facts, grouped by predicate. ``touched`` are the codes that the claim touches; ``conditions`` are
    those of rules that hold no variable, by predicate.
    """
    tokens: set[tuple[str, int, str]] = set()
    stated = set()
    codes = frozenset(touched)
    for predicate, atoms in groups.items():
        for at in followed.words.get(predicate, ()):
            tokens.update((predicate, at, str(value)) for value in {atom.arguments[at] for atom in atoms})
        for at in followed.codes.get(predicate, ()):
            values = {atom.arguments[at] for atom in atoms}
            if not codes.isdisjoint(values):
                tokens.add((predicate, at, TOUCHED))
            if not values <= codes:
                tokens.add((predicate, at, UNTOUCHED))
        if predicate in conditions:
            stated.update(set(conditions[predicate]).intersection(atoms))
    return Shape(
        frozenset(predicate for predicate, atoms in groups.items() if atoms), frozenset(tokens), frozenset(stated)
    )


def ground_conditions(rules: Iterable[Rule]) -> dict[str, frozenset[Atom]]:
    """The positive conditions without a variable, by predicate, of predicates that no rule concludes."""
    listed = list(rules)
    concluded = {rule.head.predicate for rule in listed}
    found: dict[str, set[Atom]] = {}
    for rule in listed:
        for pattern in _positive(rule):
            atom = _ground(pattern)
            if atom is not None and pattern.predicate not in concluded:
                found.setdefault(pattern.predicate, set()).add(atom)
    return {predicate: frozenset(atoms) for predicate, atoms in found.items()}


@dataclass(frozen=True, slots=True)
class Live:
    """The rules that could fire, and which of the facts they could fire on.

    ``wanted`` gives, for a predicate that they read and a followed place, the tokens on which a rule could meet a fact;
    a place is left out where any will do.
    """

    rules: tuple[Rule, ...]
    wanted: Mapping[str, Mapping[int, frozenset[str]]]


def live_rules(rules: Sequence[Rule], shape: Shape, followed: Followed) -> tuple[Rule, ...]:
    """The rules whose positive conditions could all hold, given facts of this shape."""
    return _live(rules, shape, followed)[0]


def live(rules: Sequence[Rule], shape: Shape, followed: Followed) -> Live:
    """The same rules, and the facts that they want. For rules that a vocabulary admits."""
    found, tokens = _live(rules, shape, followed)
    return Live(found, _wanted(found, tokens, followed))


def _live(rules: Sequence[Rule], shape: Shape, followed: Followed) -> tuple[tuple[Rule, ...], _Tokens]:
    """The live rules, and the tokens that arguments may then take."""
    available = set(shape.predicates)
    tokens: _Tokens = {}
    for predicate, at, token in shape.tokens:
        _add(tokens, (predicate, at), token)
    for predicate in available:
        places = {*followed.words.get(predicate, ()), *followed.codes.get(predicate, ())}
        for at in range(_MOST_ARGUMENTS):
            if at not in places:
                tokens[predicate, at] = None
    concluded = {rule.head.predicate for rule in rules}
    readers: dict[str, list[Rule]] = {}
    for rule in rules:
        for predicate in rule.needs:
            readers.setdefault(predicate, []).append(rule)
    kept: dict[int, Rule] = {}
    waiting = [rule for rule in rules if _stated(rule, shape, concluded)]
    possible = {rule.number for rule in waiting}
    queued = set(possible)
    while waiting:
        rule = waiting.pop()
        queued.discard(rule.number)
        if not rule.needs <= available:
            continue
        bound = _meet(rule, tokens)
        if bound is None:
            continue
        kept[rule.number] = rule
        if _conclude(rule, bound, available, tokens):
            for reader in readers.get(rule.head.predicate, ()):
                if reader.number not in queued and reader.number in possible:
                    queued.add(reader.number)
                    waiting.append(reader)
    return tuple(kept[number] for number in sorted(kept)), tokens


_MOST_ARGUMENTS = 8


def _wanted(rules: Iterable[Rule], tokens: _Tokens, followed: Followed) -> dict[str, dict[int, frozenset[str]]]:
    found: dict[_Place, set[str] | None] = {}
    for rule in rules:
        bound = _meet(rule, tokens) or {}
        for pattern in _patterns(rule):
            places = {*followed.words.get(pattern.predicate, ()), *followed.codes.get(pattern.predicate, ())}
            for at in places:
                argument = pattern.arguments[at]
                told = bound.get(argument.name) if isinstance(argument, Variable) else None
                if isinstance(argument, str):
                    told = set(_tokens_of(argument))
                known = found.setdefault((pattern.predicate, at), set())
                if told is None or known is None:
                    found[pattern.predicate, at] = None
                else:
                    known |= told
    wanted: dict[str, dict[int, frozenset[str]]] = {}
    for (predicate, at), told in found.items():
        if told is not None:
            wanted.setdefault(predicate, {})[at] = frozenset(told)
    return wanted


def _patterns(rule: Rule) -> Iterable[AtomPattern]:
    """Everything that a body reads: plain, under `not`, inside aggregates."""
    for item in rule.body:
        if isinstance(item, Literal):
            yield item.atom
        elif isinstance(item, Aggregate):
            yield from (c.atom for e in item.elements for c in e.conditions if isinstance(c, Literal))


def _stated(rule: Rule, shape: Shape, concluded: Collection[str]) -> bool:
    """Whether the conditions of a rule that hold no variable are met, as far as facts alone can tell."""
    if shape.stated is None:
        return True
    return all(
        pattern.predicate in concluded or (atom := _ground(pattern)) is None or atom in shape.stated
        for pattern in _positive(rule)
    )


def _positive(rule: Rule) -> Iterable[AtomPattern]:
    return (item.atom for item in rule.body if isinstance(item, Literal) and not item.negated)


def _ground(pattern: AtomPattern) -> Atom | None:
    """A pattern as an atom, None where it holds a variable or calculates."""
    arguments = tuple(argument for argument in pattern.arguments if isinstance(argument, (int, str)))
    return Atom(pattern.predicate, arguments) if len(arguments) == len(pattern.arguments) else None


def _add(tokens: _Tokens, place: _Place, token: str) -> bool:
    known = tokens.setdefault(place, set())
    if known is None or token in known:
        return False
    known.add(token)
    return True


def _meet(rule: Rule, tokens: _Tokens) -> dict[str, set[str]] | None:
    """The tokens that each variable may take under the positive conditions; None where two conditions cannot meet."""
    bound: dict[str, set[str]] = {}
    for pattern in _positive(rule):
        for at, argument in enumerate(pattern.arguments):
            possible = tokens.get((pattern.predicate, at))
            if possible is None:
                continue
            if isinstance(argument, Variable):
                known = bound.get(argument.name)
                met = possible if known is None else known & possible
                if not met:
                    return None
                bound[argument.name] = met
            elif isinstance(argument, str) and possible.isdisjoint(_tokens_of(argument)):
                return None
    return bound


def _conclude(rule: Rule, bound: Mapping[str, set[str]], available: set[str], tokens: _Tokens) -> bool:
    """Note what the rule may conclude; whether that is new."""
    predicate = rule.head.predicate
    changed = predicate not in available
    available.add(predicate)
    for at, argument in enumerate(rule.head.arguments):
        place = (predicate, at)
        if isinstance(argument, Variable) and argument.name in bound:
            for token in bound[argument.name]:
                changed |= _add(tokens, place, token)
        elif isinstance(argument, str):
            for token in _tokens_of(argument):
                changed |= _add(tokens, place, token)
        elif tokens.get(place, ()) is not None:
            tokens[place] = None
            changed = True
    return changed


def _tokens_of(constant: str) -> frozenset[str]:
    """The tokens of a constant in a rule. Whether a claim touches a code that a rule names is not known here."""
    return _CODES if constant.startswith('"') else frozenset((constant,))
