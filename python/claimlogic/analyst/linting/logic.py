"""Checks on one rule's conditions, or on two rules with one head: what says the same, and what says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, dropwhile

from claimlogic.analyst.linting.draft import Draft
from claimlogic.analyst.linting.model import Found
from claimlogic.analyst.linting.order import contradiction
from claimlogic.analyst.linting.reach import ANSWERS
from claimlogic.analyst.linting.tokens import Token
from claimlogic.knowledge.rules import (
    Aggregate,
    AtomPattern,
    BodyItem,
    Comparison,
    Expression,
    Literal,
    Operation,
    Rule,
    Variable,
    variables_of,
    written,
)
from claimlogic.knowledge.slicing import rules_toward

_Mapping = dict[str, Expression]


def duplicate_rule(draft: Draft) -> Iterable[Found]:
    """Two rules that say the same, but for the names of variables."""
    for one, other in _pairs(draft):
        if _subsumes(one, other) and _subsumes(other, one):
            sentence = f"this rule says the same as {one.place}"
            yield Found(other.file, other.line, sentence, "remove one of the two")


def subsumed_rule(draft: Draft) -> Iterable[Found]:
    """A rule that adds nothing, since another with the same head asks for less."""
    for pair in _pairs(draft):
        forth, back = _subsumes(pair[0], pair[1]), _subsumes(pair[1], pair[0])
        if forth != back:
            wider, narrower = pair if forth else pair[::-1]
            sentence = f"whatever this rule concludes, {wider.place} concludes with fewer conditions"
            yield Found(narrower.file, narrower.line, sentence, "remove it, or say in the other what it leaves out")


def _pairs(draft: Draft) -> Iterator[tuple[Rule, Rule]]:
    for rules in draft.concluded.values():
        yield from combinations(rules, 2)


def _subsumes(wider: Rule, narrower: Rule) -> bool:
    """Whether some substitution makes the wider rule's head the other's, and each of its conditions one of the other's.

    Two rules that report are told apart by their label, and their heads' words must be the same anyway.
    """
    if len(wider.body) > len(narrower.body):
        return False
    start = _matched_all(wider.head.arguments, narrower.head.arguments, {})
    return start is not None and _covers(list(wider.body), narrower.body, start)


def _covers(wanted: list[BodyItem], there: Sequence[BodyItem], mapping: _Mapping) -> bool:
    if not wanted:
        return True
    return any(
        (extended := _matched_item(wanted[0], item, mapping)) is not None and _covers(wanted[1:], there, extended)
        for item in there
    )


def _matched_item(one: BodyItem, other: BodyItem, mapping: _Mapping) -> _Mapping | None:
    match one, other:
        case Literal(AtomPattern(p, xs), signed), Literal(AtomPattern(q, ys), also) if p == q and signed == also:
            return _matched_all(xs, ys, mapping)
        case Comparison(), Comparison() if one.operator == other.operator:
            return _matched_all((one.left, one.right), (other.left, other.right), mapping)
        case Aggregate(), Aggregate():
            # Aggregates are compared as written, under the names that are mapped to themselves.
            same = written(one) == written(other)
            return mapping if same and all(mapping.get(v, Variable(v)) == Variable(v) for v in _inside(one)) else None
    return None


def _inside(item: Aggregate) -> set[str]:
    return {v for _, bound in item.guards for v in variables_of(bound)} | {
        v
        for e in item.elements
        for c in e.conditions
        if isinstance(c, Literal)
        for a in c.atom.arguments
        for v in variables_of(a)
    }


def _matched_all(xs: Sequence[Expression], ys: Sequence[Expression], mapping: _Mapping) -> _Mapping | None:
    if len(xs) != len(ys):
        return None
    found: _Mapping | None = mapping
    for x, y in zip(xs, ys, strict=True):
        found = _matched(x, y, found) if found is not None else None
    return found


def _matched(x: Expression, y: Expression, mapping: _Mapping) -> _Mapping | None:
    if isinstance(x, Variable):
        if x.name == "_":
            return mapping if y == x else None
        if x.name in mapping:
            return mapping if mapping[x.name] == y else None
        return {**mapping, x.name: y}
    if isinstance(x, Operation) and isinstance(y, Operation) and x.operator == y.operator:
        return _matched_all((x.left, x.right), (y.left, y.right), mapping)
    return mapping if x == y and type(x) is type(y) else None


def contradicting_conditions(draft: Draft) -> Iterable[Found]:
    """Conditions that can never hold together."""
    for rule in draft.rules:
        words = _opposites(rule) or _two_values(rule, draft) or contradiction(rule.body)
        if words:
            sentence = f"this rule cannot fire: {words}"
            yield Found(rule.file, rule.line, sentence, "mend one of the conditions, or remove the rule")


def _opposites(rule: Rule) -> str:
    signs = {(i.atom, i.negated) for i in rule.body if isinstance(i, Literal)}
    for atom, negated in signs:
        if negated and (atom, False) in signs:
            return f"{written(atom)} is asked for and excluded"
    return ""


def _two_values(rule: Rule, draft: Draft) -> str:
    """A predicate with a key, asked for two constants under one key."""
    positive = [i.atom for i in rule.body if isinstance(i, Literal) and not i.negated]
    for one, other in combinations(positive, 2):
        declared = draft.vocabulary.predicates.get(one.predicate)
        if one.predicate != other.predicate or declared is None or not declared.key:
            continue
        if len(one.arguments) != len(other.arguments) or len(one.arguments) != len(declared.arguments):
            continue
        if any(one.arguments[k] != other.arguments[k] for k in declared.key):
            continue
        for x, y in zip(one.arguments, other.arguments, strict=True):
            if x != y and isinstance(x, int | str) and isinstance(y, int | str):
                return f"{written(one)} and {written(other)} cannot both hold, since there is one value"
    return ""


def cross_product(draft: Draft) -> Iterable[Found]:
    """Positive conditions that share no variable, so that each way of one meets each way of the other.

    A short list that the rule runs through on purpose ("for every such modifier") is no fault: facts about codes that
    the head names, or that a comparison uses.
    """
    for rule in draft.rules:
        parts = [atoms for atoms in _connected(rule) if not _run_through(atoms, rule, draft)]
        if len(parts) > 1:
            first, second = (written(atoms[0]) for atoms in sorted(parts, key=len)[:2])
            sentence = f"{first} shares no variable with {second}: every one meets every other"
            yield Found(rule.file, rule.line, sentence, "join them by a condition that shares a variable with both")


def _connected(rule: Rule) -> list[list[AtomPattern]]:
    """The positive conditions, those in one list that are joined by variables."""
    parts: list[tuple[set[str], list[AtomPattern]]] = []
    for item in rule.body:
        if isinstance(item, Literal) and not item.negated:
            variables = _variables(item.atom)
            atoms = [item.atom]
        elif isinstance(item, Comparison) and item.operator == "=":
            variables, atoms = set(variables_of(item.left) | variables_of(item.right)), []
        else:
            continue
        if variables:
            touching = [p for p in parts if p[0] & variables]
            parts = [p for p in parts if not p[0] & variables]
            parts.append((variables.union(*(p[0] for p in touching)), [a for p in touching for a in p[1]] + atoms))
    return [atoms for _, atoms in parts if atoms]


def _run_through(atoms: list[AtomPattern], rule: Rule, draft: Draft) -> bool:
    used = _variables(rule.head)
    for item in rule.body:
        if isinstance(item, Comparison):
            used |= variables_of(item.left) | variables_of(item.right)
    for atom in atoms:
        declared = draft.vocabulary.predicates.get(atom.predicate)
        if declared is None or declared.givers != {"codes"} or "code" in declared.kinds:
            return False
    return bool(used & {v for atom in atoms for v in _variables(atom)})


def _variables(atom: AtomPattern) -> set[str]:
    return {v for a in atom.arguments for v in variables_of(a)}


def binding_aggregate(draft: Draft) -> Iterable[Found]:
    """An aggregate whose value is given to a variable: each possible sum becomes a rule."""
    for rule in draft.rules:
        bound = {
            v
            for i in rule.body
            if isinstance(i, Literal) and not i.negated
            for a in i.atom.arguments
            for v in variables_of(a)
        }
        for item in rule.body:
            if isinstance(item, Aggregate):
                for operator, value in item.guards:
                    if operator == "=" and variables_of(value) - bound:
                        yield _bound_by(rule.file, rule.line, item.function, written(value))
    for file in draft.files:
        for fault in file.faults:
            if fault.statement is not None and (function := _binds_one(fault.statement.code)):
                yield _bound_by(file.name, fault.line, *function)


def _bound_by(file: str, line: int, function: str, variable: str) -> Found:
    sentence = f"{function} gives {variable} its value; searches would ground every possible sum"
    return Found(file, line, sentence, "use it as a guard (Max < #sum { ... }); a label may say #sum")


def _binds_one(tokens: Sequence[Token]) -> tuple[str, str] | None:
    """The aggregate of an unreadable statement that gives a variable its value, and the variable."""
    arguments: set[str] = set()
    parens = braces = 0
    body = list(dropwhile(lambda t: t.text != ":-", tokens))
    for token in body:
        parens += (token.text == "(") - (token.text == ")")
        braces += (token.text == "{") - (token.text == "}")
        if token.kind == "variable" and parens and not braces:
            arguments.add(token.text)
    for name, equals, function in zip(body, body[1:], body[2:], strict=False):
        if (
            equals.text == "="
            and function.kind == "directive"
            and name.kind == "variable"
            and name.text not in arguments
        ):
            return function.text, name.text
    return None


def line_arithmetic(draft: Draft) -> Iterable[Found]:
    """A line number under anything but = and !=: lines are names, and their order says nothing.

    Only where an answer rests on it: an offer to merge two lines may begin with the first.
    """
    for rule in rules_toward(draft.rules, ANSWERS):
        lines = _line_variables(rule, draft)
        for compared in _comparisons(rule):
            sides = variables_of(compared.left) | variables_of(compared.right)
            counted = isinstance(compared.left, Operation) or isinstance(compared.right, Operation)
            if (hit := sorted(sides & lines)) and (compared.operator not in ("=", "!=") or counted):
                sentence = f"{hit[0]} is a line number, and {written(compared)} counts on its order"
                yield Found(rule.file, rule.line, sentence, "compare what the lines say, not where they stand")
        for item in rule.body:
            if isinstance(item, Aggregate) and item.function != "#count":
                weights = {v for e in item.elements if e.terms for v in variables_of(e.terms[0])}
                if hit := sorted(weights & lines):
                    sentence = f"{hit[0]} is a line number, and {item.function} counts with it"
                    yield Found(rule.file, rule.line, sentence, "put the number that is meant first in the braces")


def _comparisons(rule: Rule) -> Iterator[Comparison]:
    for item in rule.body:
        if isinstance(item, Comparison):
            yield item
        elif isinstance(item, Aggregate):
            yield from (c for e in item.elements for c in e.conditions if isinstance(c, Comparison))


def _line_variables(rule: Rule, draft: Draft) -> set[str]:
    atoms = [i.atom for i in rule.body if isinstance(i, Literal)]
    for item in rule.body:
        if isinstance(item, Aggregate):
            atoms += [c.atom for e in item.elements for c in e.conditions if isinstance(c, Literal)]
    found = set()
    for atom in atoms:
        declared = draft.vocabulary.predicates.get(atom.predicate)
        for kind, value in zip(declared.kinds if declared else (), atom.arguments, strict=False):
            if kind == "line" and isinstance(value, Variable):
                found.add(value.name)
    return found
