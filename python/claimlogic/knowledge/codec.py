"""Rules to JSON and back, for the index of a compiled knowledge base."""

from __future__ import annotations

import json
from typing import Any

from claimlogic.knowledge.rules import (
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
)


def encode_rule(rule: Rule) -> str:
    """One rule as JSON text."""
    label = [rule.label.template, list(rule.label.fillers)] if rule.label else None
    body = [_encode_item(item) for item in rule.body]
    head = [rule.head.predicate, [_encode_term(a) for a in rule.head.arguments]]
    return json.dumps([rule.number, rule.file, rule.line, head, body, rule.variables, rule.text, label])


def decode_rule(encoded: str) -> Rule:
    """The rule that ``encode_rule`` wrote."""
    number, file, line, head, body, variables, text, label = json.loads(encoded)
    return Rule(
        number=number,
        file=file,
        line=line,
        head=AtomPattern(head[0], tuple(map(_decode_term, head[1]))),
        body=tuple(map(_decode_item, body)),
        variables=tuple(variables),
        text=text,
        label=Label(label[0], tuple(label[1])) if label else None,
    )


def _encode_term(term: Expression) -> Any:
    match term:
        case Variable(name):
            return {"v": name}
        case Operation(operator, left, right):
            return [operator, _encode_term(left), _encode_term(right)]
        case _:
            return term


def _decode_term(encoded: Any) -> Expression:
    if isinstance(encoded, dict):
        return Variable(encoded["v"])
    if isinstance(encoded, list):
        return Operation(encoded[0], _decode_term(encoded[1]), _decode_term(encoded[2]))
    return encoded  # type: ignore[no-any-return]


def _encode_item(item: BodyItem) -> Any:
    match item:
        case Literal(atom, negated):
            return ["not" if negated else "atom", atom.predicate, [_encode_term(a) for a in atom.arguments]]
        case Comparison(left, operator, right):
            return ["compare", _encode_term(left), operator, _encode_term(right)]
        case Aggregate(function, elements, guards):
            return [
                function,
                [[[_encode_term(t) for t in e.terms], [_encode_item(c) for c in e.conditions]] for e in elements],
                [[operator, _encode_term(bound)] for operator, bound in guards],
            ]


def _decode_item(encoded: Any) -> BodyItem:
    match encoded:
        case ["atom" | "not" as sign, predicate, arguments]:
            return Literal(AtomPattern(predicate, tuple(map(_decode_term, arguments))), sign == "not")
        case ["compare", left, operator, right]:
            return Comparison(_decode_term(left), operator, _decode_term(right))
        case [function, elements, guards]:
            return Aggregate(
                function,
                tuple(
                    Element(tuple(map(_decode_term, terms)), tuple(_decode_item(c) for c in conditions))  # type: ignore[misc]
                    for terms, conditions in elements
                ),
                tuple((operator, _decode_term(bound)) for operator, bound in guards),
            )
    raise ValueError("not a body item")
