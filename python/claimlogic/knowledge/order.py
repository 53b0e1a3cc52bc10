"""An order of a rule's conditions in which each can be decided when its turn comes.

Proofs and their checker walk a body from left to right: an atom that shares a bound variable before one that does not,
a comparison, a negation or an aggregate as soon as its variables are bound.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from claimlogic.errors import InputError
from claimlogic.knowledge.rules import (
    AtomPattern,
    BodyItem,
    Comparison,
    Literal,
    Operation,
    Variable,
    expressions_of,
    variables_of,
)


def _sharing(atom: AtomPattern, known: Collection[str]) -> float:
    """The more arguments have a value, the sooner an atom is taken."""
    return -sum(1 for a in atom.arguments if not isinstance(a, Variable) or a.name in known)


def safe_order(
    body: Sequence[BodyItem],
    place: str,
    bound: frozenset[str] = frozenset(),
    cost: Callable[[AtomPattern, Collection[str]], float] = _sharing,
) -> tuple[BodyItem, ...]:
    """The body in a safe order, starting from ``bound`` variables. Raises InputError where there is none.

    Of the atoms that may come next the one with the least ``cost`` does, given the variables that have values by then.
    """
    waiting = list(body)
    everywhere = _global_variables(body) | bound
    known = set(bound)
    ordered: list[BodyItem] = []
    while waiting:
        chosen = next((item for item in waiting if _decidable(item, known, everywhere)), None)
        if chosen is None:
            chosen = _best_atom(waiting, known, cost)
        if chosen is None:
            raise InputError(
                "a variable occurs only under `not`, in a comparison, in arithmetic or in an aggregate; bind it", place
            )
        waiting.remove(chosen)
        ordered.append(chosen)
        known |= _binds(chosen)
    return tuple(ordered)


def _global_variables(body: Sequence[BodyItem]) -> frozenset[str]:
    return frozenset().union(*(_binds(item) for item in body))


def _binds(item: BodyItem) -> frozenset[str]:
    if isinstance(item, Literal) and not item.negated:
        return frozenset(a.name for a in item.atom.arguments if isinstance(a, Variable))
    if isinstance(item, Comparison) and item.operator == "=":
        return frozenset().union(
            *(variables_of(side) for side in (item.left, item.right) if isinstance(side, Variable))
        )
    return frozenset()


def _decidable(item: BodyItem, known: set[str], everywhere: frozenset[str]) -> bool:
    if isinstance(item, Literal):
        return item.negated and frozenset().union(*map(variables_of, item.atom.arguments)) <= known
    if isinstance(item, Comparison):
        missing = (variables_of(item.left) | variables_of(item.right)) - known
        if item.operator == "=" and missing:
            left_ready, right_ready = variables_of(item.left) <= known, variables_of(item.right) <= known
            return (isinstance(item.left, Variable) and right_ready) or (
                isinstance(item.right, Variable) and left_ready
            )
        return not missing
    return (frozenset().union(*map(variables_of, expressions_of(item))) & everywhere) <= known


def _calculated_with(item: Literal) -> frozenset[str]:
    """The variables that must have a value before the atom can be looked up."""
    return frozenset().union(*(variables_of(a) for a in item.atom.arguments if isinstance(a, Operation)))


def _best_atom(
    waiting: Sequence[BodyItem], known: set[str], cost: Callable[[AtomPattern, Collection[str]], float]
) -> BodyItem | None:
    ready = [
        item for item in waiting if isinstance(item, Literal) and not item.negated and _calculated_with(item) <= known
    ]
    return min(ready, key=lambda item: cost(item.atom, known), default=None)
