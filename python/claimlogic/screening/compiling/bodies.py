"""The body of one rule as a block of scans and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import count

from claimlogic.errors import InputError
from claimlogic.knowledge.order import safe_order
from claimlogic.knowledge.rules import (
    MIRRORED,
    Aggregate,
    AtomPattern,
    BodyItem,
    Comparison,
    Expression,
    Literal,
    Operation,
    Rule,
    Variable,
    expressions_of,
    variables_of,
    written,
)
from claimlogic.screening.compiling.bases import Bases, base_of
from claimlogic.screening.compiling.plan import (
    NUMBER,
    OPEN_END_NUMBER,
    RANKS,
    Absent,
    Block,
    Calculated,
    ColumnOf,
    Compare,
    Condition,
    Constant,
    Held,
    Impossible,
    RulePlan,
    Scan,
    Tally,
    TallyPart,
    Value,
)
from claimlogic.terms import OPEN_END

_OPEN = Constant(OPEN_END_NUMBER, NUMBER)


def plan_rule(rule: Rule, bases: Bases) -> RulePlan:
    """The plan of a rule. Raises InputError, naming file and line, for what has no plan."""
    numbers = count()
    scope = _Scope(bases, rule.place, numbers, {})
    aggregates = [item for item in rule.body if isinstance(item, Aggregate)]
    scope.read(_plain(rule.body))
    values = tuple(scope.bound_value(name) for name in rule.variables)
    if not aggregates:
        outputs = _outputs(rule, scope, bases)
        return RulePlan(rule, scope.block(), values, (), outputs)
    held: dict[str, Value] = {
        name: Held(number, value.base) for number, (name, value) in enumerate(zip(rule.variables, values, strict=True))
    }
    after = _Scope(bases, rule.place, numbers, held)
    tallies = [_tally(aggregate, rule, after) for aggregate in aggregates]
    outputs = _outputs(rule, after, bases)
    if after.conditions:
        raise InputError("arithmetic beside an aggregate is not compiled; write a helper predicate", rule.place)
    return RulePlan(rule, scope.block(), values, tuple(tallies), outputs)


def _outputs(rule: Rule, scope: _Scope, bases: Bases) -> tuple[Value, ...]:
    """The arguments of the head. One of another base than its column is that of a rule that never holds."""
    values = [scope.value(argument) for argument in rule.head.arguments]
    return tuple(
        value if value.base == base else Constant(0 if base == NUMBER else "", base)
        for value, base in zip(values, bases[rule.head.predicate], strict=True)
    )


def _plain(items: Iterable[BodyItem]) -> list[Literal | Comparison]:
    return [item for item in items if not isinstance(item, Aggregate)]


class _Scope:
    """Scans and conditions as they are gathered, with what each variable is."""

    def __init__(self, bases: Bases, place: str, numbers: Iterator[int], outer: Mapping[str, Value]) -> None:
        self.bases = bases
        self.place = place
        self.numbers = numbers
        self.bound = dict(outer)
        self.scans: list[Scan] = []
        self.conditions: list[Condition] = []

    def read(self, items: list[Literal | Comparison]) -> None:
        """Take in conditions that stand in a safe order."""
        waiting: list[tuple[ColumnOf, Expression]] = []
        for item in items:
            if isinstance(item, Comparison):
                self._compare(item)
            elif not item.negated:
                waiting.extend(self._scan(item.atom))
        for column, expression in waiting:
            self._hold(column, "=", self.value(expression))
        for item in items:
            if isinstance(item, Literal) and item.negated:
                self._absent(item.atom)

    def block(self) -> Block:
        """What was gathered."""
        return Block(tuple(self.scans), tuple(dict.fromkeys(self.conditions)))

    def bound_value(self, name: str) -> Value:
        """What a variable is. Raises InputError where it has no value."""
        if name not in self.bound:
            raise InputError(
                f"variable {name} gets no value: arithmetic inside an atom gives none; write {name} = ...",
                self.place,
            )
        return self.bound[name]

    def value(self, expression: Expression) -> Value:
        """An expression as a value; what it needs to be defined becomes a condition."""
        if isinstance(expression, Variable):
            return self.bound_value(expression.name)
        if not isinstance(expression, Operation):
            return Constant(OPEN_END_NUMBER if expression == OPEN_END else expression, base_of(expression))
        left, right = self.value(expression.left), self.value(expression.right)
        for side in (left, right):
            if side.base != NUMBER:
                self.conditions.append(Impossible())
                return Constant(0, NUMBER)
            if not isinstance(side, Calculated):
                self._hold(side, "!=", _OPEN)
        if expression.operator in ("/", "\\"):
            self._hold(right, "!=", Constant(0, NUMBER))
        return Calculated(expression.operator, left, right)

    def _compare(self, item: Comparison) -> None:
        if item.operator == "=":
            for own, other in ((item.left, item.right), (item.right, item.left)):
                if isinstance(own, Variable) and own.name not in self.bound and variables_of(other) <= set(self.bound):
                    self.bound[own.name] = self.value(other)
                    return
        self._hold(self.value(item.left), item.operator, self.value(item.right))

    def _scan(self, atom: AtomPattern) -> list[tuple[ColumnOf, Expression]]:
        number = next(self.numbers)
        self.scans.append(Scan(number, atom.predicate, len(atom.arguments)))
        waiting: list[tuple[ColumnOf, Expression]] = []
        for place, (argument, base) in enumerate(zip(atom.arguments, self.bases[atom.predicate], strict=True)):
            column = ColumnOf(number, place, base)
            if isinstance(argument, Variable):
                if argument.name == "_":
                    continue
                if argument.name not in self.bound:
                    self.bound[argument.name] = column
                    continue
            if isinstance(argument, Operation):
                waiting.append((column, argument))
            else:
                self._hold(column, "=", self.value(argument))
        return waiting

    def _absent(self, atom: AtomPattern) -> None:
        """Values are worked out here, not inside: where one is undefined, the whole rule says nothing."""
        inner = _Scope(self.bases, self.place, self.numbers, {})
        number = next(self.numbers)
        inner.scans.append(Scan(number, atom.predicate, len(atom.arguments)))
        for place, (argument, base) in enumerate(zip(atom.arguments, self.bases[atom.predicate], strict=True)):
            if not (isinstance(argument, Variable) and argument.name == "_"):
                inner._hold(ColumnOf(number, place, base), "=", self.value(argument))
        self.conditions.append(Absent(inner.block()))

    def _hold(self, left: Value, operator: str, right: Value) -> None:
        condition = comparison(left, operator, right)
        if condition is not None:
            self.conditions.append(condition)


def comparison(left: Value, operator: str, right: Value) -> Condition | None:
    """The condition under which a comparison holds, None where it always does."""
    if left.base == right.base:
        if operator == "!=" and isinstance(left, Constant) and isinstance(right, Constant) and left != right:
            return None
        return Compare(left, operator, right)
    if operator == "=":
        return Impossible()
    if operator == "!=":
        return None
    if right.base == NUMBER:
        return comparison(right, MIRRORED[operator], left)
    if left.base == NUMBER:  # Before words and texts, but for the open end, which stands after everything.
        return Compare(left, "!=" if operator in ("<", "<=") else "=", _OPEN)
    return None if (RANKS[left.base] < RANKS[right.base]) == (operator in ("<", "<=")) else Impossible()


def _tally(aggregate: Aggregate, rule: Rule, after: _Scope) -> Tally:
    inside = (expression for element in aggregate.elements for expression in expressions_of(element))
    depends = sorted({name for expression in inside for name in variables_of(expression)} & set(after.bound))
    numbers = [rule.variables.index(name) for name in depends]
    forms: dict[tuple[str, ...], list[tuple[Block, tuple[Value, ...]]]] = {}
    for element in aggregate.elements:
        scope = _Scope(after.bases, rule.place, after.numbers, {name: after.bound[name] for name in depends})
        scope.read(_plain(safe_order(element.conditions, rule.place, frozenset(depends))))
        terms = tuple(scope.value(term) for term in element.terms)
        forms.setdefault(tuple(term.base for term in terms), []).append((scope.block(), terms))
    for form in forms:
        if aggregate.function in ("#min", "#max") and form[:1] != (NUMBER,):
            raise InputError(f"{aggregate.function} is compiled for numbers only: {written(aggregate)}", rule.place)
    guards = []
    for operator, bound in aggregate.guards:
        if missing := sorted(variables_of(bound) - set(after.bound)):
            raise InputError(
                f"an aggregate is a guard: its value may not give {missing[0]} a value: {written(aggregate)}",
                rule.place,
            )
        guards.append((operator, after.value(bound)))
    parts = tuple(TallyPart(form, tuple(blocks)) for form, blocks in forms.items())
    return Tally(aggregate.function, tuple(numbers), parts, tuple(guards))
