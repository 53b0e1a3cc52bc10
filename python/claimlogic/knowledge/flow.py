"""Which values of a claim the rules can tell apart: followed from rule to rule through the variables that they share.

The places of predicates between which a value may travel, or where values are compared, make one class. What the rules
and the published facts hold at the places of a class is all that a claim's value there can be held against.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from claimlogic.knowledge.rules import (
    Aggregate,
    AtomPattern,
    BodyItem,
    Comparison,
    Expression,
    Literal,
    Rule,
    constants_of,
    variables_of,
)
from claimlogic.terms import Term

Place: TypeAlias = tuple[str, int]
"""A predicate and which of its arguments."""

_Node: TypeAlias = tuple[str, int | str]


class Flow:
    """The classes of places of some rules, with the constants that the rules name there."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._parent: dict[_Node, _Node] = {}
        self._named: dict[_Node, set[Term]] = defaultdict(set)
        for number, rule in enumerate(rules):
            scope = f"rule {number}"
            for part in (rule.head, *rule.body):
                self._follow(part, scope)
        self._places: dict[_Node, list[Place]] = defaultdict(list)
        self._constants: dict[_Node, set[Term]] = defaultdict(set)
        for node in list(self._parent):
            if isinstance(node[1], int):
                self._places[self._root(node)].append((node[0], node[1]))
        for node, values in self._named.items():
            self._constants[self._root(node)] |= values

    def places(self, place: Place) -> Sequence[Place]:
        """The places in the class of ``place``, itself included."""
        return sorted({place, *self._places.get(self._root(place), ())})

    def constants(self, place: Place) -> frozenset[Term]:
        """The constants that rules name at a place of the class."""
        return frozenset(self._constants.get(self._root(place), ()))

    def _follow(self, part: BodyItem | AtomPattern, scope: str) -> None:
        match part:
            case AtomPattern(predicate, arguments):
                for at, argument in enumerate(arguments):
                    self._meet((predicate, at), argument, scope)
            case Literal(atom, _):
                self._follow(atom, scope)
            case Comparison(left, _, right):
                self._compare((left, right), scope)
            case Aggregate(_, elements, guards):
                for element in elements:
                    for condition in element.conditions:
                        self._follow(condition, scope)
                weights = [element.terms[0] for element in elements if element.terms]
                self._compare((*weights, *(bound for _, bound in guards)), scope)

    def _compare(self, sides: Sequence[Expression], scope: str) -> None:
        nodes = [self._root((scope, name)) for side in sides for name in sorted(variables_of(side))]
        for node in nodes:
            self._join(nodes[0], node)
            self._named[node].update(c for side in sides for c in constants_of(side))

    def _meet(self, node: _Node, expression: Expression, scope: str) -> None:
        self._root(node)
        for name in sorted(variables_of(expression)):
            self._join(node, (scope, name))
        self._named[node].update(constants_of(expression))

    def _join(self, node: _Node, other: _Node) -> None:
        one, two = self._root(node), self._root(other)
        if one != two:
            self._parent[two] = one

    def _root(self, node: _Node) -> _Node:
        self._parent.setdefault(node, node)
        while self._parent[node] != node:
            self._parent[node] = self._parent[self._parent[node]]
            node = self._parent[node]
        return node
