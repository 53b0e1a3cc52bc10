"""Facts and rules to the one answer set, through clingo: the yardstick for the engines of ours.

A fresh solver for each answer, over a slice: simpler than one that is used again, and no rule is grounded in vain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

import clingo

from claimlogic.knowledge.rules import Aggregate, AtomPattern, Rule, written
from claimlogic.solving.answer import Answer, Firing, sums
from claimlogic.solving.statements import add_facts, add_statements
from claimlogic.terms import OPEN_END, Atom, printed_atom

_FIRED = "_fired"
_HEAD = "_head"
_PART = "fired"
_VALUE = "V_sum"

_HeadForm: TypeAlias = tuple[str, int, str]


def solve(
    facts: Iterable[Atom], rules: Sequence[Rule], watched: Sequence[Rule], shown: Iterable[tuple[str, int]] | None
) -> Answer:
    """The answer set of facts and rules.

    ``watched`` rules report every firing of theirs; ``shown`` names the predicates (name, arity) whose atoms are
    wanted, None for all. Raises RuntimeError where the text is not accepted, which a loaded knowledge base precludes.
    """
    # Messages may hold facts of a claim, so none is printed.
    control = clingo.Control(["--warn=none"], logger=lambda _code, _message: None)
    add_facts(control, facts)
    heads = {rule.number: _head_form(rule.head) for rule in watched}
    texts = [rule.text for rule in rules]
    texts += [_names_heads(*form[:2]) for form in sorted(set(heads.values()), key=str) if form[2]]
    if shown is not None:
        texts += ["#show.", *(f"#show {name}/{arity}." for name, arity in shown), f"#show {_FIRED}/2."]
    add_statements(control, texts)
    control.ground([("base", [])])
    # Only now is it known which heads can hold; a rule whose head cannot has no firing to tell.
    held = _held(control, frozenset(heads.values()))
    fired = [firing_rule(rule) for rule in watched if heads[rule.number] in held]
    if fired:
        add_statements(control, [f"#program {_PART}.", *fired])
        control.ground([(_PART, [])])
    with control.solve(yield_=True) as handle:
        model = handle.model()
        if model is None:
            raise RuntimeError("the rules have no answer set")
        symbols = model.symbols(atoms=shown is None, shown=shown is not None)
    return _answer(symbols)


def _head_form(head: AtomPattern) -> _HeadForm:
    """The head's predicate and arity, and its first argument where that is a word: the id of a rule that reports."""
    first = head.arguments[0] if head.arguments else None
    word = first if isinstance(first, str) and not first.startswith('"') and first != OPEN_END else ""
    return head.predicate, len(head.arguments), word


def _names_heads(predicate: str, arity: int) -> str:
    """The rule text that tells the first arguments with which a predicate holds."""
    return f"{_HEAD}({predicate},W) :- {predicate}(W{',_' * (arity - 1)})."


def _held(control: clingo.Control, forms: Collection[_HeadForm]) -> frozenset[_HeadForm]:
    """Those of some heads that can hold."""
    atoms = control.symbolic_atoms
    named = {str(atom.symbol) for atom in atoms.by_signature(_HEAD, 2)}
    held = set()
    for predicate, arity, word in forms:
        if f"{_HEAD}({predicate},{word})" in named if word else any(atoms.by_signature(predicate, arity)):
            held.add((predicate, arity, word))
    return frozenset(held)


def firing_rule(rule: Rule) -> str:
    """The rule text that tells each way in which ``rule`` fires, and the sum its label asks for."""
    # The head comes first: what it says is known by then, and the fewest joins are made again.
    body = f"{written(rule.head)}, {rule.text.split(' :- ', 1)[1].removesuffix('.')}"
    values = list(rule.variables)
    if sums(rule):
        body += f", {_VALUE} = {next(written(replace(i, guards=())) for i in rule.body if isinstance(i, Aggregate))}"
        values.append(_VALUE)
    return f"{_FIRED}({rule.number},({','.join(values)}{',' if len(values) == 1 else ''})) :- {body}."


def _answer(symbols: Iterable[clingo.Symbol]) -> Answer:
    atoms, firings = [], []
    for symbol in symbols:
        atom = printed_atom(str(symbol))
        if atom.predicate == _FIRED:
            number, *values = atom.arguments
            assert isinstance(number, int)
            firings.append(Firing(number, tuple(values)))
        elif atom.predicate != _HEAD:
            atoms.append(atom)
    return Answer(frozenset(atoms), tuple(firings))
