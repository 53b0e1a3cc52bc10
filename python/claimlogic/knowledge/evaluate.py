"""Arithmetic, comparison and aggregates on ground terms, as clingo has them.

Numbers come before words, words before texts (each by their letters), and ``#sup`` after everything. Integers
are checked, not wrapped: a value past 32 bits is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from claimlogic.errors import InputError
from claimlogic.knowledge.rules import Expression, Operation, Variable
from claimlogic.terms import OPEN_END, Term, plain

Bindings = Mapping[str, Term]

_LARGEST = 2**31 - 1
_SMALLEST = -(2**31)


def value_of(expression: Expression, bindings: Bindings) -> Term | None:
    """The value of an expression, None where a variable in it has none (or it is ``_``)."""
    if isinstance(expression, Variable):
        return bindings.get(expression.name)
    if isinstance(expression, Operation):
        left, right = value_of(expression.left, bindings), value_of(expression.right, bindings)
        return calculated(left, expression.operator, right)
    return expression


def calculated(left: Term | None, operator: str, right: Term | None) -> int | None:
    """The value of an operation, None where it has none: of what is no number, or divided by zero.

    Raises InputError for a value past 32 bits.
    """
    if not isinstance(left, int) or not isinstance(right, int):
        return None
    match operator:
        case "+":
            value = left + right
        case "-":
            value = left - right
        case "*":
            value = left * right
        case _ if not right:
            return None
        case "/":
            value = int(left / right)
        case _:
            value = left - right * int(left / right)
    if not _SMALLEST <= value <= _LARGEST:
        raise InputError(f"{left} {operator} {right} does not fit 32 bits")
    return value


def holds(left: Term, operator: str, right: Term) -> bool:
    """Whether the comparison holds of two ground terms."""
    if operator == "=":
        return left == right
    if operator == "!=":
        return left != right
    before, after = _rank(left), _rank(right)
    match operator:
        case "<":
            return before < after
        case "<=":
            return before <= after
        case ">":
            return before > after
        case _:
            return before >= after


def _rank(term: Term) -> tuple[int, int, str]:
    if isinstance(term, int):
        return (0, term, "")
    if term == OPEN_END:
        return (3, 0, "")
    if term.startswith('"'):
        return (2, 0, plain(term))
    return (1, 0, term)


def aggregate_value(function: str, tuples: Iterable[tuple[Term, ...]]) -> Term | None:
    """The value over a set of distinct tuples, by their first term; None for an empty #min or #max."""
    distinct = set(tuples)
    if function == "#count":
        return len(distinct)
    weights = [t[0] for t in distinct if t]
    if function == "#sum":
        return sum(weight for weight in weights if isinstance(weight, int))
    if not weights:
        return None
    return max(weights, key=_rank) if function == "#max" else min(weights, key=_rank)


def guard_holds(function: str, value: Term | None, operator: str, bound: Term) -> bool:
    """Whether a guard holds. An empty #max is below, an empty #min above everything."""
    if value is not None:
        return holds(value, operator, bound)
    if function == "#max":
        return operator in ("<", "<=", "!=")
    return operator in (">", ">=", "!=") if bound != OPEN_END else operator in (">=", "<=", "=")
