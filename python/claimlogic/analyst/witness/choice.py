"""A few codes (or diagnoses, or modifiers) in the place of many: one of each kind that the facts can tell apart.

Two values are of one kind when the same facts are stated of both, but for days and for whom else the fact names. Of
each kind of fact at least one is kept whole, so that a rule which joins two codes finds two that are joined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from claimlogic.terms import Atom, Term

_Pattern: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statements:
    """What one predicate states of values: the same number of two values of which it states the same.

    ``wholes`` are the rows of values that it names together, each with the pattern of the rest of the fact.
    """

    of_value: Mapping[str, int]
    wholes: tuple[tuple[_Pattern, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The values kept, sorted, and how many kinds of value and of fact no kept one stands for."""

    values: tuple[str, ...]
    left_out: int


def statements(facts: Iterable[Atom], kinds: Sequence[str], kind: str, pool: Collection[str]) -> Statements:
    """What the facts of one predicate, with arguments of these kinds, state of the values of ``kind`` in ``pool``."""
    places = [at for at, of in enumerate(kinds) if of == kind]
    shown = [at for at, of in enumerate(kinds) if of not in ("day", "edition", kind)]
    stated: dict[str, set[tuple[int, _Pattern]]] = defaultdict(set)
    wholes: set[tuple[_Pattern, tuple[str, ...]]] = set()
    for fact in facts:
        arguments: Sequence[Term] = fact.arguments
        rest = tuple(str(arguments[at]) for at in shown)
        row = tuple(str(arguments[at]) for at in places)
        for at, value in zip(places, row, strict=True):
            if value in pool:
                stated[value].add((at, rest))
        if len(row) > 1 and all(value in pool for value in row):
            wholes.add((rest, row))
    numbers: dict[frozenset[tuple[int, _Pattern]], int] = {}
    of_value = {value: numbers.setdefault(frozenset(of), len(numbers) + 1) for value, of in sorted(stated.items())}
    return Statements(of_value, tuple(sorted(wholes)))


def choose(
    layers: Sequence[Sequence[Statements]], pool: Iterable[str], first: Iterable[str], limit: int, copies: int = 2
) -> Chosen:
    """Up to ``limit`` values out of ``pool``, those in ``first`` before all others.

    ``layers`` are what predicates state, those that matter most in front: what their values differ in is kept before
    what values of later layers do. Of each kind of value up to ``copies`` are kept.
    """
    known = sorted(pool)
    kinds = dict.fromkeys(known, 0)
    chosen = dict.fromkeys(sorted(value for value in first if value in kinds)[:limit])
    left_out = 0
    for layer in layers:
        for stated in layer:
            kinds = _finer(kinds, stated)
        left_out = sum(_keep_wholes(stated, kinds, chosen, limit) for stated in layer)
        left_out += _keep_each(kinds, chosen, limit, 1)
    for number in range(2, copies + 1):
        _keep_each(kinds, chosen, limit, number)
    return Chosen(tuple(sorted(chosen)), left_out)


def _finer(kinds: Mapping[str, int], stated: Statements) -> dict[str, int]:
    """The kinds of values, told apart by one more predicate."""
    numbers: dict[tuple[int, int], int] = {}
    return {
        value: numbers.setdefault((kind, stated.of_value.get(value, 0)), len(numbers)) for value, kind in kinds.items()
    }


def _keep_wholes(stated: Statements, kinds: Mapping[str, int], chosen: dict[str, None], limit: int) -> int:
    """Keep the values of one row of each kind; returns how many kinds of row found no room."""
    groups: dict[tuple[_Pattern, tuple[int, ...]], list[tuple[str, ...]]] = defaultdict(list)
    for rest, row in stated.wholes:
        groups[rest, tuple(kinds[value] for value in row)].append(row)
    missed = 0
    for _, rows in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        if any(all(value in chosen for value in row) for row in rows):
            continue
        row = min(rows, key=lambda row: (sum(value not in chosen for value in row), row))
        if len(chosen) + sum(value not in chosen for value in row) <= limit:
            chosen.update(dict.fromkeys(row))
        else:
            missed += 1
    return missed


def _keep_each(kinds: Mapping[str, int], chosen: dict[str, None], limit: int, number: int) -> int:
    """Keep the ``number``-th value of each kind; returns how many kinds found no room."""
    members: dict[int, list[str]] = defaultdict(list)
    for value, kind in kinds.items():
        members[kind].append(value)
    missed = 0
    for values in members.values():
        held = sum(value in chosen for value in values)
        if held >= min(number, len(values)):
            continue
        if len(chosen) < limit:
            chosen[next(value for value in values if value not in chosen)] = None
        else:
            missed += 1
    return missed
