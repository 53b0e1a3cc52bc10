"""An ad-hoc goal: exactly one atom, ``addon_parent("77002", P, From, To)``, read by a parser of its own.

Constants, variables and ``_`` are all there is. Nothing else is understood, so nothing else reaches the engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from claimlogic.asking.program import OF_A_CLAIM
from claimlogic.asking.values import check_kind
from claimlogic.errors import InputError, did_you_mean
from claimlogic.knowledge.rules import AtomPattern, Expression, Variable
from claimlogic.knowledge.vocabulary import Predicate, Vocabulary
from claimlogic.terms import OPEN_END

_PLACE = "--goal"
_LONGEST = 2_000
_PIECE = re.compile(
    r"""\s*(?:
        (?P<text>"(?:[^"\\]|\\[n"\\])*") | (?P<number>-?[0-9]{1,9})(?![0-9A-Za-z_]) | (?P<open>\#sup)
      | (?P<variable>[A-Z][A-Za-z0-9_]*'*) | (?P<any>_)(?![A-Za-z0-9_'])
      | (?P<word>[a-z][A-Za-z0-9_]*) | (?P<mark>[(),.])
    )\s*""",
    re.VERBOSE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Goal:
    """An atom of the vocabulary, with the variables of which answers are wanted, in their order."""

    atom: AtomPattern
    variables: tuple[str, ...]
    predicate: Predicate


def parse_goal(goal_text: str, vocabulary: Vocabulary) -> Goal:
    """The goal in ``goal_text``. Raises InputError for anything but one atom of a predicate that can be asked for."""
    pieces = _pieces(goal_text)
    if pieces and pieces[-1] == ("mark", "."):
        pieces.pop()
    if len(pieces) < 4 or pieces[0][0] != "word" or pieces[1] != ("mark", "(") or pieces[-1] != ("mark", ")"):
        raise InputError('a goal is one atom, such as addon_parent("77002", P, From, To)', _PLACE)
    predicate = _predicate(pieces[0][1], vocabulary)
    inside = pieces[2:-1]
    terms, commas = inside[::2], inside[1::2]
    listed = len(terms) == len(commas) + 1 and all(comma == ("mark", ",") for comma in commas)
    if not listed or any(kind == "mark" for kind, _ in terms):
        raise InputError("the arguments of a goal are constants, variables and _, with commas between", _PLACE)
    if len(terms) != len(predicate.arguments):
        takes = f"{predicate.name}({', '.join(predicate.arguments)})"
        raise InputError(f"{takes} takes {len(predicate.arguments)} arguments, {len(terms)} are given", _PLACE)
    arguments: list[Expression] = []
    variables: list[str] = []
    for at, (kind, written) in enumerate(terms):
        arguments.append(_argument(kind, written, at, predicate, vocabulary))
        if kind == "variable" and written not in variables:
            variables.append(written)
    return Goal(AtomPattern(predicate.name, tuple(arguments)), tuple(variables), predicate)


def _pieces(goal_text: str) -> list[tuple[str, str]]:
    pieces = []
    at = 0
    text = goal_text.strip()
    if len(text) > _LONGEST:
        raise InputError("the goal is too long", _PLACE)
    while at < len(text):
        found = _PIECE.match(text, at)
        if not found or not found.lastgroup:
            raise InputError(f"a goal is one atom; this is not part of one: {text[at : at + 20]!r}", _PLACE)
        pieces.append((found.lastgroup, found[found.lastgroup]))
        at = found.end()
    return pieces


def _predicate(name: str, vocabulary: Vocabulary) -> Predicate:
    askable = [p.name for p in vocabulary.predicates.values() if _can_be_asked(p)]
    declared = vocabulary.predicates.get(name)
    if declared is None:
        hint = did_you_mean(name, askable, "the vocabulary lists them all")
        raise InputError(f"there is no predicate {name}; {hint}", _PLACE)
    if name not in askable:
        raise InputError(f"{name} speaks of a claim or an encounter, and a goal has none; use claimlogic check", _PLACE)
    return declared


def _can_be_asked(predicate: Predicate) -> bool:
    return not OF_A_CLAIM & set(predicate.kinds) and (predicate.stored or predicate.derived)


def _argument(kind: str, written: str, at: int, predicate: Predicate, vocabulary: Vocabulary) -> Expression:
    if kind == "variable":
        return Variable(written)
    if kind == "any":
        return Variable(f"V {at}")
    term = int(written) if kind == "number" else OPEN_END if kind == "open" else written
    check_kind(term, predicate.arguments[at], vocabulary.kinds[predicate.kinds[at]], _PLACE)
    return term


def columns_of(goal: Goal) -> Sequence[tuple[str, str]]:
    """The name and kind of each column: the variable, and the kind of the argument where it first stands."""
    kinds: dict[str, str] = {}
    for argument, kind in zip(goal.atom.arguments, goal.predicate.kinds, strict=True):
        if isinstance(argument, Variable):
            kinds.setdefault(argument.name, kind)
    return [(name, kinds[name]) for name in goal.variables]
