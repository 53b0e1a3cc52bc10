"""Facts and rules to the one answer set, through clingo.

A fresh solver for each claim over a slice: simpler than one that is reused, and faster than grounding what cannot bear.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import clingo

from claimlogic.knowledge.evaluate import value_of
from claimlogic.knowledge.rules import Aggregate, Rule, written
from claimlogic.knowledge.symbols import symbol_term
from claimlogic.terms import Atom, Term

_FIRED = "_fired"
_VALUE = "V_sum"


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule and the values of its variables (in the order of ``Rule.variables``) for which its body holds."""

    rule: int
    values: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What follows: the atoms asked for, and the firings of the rules that were watched."""

    atoms: frozenset[Atom]
    firings: tuple[Firing, ...]


def solve(
    facts: Iterable[Atom], rules: Sequence[Rule], watched: Sequence[Rule], shown: Iterable[tuple[str, int]] | None
) -> Answer:
    """The answer set of facts and rules.

    ``watched`` rules report every firing of theirs; ``shown`` names the predicates (name, arity) whose atoms are
    wanted, None for all. Raises RuntimeError where the text is not accepted, which a loaded knowledge base precludes.
    """
    seen = {rule.number for rule in watched}
    program = [f"{fact}." for fact in facts]
    program += [observed(rule) if rule.number in seen else rule.text for rule in rules]
    if shown is not None:
        program.append("#show.")
        program += [f"#show {name}/{arity}." for name, arity in shown]
        program.append(f"#show {_FIRED}/2.")
    # Messages may hold facts of a claim, so none is printed.
    control = clingo.Control(["--warn=none"], logger=lambda _code, _message: None)
    control.add("base", [], "\n".join(program))
    control.ground([("base", [])])
    with control.solve(yield_=True) as handle:
        model = handle.model()
        if model is None:
            raise RuntimeError("the rules have no answer set")
        symbols = model.symbols(atoms=shown is None, shown=shown is not None)
    return _answer(symbols)


def concluded(rule: Rule, firing: Firing) -> Atom:
    """The atom that a firing concludes."""
    values = dict(zip(rule.variables, firing.values, strict=False))
    arguments = []
    for argument in rule.head.arguments:
        value = value_of(argument, values)
        assert value is not None, "a rule's head is bound by its body"
        arguments.append(value)
    return Atom(rule.head.predicate, tuple(arguments))


def observed(rule: Rule) -> str:
    """``rule`` in two steps, the first of which tells each way in which it fires, and the sum its label asks for."""
    body = rule.text.split(" :- ", 1)[1].removesuffix(".")
    values = list(rule.variables)
    if rule.label is not None and "#sum" in rule.label.fillers:
        body += f", {_VALUE} = {next(written(replace(i, guards=())) for i in rule.body if isinstance(i, Aggregate))}"
        values.append(_VALUE)
    fired = f"{_FIRED}({rule.number},({','.join(values)}{',' if len(values) == 1 else ''}))"
    return f"{fired} :- {body}.\n{written(rule.head)} :- {fired}."


def _answer(symbols: Iterable[clingo.Symbol]) -> Answer:
    terms: dict[clingo.Symbol, Term] = {}

    def term(symbol: clingo.Symbol) -> Term:
        if symbol not in terms:
            terms[symbol] = symbol_term(symbol)
        return terms[symbol]

    atoms, firings = [], []
    for symbol in symbols:
        if symbol.name == _FIRED:
            number, values = symbol.arguments
            firings.append(Firing(number.number, tuple(term(v) for v in values.arguments)))
        else:
            atoms.append(Atom(symbol.name, tuple(term(a) for a in symbol.arguments)))
    return Answer(frozenset(atoms), tuple(firings))
