"""Rule text to rules and facts, through clingo's own parser.

``kb/`` holds facts and function-free rules only. Anything else (choice, disjunction, constraint, directive, interval,
script) is refused here with its file and line, so that every engine gives the same one answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import cast

from clingo import ast

from claimlogic.errors import InputError
from claimlogic.knowledge.order import safe_order
from claimlogic.knowledge.rules import (
    MIRRORED,
    Aggregate,
    AtomPattern,
    BodyItem,
    Comparison,
    Element,
    Expression,
    Label,
    Literal,
    Operation,
    Rule,
    Variable,
    variables_of,
    written,
)
from claimlogic.knowledge.scan import scan, shortened
from claimlogic.knowledge.symbols import symbol_term
from claimlogic.terms import Atom, Term

_COMPARISONS = {
    ast.ComparisonOperator.Equal: "=",
    ast.ComparisonOperator.NotEqual: "!=",
    ast.ComparisonOperator.LessThan: "<",
    ast.ComparisonOperator.LessEqual: "<=",
    ast.ComparisonOperator.GreaterThan: ">",
    ast.ComparisonOperator.GreaterEqual: ">=",
}
_ARITHMETIC = {
    ast.BinaryOperator.Plus: "+",
    ast.BinaryOperator.Minus: "-",
    ast.BinaryOperator.Multiplication: "*",
    ast.BinaryOperator.Division: "/",
    ast.BinaryOperator.Modulo: "\\",
}
_FUNCTIONS = {
    ast.AggregateFunction.Count: "#count",
    ast.AggregateFunction.Sum: "#sum",
    ast.AggregateFunction.Min: "#min",
    ast.AggregateFunction.Max: "#max",
}
_SOURCE = re.compile(r'%\s*@source\s+(\w+)\s*(?:,\s*"([^"]*)")?')
_LABEL = re.compile(r'%\s*@label\("((?:[^"\\]|\\.)*)"\s*(?:,\s*\(([^)]*)\))?\s*\)')
_OURS = re.compile(r"[VW]_\d+")


@dataclass(frozen=True, slots=True)
class SourcedFact:
    """A fact of a file, its line, and the source named nearest above it (empty where none is)."""

    atom: Atom
    line: int
    source: str
    where: str


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What one file holds."""

    file: str
    facts: tuple[SourcedFact, ...]
    rules: tuple[Rule, ...]


def parse_rules(rule_text: str, file: str, first_number: int = 0) -> ParsedFile:
    """The facts and rules of ``rule_text``, numbered from ``first_number``.

    Raises InputError with file and line for text that is no rule, or that ``kb/`` may not hold.
    """
    scan(rule_text, file)
    nodes: list[ast.AST] = []
    messages: list[str] = []
    try:
        ast.parse_string(rule_text, nodes.append, logger=lambda _code, message: messages.append(message))
    except RuntimeError:
        raise InputError(*_syntax_fault(messages, file)) from None
    facts: list[SourcedFact] = []
    rules: list[Rule] = []
    sources: list[tuple[int, str, str]] = []
    labels: dict[int, Label] = {}
    for node in nodes:
        if node.ast_type == ast.ASTType.Comment:
            _note_comment(node, file, sources, labels)
    for node in nodes:
        line = node.location.begin.line
        if node.ast_type == ast.ASTType.Rule:
            place = f"{file}:{line}"
            head = _head(node.head, place)
            if not node.body and not any(map(variables_of, head.arguments)):
                atom = Atom(head.predicate, tuple(_ground(a, place) for a in head.arguments))
                source, where = next(((s, w) for at, s, w in reversed(sources) if at < line), ("", ""))
                facts.append(SourcedFact(atom, line, source, where))
            else:
                number = first_number + len(rules)
                rules.append(_rule(node, head, number, file, line, labels.get(line)))
        elif node.ast_type not in (ast.ASTType.Comment, ast.ASTType.Program) or _is_named_part(node):
            raise InputError("only facts and rules may stand here; remove this directive", f"{file}:{line}")
    return ParsedFile(file, tuple(facts), tuple(rules))


def _is_named_part(node: ast.AST) -> bool:
    return node.ast_type == ast.ASTType.Program and node.name != "base"


def _syntax_fault(messages: list[str], file: str) -> tuple[str, str]:
    for message in messages:
        if found := re.match(r"<string>:(\d+):\S+ error: (.*)", message.splitlines()[0]):
            return f"{found[2].strip().rstrip(',')}; see the line and the one before it", f"{file}:{found[1]}"
    return "this is not rule text", file


def _note_comment(node: ast.AST, file: str, sources: list[tuple[int, str, str]], labels: dict[int, Label]) -> None:
    if found := _SOURCE.match(node.value):
        sources.append((node.location.end.line, found[1], found[2] or ""))
    elif found := _LABEL.match(node.value):
        if re.search(r"[{}]", found[1].replace("{}", "")):
            place = f"{file}:{node.location.begin.line}"
            raise InputError("a label holds other braces than {}; write one {} for each of its variables", place)
        fillers = tuple(name.strip() for name in (found[2] or "").split(",") if name.strip())
        labels[node.location.end.line + 1] = Label(found[1], fillers)


def _head(node: ast.AST, place: str) -> AtomPattern:
    if node.ast_type != ast.ASTType.Literal or node.atom.ast_type != ast.ASTType.SymbolicAtom or node.sign:
        raise InputError("a rule concludes one atom; choices, disjunctions and constraints belong in queries/", place)
    return _atom(node.atom, place, _Namer())


class _Namer:
    """Names anonymous variables ``V_1``, ``V_2`` ...; without a prefix it keeps ``_``, which only means "any"."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.used = 0

    def name(self) -> str:
        if not self.prefix:
            return "_"
        self.used += 1
        return f"{self.prefix}_{self.used}"


def _rule(node: ast.AST, head: AtomPattern, number: int, file: str, line: int, label: Label | None) -> Rule:
    place = f"{file}:{line}"
    namer = _Namer("V")
    body: list[BodyItem] = []
    for literal in node.body:
        body.extend(_body_item(literal, place, namer))
    names = frozenset(v for argument in head.arguments for v in variables_of(argument))
    bound: set[str] = set()
    for item in body:
        if isinstance(item, Literal) and not item.negated:
            bound.update(v for argument in item.atom.arguments for v in variables_of(argument))
        elif isinstance(item, Comparison):
            bound |= variables_of(item.left) | variables_of(item.right)
    if missing := sorted(names - bound):
        raise InputError(f"variable {missing[0]} of the head occurs in no condition; bind it", place)
    ordered = safe_order([_ordered_inside(item, place, frozenset(bound)) for item in body], place)
    rule_text = f"{written(head)} :- {', '.join(map(_clingo_text, body))}."
    return Rule(number, file, line, head, ordered, tuple(sorted(bound)), rule_text, label)


def _ordered_inside(item: BodyItem, place: str, known: frozenset[str]) -> BodyItem:
    """An aggregate with the conditions of its elements in a safe order; anything else as it is."""
    if not isinstance(item, Aggregate):
        return item
    elements = tuple(
        replace(
            element, conditions=cast("tuple[Literal | Comparison, ...]", safe_order(element.conditions, place, known))
        )
        for element in item.elements
    )
    return replace(item, elements=elements)


def _clingo_text(item: BodyItem) -> str:
    if isinstance(item, Aggregate):
        inside = "; ".join(
            f"{','.join(map(written, e.terms))} : {', '.join(map(written, e.conditions))}" for e in item.elements
        )
        guarded = [f"{written(bound)} {MIRRORED[op]} " for op, bound in item.guards]
        return f"{guarded[0]}{item.function} {{ {inside} }}" + "".join(
            f" {op} {written(bound)}" for op, bound in item.guards[1:]
        )
    return written(item)


def _body_item(node: ast.AST, place: str, namer: _Namer) -> Iterable[BodyItem]:
    if node.ast_type != ast.ASTType.Literal:
        raise InputError("conditional literals are not used here; write a helper predicate", place)
    negated = node.sign == ast.Sign.Negation
    if node.sign == ast.Sign.DoubleNegation:
        raise InputError("`not not` is not used here; write a helper predicate", place)
    atom = node.atom
    if atom.ast_type == ast.ASTType.SymbolicAtom:
        yield Literal(_atom(atom, place, _Namer() if negated else namer), negated)
    elif atom.ast_type == ast.ASTType.Comparison and not negated:
        left = _expression(atom.term, place, namer)
        for guard in atom.guards:
            right = _expression(guard.term, place, namer)
            yield Comparison(left, _COMPARISONS[ast.ComparisonOperator(guard.comparison)], right)
            left = right
    elif atom.ast_type == ast.ASTType.BodyAggregate and not negated:
        yield _aggregate(atom, place)
    else:
        raise InputError("this condition is not used here; write a helper predicate", place)


def _aggregate(node: ast.AST, place: str) -> Aggregate:
    guards: list[tuple[str, Expression]] = []
    namer = _Namer()
    if node.left_guard is not None:
        operator = _COMPARISONS[ast.ComparisonOperator(node.left_guard.comparison)]
        guards.append((MIRRORED[operator], _expression(node.left_guard.term, place, namer)))
    if node.right_guard is not None:
        operator = _COMPARISONS[ast.ComparisonOperator(node.right_guard.comparison)]
        guards.append((operator, _expression(node.right_guard.term, place, namer)))
    function = _FUNCTIONS.get(ast.AggregateFunction(node.function))
    if function is None or not guards:
        raise InputError("an aggregate is #sum, #count, #min or #max with a guard", place)
    elements = []
    for element in node.elements:
        inner = _Namer("W")
        conditions: list[Literal | Comparison] = []
        for condition in element.condition:
            for item in _body_item(condition, place, inner):
                if isinstance(item, Aggregate):
                    raise InputError("an aggregate inside an aggregate; write a helper predicate", place)
                conditions.append(item)
        terms = tuple(_expression(t, place, inner) for t in element.terms)
        elements.append(Element(terms, tuple(conditions)))
    return Aggregate(function, tuple(elements), tuple(guards))


def _atom(node: ast.AST, place: str, namer: _Namer) -> AtomPattern:
    symbol = node.symbol
    if symbol.ast_type != ast.ASTType.Function or symbol.external:
        raise InputError("pools, negative atoms and external functions are not used here; state each atom", place)
    return AtomPattern(symbol.name, tuple(_expression(a, place, namer) for a in symbol.arguments))


def _expression(node: ast.AST, place: str, namer: _Namer) -> Expression:
    match node.ast_type:
        case ast.ASTType.SymbolicTerm:
            return symbol_term(node.symbol, place)
        case ast.ASTType.Variable:
            if _OURS.fullmatch(node.name):
                raise InputError(f"{node.name} is a name that anonymous variables get; choose another", place)
            return Variable(namer.name() if node.name == "_" else node.name)
        case ast.ASTType.BinaryOperation if ast.BinaryOperator(node.operator_type) in _ARITHMETIC:
            operator = _ARITHMETIC[ast.BinaryOperator(node.operator_type)]
            return Operation(operator, _expression(node.left, place, namer), _expression(node.right, place, namer))
        case ast.ASTType.UnaryOperation if (
            str(node).startswith("-") and node.argument.ast_type == ast.ASTType.SymbolicTerm
        ):
            value = symbol_term(node.argument.symbol, place)
            if isinstance(value, int):
                return -value
        case ast.ASTType.Function if not node.arguments and not node.external:
            return str(node.name)
    raise InputError(f"{shortened(str(node))} is not used here; terms are numbers, words, texts and variables", place)


def _ground(expression: Expression, place: str) -> Term:
    if isinstance(expression, int | str):
        return expression
    raise InputError(f"a fact holds no arithmetic: {written(expression)}", place)
