"""Two versions of the rules side by side: what is the same in both, what is not, and what rests on that.

Rules are compared as data, with their variables renamed and their conditions sorted, so that comments, layout, names of
variables and the order of conditions make no difference. What every rule reports through (``finding`` ...) is taken
apart by rule id first: a change of one rule is then a change of its own findings and no others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

from claimlogic.knowledge.rules import (
    Aggregate,
    AtomPattern,
    BodyItem,
    Comparison,
    Element,
    Expression,
    Literal,
    Operation,
    Rule,
    Variable,
    written,
)
from claimlogic.knowledge.store import FactStore
from claimlogic.knowledge.vocabulary import Vocabulary
from claimlogic.solving.judge import SHOWN
from claimlogic.terms import Atom

Namer: TypeAlias = Callable[[AtomPattern], str]
Termer: TypeAlias = Callable[[Expression], Expression]

_RULE = "rule"
_APART = "__"
# What an answer shows only by way of something else: the lines' verdicts, and findings that are waived.
_LOOKED_AT = frozenset(name for name, _ in SHOWN) - {"claim_verdict", "waived"}


@dataclass(frozen=True, slots=True)
class Side:
    """One version: the rules that conclude each predicate, and its published facts."""

    rules: Mapping[str, tuple[Rule, ...]]
    store: FactStore


@dataclass(frozen=True, slots=True)
class ChangedFacts:
    """Of one stored predicate, the facts that only the base has, and those that only the draft has."""

    base: frozenset[Atom]
    draft: frozenset[Atom]


class Pairing:
    """The two versions, taken apart by rule id, with what differs between them."""

    def __init__(self, base: Side, draft: Side, vocabulary: Vocabulary, facts: Mapping[str, ChangedFacts]) -> None:
        """``facts`` tells for each stored predicate with another set of facts which ones those are."""
        self.base, self.draft = base, draft
        self.vocabulary = vocabulary
        self.changed_facts = facts
        names = {*base.rules, *draft.rules}
        self.changed_rules = frozenset(
            name for name in names if not _alike(base.rules.get(name, ()), draft.rules.get(name, ()))
        )
        self.changed = self.changed_rules | frozenset(facts)
        self._reads: dict[str, set[str]] = defaultdict(set)
        for side in (base, draft):
            for name, rules in side.rules.items():
                self._reads[name].update(*(rule.reads for rule in rules))

    def reads(self, name: str) -> frozenset[str]:
        """What the rules that conclude a predicate read, in either version."""
        return frozenset(self._reads.get(name, ()))

    @cached_property
    def below(self) -> Mapping[str, frozenset[str]]:
        """Each derived predicate with all that it rests on in either version, itself included."""
        found: dict[str, frozenset[str]] = {}
        for name in self._reads:
            seen = {name}
            waiting = [name]
            while waiting:
                new = self._reads.get(waiting.pop(), set()) - seen
                seen |= new
                waiting.extend(new)
            found[name] = frozenset(seen)
        return found

    def cone(self, names: Iterable[str]) -> frozenset[str]:
        """All that some predicates rest on, themselves included."""
        return frozenset().union(*(self.below.get(name, frozenset((name,))) for name in names))

    @cached_property
    def stages(self) -> tuple[tuple[str, ...], ...]:
        """Derived predicates on which a change can bear, each after those that it rests on; a loop is one stage."""
        shown = self.cone(n for n in self._reads if whole_name(n) in _LOOKED_AT)
        touched = [name for name, below in self.below.items() if name in shown and below & self.changed]
        touched.sort(key=lambda name: (len(self.below[name]), name))
        found: list[tuple[str, ...]] = []
        placed: set[str] = set()
        for name in touched:
            if name not in placed:
                loop = tuple(o for o in touched if o in self.below[name] and name in self.below[o])
                placed.update(loop)
                found.append(loop)
        return tuple(found)

    @cached_property
    def goals(self) -> tuple[str, ...]:
        """The predicates that an answer on a claim shows and on which a change can bear, nearest first."""
        of_claims = [n for stage in self.stages for n in stage if whole_name(n) in _LOOKED_AT]
        return tuple(n for n in of_claims if "claim" in self.kinds(n))

    def kinds(self, name: str) -> tuple[str, ...]:
        """The kinds of the arguments of a predicate; blank for one that no vocabulary declares."""
        declared = self.vocabulary.predicates.get(whole_name(name))
        if declared is not None:
            return declared.kinds
        arity = next((len(r.head.arguments) for side in (self.base, self.draft) for r in side.rules.get(name, ())), 0)
        return ("",) * arity

    @cached_property
    def nearest(self) -> Sequence[frozenset[str]]:
        """What changed rules read, in layers: first their own conditions, then what those rest on, and so on."""
        layer = {*self.changed_facts}
        for name in self.changed_rules:
            base, draft = (set(_by_form(side.rules.get(name, ()))) for side in (self.base, self.draft))
            both = {**_by_form(self.base.rules.get(name, ())), **_by_form(self.draft.rules.get(name, ()))}
            for form in base ^ draft:
                layer |= both[form].reads
        layers = []
        seen: set[str] = set()
        while layer - seen:
            layers.append(frozenset(layer - seen))
            seen |= layer
            layer = set().union(*(self._reads.get(name, set()) for name in layer))
        return layers

    def changed_texts(self) -> list[Rule]:
        """The rules of either version that the other one lacks."""
        found: list[Rule] = []
        for name in sorted(self.changed_rules):
            base, draft = (_by_form(side.rules.get(name, ())) for side in (self.base, self.draft))
            found += [rule for form, rule in sorted(base.items()) if form not in draft]
            found += [rule for form, rule in sorted(draft.items()) if form not in base]
        return found


def side_of(rules: Sequence[Rule], store: FactStore, also: Sequence[Rule] = ()) -> Side:
    """A version with what is reported taken apart by rule id. ``also`` are rules whose ids count as well."""
    vocabulary = store.vocabulary
    apart = {p.name for p in vocabulary.predicates.values() if p.derived and p.kinds[:1] == (_RULE,)}
    ids = {str(row[0]) for row in store.match(_RULE, (None,) * 3)}
    for rule in (*rules, *also):
        if rule.head.predicate in apart and isinstance(rule.head.arguments[0], str):
            ids.add(rule.head.arguments[0])
    found: dict[str, list[Rule]] = defaultdict(list)
    whole: set[str] = set()
    for rule in rules:
        for taken in _taken_apart(rule, apart, sorted(ids), store):
            found[taken.head.predicate].append(taken)
            whole |= taken.reads & apart
    for name in whole:
        # Some rule asks for any of them at once.
        found[name] += [
            _union(name, part, found[part][0]) for part in sorted(found) if whole_name(part) == name != part
        ]
    return Side({name: tuple(of) for name, of in found.items()}, store)


def whole_name(name: str) -> str:
    """The predicate of which ``name`` is the part of one rule id, or ``name``."""
    return name.split(_APART)[0]


def rule_id(name: str) -> str:
    """The rule id of a part, blank for a whole predicate."""
    return name.partition(_APART)[2]


def _taken_apart(rule: Rule, apart: set[str], ids: Sequence[str], store: FactStore) -> Iterable[Rule]:
    open_ids = {
        a.arguments[0].name
        for a in (rule.head, *(i.atom for i in rule.body if isinstance(i, Literal)))
        if a.predicate in apart and isinstance(a.arguments[0], Variable) and a.arguments[0].name != "_"
    }
    rules = [rule]
    for variable in sorted(open_ids):
        rules = [substituted(r, {variable: name}) for r in rules for name in ids]
    for one in rules:
        if all(_could_hold(item, store) for item in one.body):
            yield renamed(one, lambda atom: _part_name(atom, apart))


def _could_hold(item: BodyItem, store: FactStore) -> bool:
    """False for a condition on what rule files say of a rule that none says."""
    if not isinstance(item, Literal) or item.negated:
        return True
    declared = store.vocabulary.predicates.get(item.atom.predicate)
    if declared is None or declared.givers != {"rules"} or declared.derived:
        return True
    wanted = tuple(None if isinstance(a, Variable | Operation) else a for a in item.atom.arguments)
    return bool(store.match(declared.name, wanted))


def _part_name(atom: AtomPattern, apart: set[str]) -> str:
    if atom.predicate in apart and isinstance(atom.arguments[0], str):
        return f"{atom.predicate}{_APART}{atom.arguments[0]}"
    return atom.predicate


def _union(name: str, part: str, like: Rule) -> Rule:
    variables = tuple(Variable(f"X{i}") for i in range(len(like.head.arguments)))
    head, body = AtomPattern(name, variables), (Literal(AtomPattern(part, variables)),)
    names = tuple(v.name for v in variables)
    return Rule(-1, like.file, like.line, head, body, names, _text(head, body), None)


def substituted(rule: Rule, values: Mapping[str, Expression]) -> Rule:
    """The rule with terms in the place of some of its variables."""

    def term(expression: Expression) -> Expression:
        if isinstance(expression, Variable):
            return values.get(expression.name, expression)
        if isinstance(expression, Operation):
            return Operation(expression.operator, term(expression.left), term(expression.right))
        return expression

    head = AtomPattern(rule.head.predicate, tuple(map(term, rule.head.arguments)))
    body = tuple(_mapped(item, term, lambda atom: atom.predicate) for item in rule.body)
    variables = tuple(sorted({v.name for n in rule.variables if isinstance(v := values.get(n, Variable(n)), Variable)}))
    return replace(rule, head=head, body=body, variables=variables, text=_text(head, body))


def renamed(rule: Rule, name: Namer) -> Rule:
    """The rule with every atom under the name that ``name`` gives it."""
    head = AtomPattern(name(rule.head), rule.head.arguments)
    body = tuple(_mapped(item, lambda e: e, name) for item in rule.body)
    return replace(rule, head=head, body=body, text=_text(head, body))


def _text(head: AtomPattern, body: Sequence[BodyItem]) -> str:
    return f"{written(head)} :- {', '.join(map(written, body))}." if body else f"{written(head)}."


def _mapped(item: BodyItem, term: Termer, name: Namer) -> BodyItem:
    if isinstance(item, Literal):
        return Literal(AtomPattern(name(item.atom), tuple(map(term, item.atom.arguments))), item.negated)
    if isinstance(item, Comparison):
        return Comparison(term(item.left), item.operator, term(item.right))
    elements = []
    for element in item.elements:
        conditions = tuple(_mapped(c, term, name) for c in element.conditions)
        plain = tuple(c for c in conditions if not isinstance(c, Aggregate))
        elements.append(Element(tuple(map(term, element.terms)), plain))
    return Aggregate(item.function, tuple(elements), tuple((op, term(bound)) for op, bound in item.guards))


def _alike(rules: Sequence[Rule], others: Sequence[Rule]) -> bool:
    """Whether two sets of rules are the same but for what no answer rests on."""
    texts = {rule.text for rule in rules} ^ {rule.text for rule in others}
    return not texts or not set(_by_form(rules)) ^ set(_by_form(others))


def _by_form(rules: Sequence[Rule]) -> dict[str, Rule]:
    return {_form(rule): rule for rule in rules}


def projected(rule: Rule) -> str:
    """The rule as text in which what a condition does not hand on is anonymous: clingo then looks at it once."""
    met = Counter(name for part in (rule.head, *rule.body) for name in _variables_in(part))

    def term(expression: Expression) -> Expression:
        alone = isinstance(expression, Variable) and met[expression.name] == 1
        return Variable("_") if alone else expression

    def lone(item: BodyItem) -> BodyItem:
        if isinstance(item, Literal):
            return Literal(AtomPattern(item.atom.predicate, tuple(map(term, item.atom.arguments))), item.negated)
        return item

    return _text(rule.head, tuple(map(lone, rule.body)))


def _form(rule: Rule) -> str:
    """The rule with sorted conditions and variables named by where they stand. Equal rules rarely come out different,
    and different ones never equal: each variable keeps a name of its own.
    """
    parts = (rule.head, *rule.body)
    order = list(dict.fromkeys(name for part in parts for name in _variables_in(part)))
    ranks = _refined(rule, dict.fromkeys(order, 0))
    while len(set(ranks.values())) < len(ranks):
        # Those that stand alike: one of them comes first, whichever it is.
        tied = min(r for r in ranks.values() if list(ranks.values()).count(r) > 1)
        first = next(name for name in order if ranks[name] == tied)
        ranks = _refined(rule, {name: 2 * r + (r == tied and name != first) for name, r in ranks.items()})
    named = substituted(rule, {name: Variable(f"N{rank}") for name, rank in ranks.items()})
    return f"{written(named.head)} :- {', '.join(sorted({written(item) for item in named.body}))}"


def _refined(rule: Rule, ranks: Mapping[str, int]) -> dict[str, int]:
    """Ranks that tell variables apart by where they stand, and by what of other rank stands beside them there."""
    parts = (rule.head, *rule.body)
    while True:
        told = substituted(rule, {name: Variable(f"N{rank}") for name, rank in ranks.items()})
        seen: dict[str, list[str]] = {name: [] for name in ranks}
        for part, as_told in zip(parts, (told.head, *told.body), strict=True):
            for at, name in enumerate(_variables_in(part)):
                seen[name].append(f"{at} {written(as_told)}")
        keys = {name: (rank, *sorted(seen[name])) for name, rank in ranks.items()}
        ordered = sorted(set(keys.values()))
        finer = {name: ordered.index(key) for name, key in keys.items()}
        if len(ordered) == len(set(ranks.values())):
            return finer
        ranks = finer


def _variables_in(part: Expression | AtomPattern | BodyItem) -> Iterator[str]:
    """The names of variables in a part of a rule, in the order in which they are written."""
    inside: tuple[Expression | AtomPattern | BodyItem, ...] = ()
    match part:
        case Variable(name) if name != "_":
            yield name
        case Operation(_, left, right) | Comparison(left, _, right):
            inside = (left, right)
        case AtomPattern(_, arguments):
            inside = arguments
        case Literal(atom, _):
            inside = (atom,)
        case Aggregate(_, elements, guards):
            inside = (*(x for e in elements for x in (*e.terms, *e.conditions)), *(bound for _, bound in guards))
    for within in inside:
        yield from _variables_in(within)
