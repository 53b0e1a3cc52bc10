"""pyDatalog, as far as a question needs it: the one module that knows the library.

What it does for itself, and why:

* Facts are looked up, never asserted: half a millisecond each, and the library's index keeps them for ever.
* Clauses are built from its objects. Its parser runs what it reads as Python, so no text goes there.
* Its state belongs to a thread, and only the importing one has any: each question starts with a fresh one and gives
  back what was there before. Resolvers are shared by all threads, so they ask the session of their own thread.
* Comparisons are our own: ``#sup`` is above every number, and words and texts stand in clingo's order.
* Recursion through several rules, or through one rule with several patterns, can go round for ever, without a word and
  without a way to stop it. So rules that rest on themselves are refused before they come here (``program``).
* It finds no row for a variable that stands twice in a looked-up atom; see ``_alike``.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Any, Self, TypeAlias

from pyDatalog import Logic, pyDatalog, pyEngine

from claimlogic.errors import InputError
from claimlogic.knowledge.rules import (
    Aggregate,
    AtomPattern,
    Comparison,
    Expression,
    Literal,
    Operation,
    Rule,
    Variable,
)
from claimlogic.terms import OPEN_END, Term, plain

Row: TypeAlias = tuple[Term, ...]
Pattern: TypeAlias = tuple[Term | None, ...]
LookUp: TypeAlias = Callable[[str, Pattern], Iterable[Row]]

_GIVEN = "claimlogic_given_"
_ABSENT = "claimlogic_absent_"
_DERIVED = "claimlogic_derived_"
_ABOVE = {"<": "claimlogic_test_less", "<=": "claimlogic_test_at_most"}
_EQUAL = {"=": "==", "!=": "!="}
_MIRRORED = {">": "<", ">=": "<="}

_add_clause = pyEngine.assert_
_thread = threading.local()
_registering = threading.Lock()
_registered: set[tuple[str, int]] = set()


class Datalog:
    """One question's session, to be used in a ``with`` block and by one thread.

    ``look_up`` gives the rows of a given predicate that fit a pattern (None fits anything); rows that do not fit are
    passed over. ``given`` tells which predicates have rows. A predicate that is in ``whole`` is looked up by its
    ``whole_name`` wherever a rule reads it: who asks works it out first and holds it.
    """

    def __init__(self, given: Iterable[str], whole: Iterable[str], look_up: LookUp) -> None:
        self._given = frozenset(given)
        self._whole = frozenset(whole)
        self._look_up = look_up
        self._bridged: set[tuple[str, int]] = set()
        self._derived: set[str] = set()
        self._unnamed = 0

    def __enter__(self) -> Self:
        self._logic_before = Logic(True)
        self._look_up_before = getattr(_thread, "look_up", None)
        Logic()
        _thread.look_up = self._look_up
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        _thread.look_up = self._look_up_before
        Logic(self._logic_before)

    @staticmethod
    def whole_name(predicate: str) -> str:
        """The name by which all of a predicate is looked up; no rule text can hold it."""
        return f"whole {predicate}"

    def add(self, rules: Iterable[Rule]) -> None:
        """Add rules, all of them before the first question that rests on them. None may rest on itself.

        Raises InputError, with file and line, for a rule with an aggregate or arithmetic.
        """
        added = list(rules)
        self._derived.update(rule.head.predicate for rule in added)
        for rule in added:
            self._clause(rule.head, rule)

    def solutions(self, rule: Rule, bound: dict[str, Term] | None = None) -> list[dict[str, Term]]:
        """The values of the rule's variables for which its body holds, ``bound`` variables having their values."""
        values = bound or {}
        free = [name for name in rule.variables if name not in values]
        way = f"way {rule.number}"
        if way not in self._derived:
            self._derived.add(way)
            self._clause(AtomPattern(way, tuple(map(Variable, rule.variables))), rule)
        found = self.rows(AtomPattern(way, tuple(values.get(name, Variable(name)) for name in rule.variables)))
        places = [rule.variables.index(name) for name in free]
        return [{**values, **{name: row[at] for name, at in zip(free, places, strict=True)}} for row in found]

    def rows(self, goal: AtomPattern) -> list[Row]:
        """Every row of a predicate that fits the goal, in no order."""
        asked = self._atom(goal).ask()
        if asked is True:
            return [tuple(a for a in goal.arguments if isinstance(a, int | str))]
        return list(asked)

    def _clause(self, head: AtomPattern, rule: Rule) -> None:
        body = []
        for item in rule.body:
            match item:
                case Literal(atom, negated):
                    body.append(self._atom(atom, negated, atom.predicate in self._whole, rule.place))
                case Comparison(left, operator, right):
                    body.append(self._comparison(left, operator, right, rule.place))
                case Aggregate(function):
                    raise InputError(f"a question cannot use {function}; write rules without it", rule.place)
        terms = [self._term(a, rule.place) for a in head.arguments]
        _add_clause(pyEngine.Clause(pyEngine.Literal(_DERIVED + head.predicate, terms), body))

    def _atom(self, atom: AtomPattern, negated: bool = False, held: bool = False, place: str = "") -> Any:
        name = self.whole_name(atom.predicate) if held else atom.predicate
        arity = len(atom.arguments)
        terms = [self._term(argument, place) for argument in atom.arguments]
        if name not in self._derived:
            _register(name, arity)
            return pyEngine.Literal((_ABSENT if negated else _GIVEN) + name, terms)
        if name in self._given and (name, arity) not in self._bridged:
            self._bridged.add((name, arity))
            self._bridge(name, arity)
        return pyEngine.Literal(("~" if negated else "") + _DERIVED + name, terms)

    def _bridge(self, name: str, arity: int) -> None:
        """What is given of a predicate holds beside what its rules conclude."""
        _register(name, arity)
        terms = [pyEngine.Var(f"A{i}") for i in range(arity)]
        given, derived = (pyEngine.Literal(prefix + name, list(terms)) for prefix in (_GIVEN, _DERIVED))
        _add_clause(pyEngine.Clause(derived, [given]))

    def _comparison(self, left: Expression, operator: str, right: Expression, place: str) -> Any:
        if operator in _MIRRORED:
            left, operator, right = right, _MIRRORED[operator], left
        name = _ABOVE.get(operator) or _EQUAL[operator]
        return pyEngine.Literal(name, [self._term(left, place), self._term(right, place)])

    def _term(self, expression: Expression, place: str) -> Any:
        match expression:
            case Variable("_"):
                self._unnamed += 1
                return pyEngine.Var(f"_{self._unnamed}")
            case Variable(name):
                return pyEngine.Var(name)
            case Operation():
                raise InputError("a question cannot calculate; write rules without arithmetic", place)
            case _:
                return pyEngine.Const(expression)


def order_key(term: Term) -> tuple[int, Term]:
    """Sorts terms as clingo does: numbers, words, texts, and the open end last."""
    if isinstance(term, int):
        return 0, term
    if term == OPEN_END:
        return 3, 0
    return (2, plain(term)) if term.startswith('"') else (1, term)


def _register(predicate: str, arity: int) -> None:
    """Make the library ask the thread's own session for the rows of a predicate, or whether there is none."""

    def rows(*terms: Any) -> Iterable[Sequence[Any]]:
        look_up: LookUp = _thread.look_up
        found = look_up(predicate, tuple(term.id if term.is_const() else None for term in terms))
        variables = [term.id for term in terms if not term.is_const()]
        return found if len(set(variables)) == len(variables) else _alike(terms, found)

    def absent(*terms: Any) -> Sequence[bool]:
        return () if any(True for _ in rows(*terms)) else (True,)

    if (_GIVEN + predicate, arity) not in _registered:
        _resolve_by(_ABSENT + predicate, arity, absent)
        _resolve_by(_GIVEN + predicate, arity, rows)


def _alike(terms: Sequence[Any], rows: Iterable[Row]) -> Iterable[Sequence[Any]]:
    """The rows that agree wherever one variable stands twice.

    The library compares such values by identity, so equal ones are given to it as one object.
    """
    for row in rows:
        values: dict[Any, Any] = {}
        if all(values.setdefault(t.id, pyEngine.Const(v)).id == v for t, v in zip(terms, row, strict=True)):
            yield tuple(values[term.id] for term in terms)


def _resolve_by(name: str, arity: int, resolve: Callable[..., Iterable[Any]]) -> None:
    with _registering:
        if (name, arity) in _registered:
            return
        resolve.__name__ = name
        parameters = [inspect.Parameter(f"a{i}", inspect.Parameter.POSITIONAL_ONLY) for i in range(arity)]
        resolve.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        pyDatalog.predicate()(resolve)
        _registered.add((name, arity))


def _less(left: Any, right: Any) -> Sequence[bool]:
    return (True,) if order_key(left.id) < order_key(right.id) else ()


def _at_most(left: Any, right: Any) -> Sequence[bool]:
    return (True,) if order_key(left.id) <= order_key(right.id) else ()


_resolve_by(_ABOVE["<"], 2, _less)
_resolve_by(_ABOVE["<="], 2, _at_most)
