"""What the proof checker knows of terms: patterns, rules with values put in, arithmetic and order as clingo has them.

This says a second time what ``knowledge.evaluate`` says, on purpose, so that a fault in one does not hide in the other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeAlias

from claimlogic.knowledge.rules import AtomPattern, Comparison, Expression, Literal, Operation, Variable, variables_of
from claimlogic.proofs.model import Pattern
from claimlogic.terms import OPEN_END, Atom, Term

Values: TypeAlias = Mapping[str, Term]
Arguments: TypeAlias = tuple[Term, ...]

LOW_END = "#inf"
_ANYTHING = Variable("_")
_ESCAPED = re.compile(r"\\(.)")


class Fault(Exception):
    """What is wrong at the place that is being checked."""


class _NoValueError(Exception):
    """Arithmetic on a word, or a division by zero."""


def fits(pattern: Pattern, arguments: Arguments) -> bool:
    """Whether the arguments are as many as the pattern's, and agree with each that is not open."""
    return len(pattern.arguments) == len(arguments) and all(
        wanted is None or wanted == value for wanted, value in zip(pattern.arguments, arguments, strict=True)
    )


def pattern_of(literal: Literal, values: Values) -> Pattern | None:
    """What a condition looks for. Open is ``_`` under ``not``, and elsewhere what has no value yet."""
    wanted: list[Term | None] = []
    for argument in literal.atom.arguments:
        if argument == _ANYTHING or not (literal.negated or variables_of(argument) <= values.keys()):
            wanted.append(None)
        elif (known := ground((argument,), values)) is not None:
            wanted.extend(known)
        else:
            return None
    return Pattern(literal.atom.predicate, tuple(wanted))


def unified(head: AtomPattern, pattern: Pattern) -> Iterator[dict[str, Term]]:
    """The values with which a head may fit, once, unless it cannot. Arithmetic in a head fits until it has a value."""
    if len(head.arguments) != len(pattern.arguments):
        return
    values: dict[str, Term] = {}
    for argument, wanted in zip(head.arguments, pattern.arguments, strict=True):
        if wanted is None or isinstance(argument, Operation):
            continue
        if (values.setdefault(argument.name, wanted) if isinstance(argument, Variable) else argument) != wanted:
            return
    yield values


def matched(atom: AtomPattern, arguments: Arguments, values: Values) -> Iterator[Values]:
    """The values with which a condition is met by an atom with these arguments, once, unless it is not."""
    more = dict(values)
    for expression, value in zip(atom.arguments, arguments, strict=True):
        if isinstance(expression, Variable):
            more.setdefault(expression.name, value)
    if ground(atom.arguments, more) == arguments:
        yield more


def with_bound(comparison: Comparison, values: Values) -> Iterator[Values]:
    """The values, and one more where ``=`` gives a variable its value; nothing where the other side has none."""
    for variable, other in ((comparison.left, comparison.right), (comparison.right, comparison.left)):
        if comparison.operator == "=" and isinstance(variable, Variable) and variable.name not in values:
            for known in ground((other,), values) or ():
                yield {**values, variable.name: known}
            return
    yield values


def instance(atom: AtomPattern, values: Values) -> Atom | None:
    """The atom with values put in."""
    arguments = ground(atom.arguments, values)
    return None if arguments is None else Atom(atom.predicate, arguments)


def ground(expressions: Iterable[Expression], values: Values) -> Arguments | None:
    """The values of expressions; None where one has none: clingo passes over such a rule, or such a member."""
    try:
        return tuple([_value(expression, values) for expression in expressions])
    except _NoValueError:
        return None


def _value(expression: Expression, values: Values) -> Term:
    if isinstance(expression, Variable):
        if expression.name not in values:
            raise Fault(f"variable {expression.name} has no value when its condition is read")
        return values[expression.name]
    if not isinstance(expression, Operation):
        return expression
    left, right = _value(expression.left, values), _value(expression.right, values)
    if not isinstance(left, int) or not isinstance(right, int):
        raise _NoValueError
    match expression.operator:
        case "+":
            return _whole(left + right)
        case "-":
            return _whole(left - right)
        case "*":
            return _whole(left * right)
    if right == 0:
        raise _NoValueError
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
    return _whole(quotient if expression.operator == "/" else left - right * quotient)


def _whole(number: int) -> int:
    """The number, where clingo can hold it: it would wrap any other in silence."""
    if not -(2**31) <= number < 2**31:
        raise Fault(f"{number} is too large a number for the rules")
    return number


def total(function: str, members: Collection[Arguments]) -> Term:
    """The value of an aggregate over distinct tuples, by the first term of each."""
    if function == "#count":
        return len(members)
    weights = [terms[0] for terms in members if terms]
    match function:
        case "#sum":
            return _whole(sum(weight for weight in weights if isinstance(weight, int)))
        case "#min":
            return min(weights, key=_order, default=OPEN_END)
        case "#max":
            return max(weights, key=_order, default=LOW_END)
    raise Fault(f"{function} is no aggregate")


def compares(left: Term, operator: str, right: Term) -> bool:
    """Whether a comparison is true."""
    before, after = _order(left), _order(right)
    match operator:
        case "=":
            return before == after
        case "!=":
            return before != after
        case "<":
            return before < after
        case "<=":
            return before <= after
        case ">":
            return before > after
        case ">=":
            return before >= after
    raise Fault(f"{operator} is no comparison")


def _order(term: Term) -> tuple[int, int, str]:
    """Numbers, words, texts (by their letters, not by how these are escaped), all between the two open ends."""
    if isinstance(term, int):
        return 1, term, ""
    if term in (LOW_END, OPEN_END):
        return (0 if term == LOW_END else 4), 0, ""
    if not term.startswith('"'):
        return 2, 0, term
    return 3, 0, _ESCAPED.sub(lambda escaped: "\n" if escaped[1] == "n" else escaped[1], term[1:-1])
