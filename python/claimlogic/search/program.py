"""One search: rules of the knowledge base, the text of a query and facts, grounded once and asked several times.

The rules run unchanged; only the query chooses and optimises. Whatever a time limit cuts off, the best that was found
is kept, and the answer says that it was not proven.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain
from typing import Any

import clingo

from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.query_files import predicates_named, without_comments
from claimlogic.knowledge.rules import Rule
from claimlogic.knowledge.slicing import Slice, Slicer
from claimlogic.knowledge.store import FactStore, touched_by
from claimlogic.shipped import shipped
from claimlogic.solving.statements import add_facts, add_statements
from claimlogic.terms import Atom, Term, printed_atom

Assumption = tuple[Atom, bool]
"""An atom that is to hold (True) or not to hold (False) while a question is answered."""


class Deadline:
    """A moment after which a search stops; without seconds, never. Searches that belong together share one."""

    def __init__(self, seconds: float | None = None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    def left(self) -> float | None:
        """The seconds that remain, at least 0; None without a limit."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    @property
    def passed(self) -> bool:
        """Whether the moment has come."""
        return self.left() == 0.0


@dataclass(frozen=True, slots=True)
class Model:
    """An answer set: its shown atoms, and its cost (highest priority first; empty without optimisation)."""

    atoms: frozenset[Atom]
    cost: tuple[int, ...] = ()

    def of(self, predicate: str) -> list[tuple[Any, ...]]:
        """The arguments of all atoms of a predicate, sorted; of what type each is, its query says."""
        return sorted((a.arguments for a in self.atoms if a.predicate == predicate), key=_order)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, in a fixed order.

    ``proven``: the models are optimal, or all there are. ``complete``: no further model of the kind exists. Both are
    false where the time ran out; ``complete`` alone where the limit cut the list.
    """

    models: tuple[Model, ...]
    proven: bool
    complete: bool


class Search:
    """A grounded search program. Models are told apart by their shown atoms only."""

    def __init__(
        self,
        facts: Iterable[Atom],
        rules: Iterable[Rule],
        queries: Iterable[str],
        shown: Iterable[tuple[str, int]],
        observer: clingo.Observer | None = None,
    ) -> None:
        """Ground ``facts``, ``rules`` and the query texts; ``shown`` names the predicates (name, arity) of models.

        ``observer`` sees the grounded rules. Raises RuntimeError where clingo does not accept the text, which tests
        preclude.
        """
        program = [*(rule.text for rule in rules), *queries]
        program += ["#show.", *(f"#show {name}/{arity}." for name, arity in shown)]
        # Messages may hold facts of a claim, so none is printed.
        self._control = clingo.Control(["--warn=none"], logger=lambda _code, _message: None)
        if observer is not None:
            self._control.register_observer(observer)
        self._control.configuration.solve.project = "show"  # type: ignore[union-attr]
        add_facts(self._control, facts)
        add_statements(self._control, program)
        self._control.ground([("base", [])])

    def best(
        self,
        limit: int | None = None,
        deadline: Deadline | None = None,
        assumptions: Sequence[Assumption] = (),
    ) -> Found:
        """Every optimal model, or as many as ``limit``; no model where the program cannot hold."""
        answers, ended = self._solve("optN", "auto", limit, deadline, assumptions)
        lowest = min((answer.cost for answer in answers), default=())
        proven = [answer for answer in answers if answer.proven and answer.cost == lowest]
        if proven or (ended and lowest == ()):
            models = self._models(proven or answers)
            return Found(models, True, ended and (limit is None or len(models) < limit))
        return Found(self._models(answer for answer in answers if answer.cost == lowest), False, False)

    def every(
        self,
        limit: int | None = None,
        deadline: Deadline | None = None,
        assumptions: Sequence[Assumption] = (),
    ) -> Found:
        """Every model, whatever its cost, or as many as ``limit``."""
        answers, ended = self._solve("ignore", "auto", limit, deadline, assumptions)
        return Found(self._models(answers), ended, ended and (limit is None or len(answers) < limit))

    def possible(self, deadline: Deadline | None = None, assumptions: Sequence[Assumption] = ()) -> frozenset[Atom]:
        """The shown atoms that hold in at least one model; empty where there is no model.

        A time limit makes it smaller than it ought to be, never larger.
        """
        answers, _ = self._solve("ignore", "brave", None, deadline, assumptions)
        return self._models(answers[-1:])[0].atoms if answers else frozenset()

    def holds(self, assumptions: Sequence[Assumption] = (), deadline: Deadline | None = None) -> bool | None:
        """Whether there is a model under the assumptions; None where the time ran out first."""
        answers, ended = self._solve("ignore", "auto", 1, deadline, assumptions)
        return bool(answers) if answers or ended else None

    def knows(self, atom: Atom) -> bool:
        """Whether an atom may hold at all. To assume one that may not leaves no model."""
        return self._control.symbolic_atoms[clingo.parse_term(str(atom))] is not None

    def smallest_core(
        self, assumed: Sequence[Atom], deadline: Deadline | None = None, assumptions: Sequence[Assumption] = ()
    ) -> tuple[Atom, ...] | None:
        """Of atoms that cannot all hold, some that cannot all hold either, and of which each is needed for that.

        Atoms at the front are given up first; ``assumptions`` never. Empty where the atoms are not to blame (there is
        no model without them either); None where they can all hold, or the time ran out.
        """

        def clash(atoms: Sequence[Atom]) -> bool:
            return self.holds([*assumptions, *((atom, True) for atom in atoms)], deadline) is False

        if not clash(assumed):
            return None
        kept = list(assumed)
        for atom in assumed:
            without = [other for other in kept if other != atom]
            if clash(without):
                kept = without
        return tuple(kept)

    def _solve(
        self,
        optimise: str,
        consequences: str,
        limit: int | None,
        deadline: Deadline | None,
        assumptions: Sequence[Assumption],
    ) -> tuple[list[_Answer], bool]:
        """Answers in the order found, and whether the search came to its end. Out of time, none is begun."""
        if deadline is not None and deadline.passed:
            return [], False
        solving = self._control.configuration.solve
        solving.opt_mode = optimise  # type: ignore[union-attr]
        solving.enum_mode = consequences  # type: ignore[union-attr]
        solving.models = limit or 0  # type: ignore[union-attr]
        symbols = [(clingo.parse_term(str(atom)), holds) for atom, holds in assumptions]
        found: list[_Answer] = []
        # A search that may be stopped runs beside this thread, which to begin and to wait for takes longer.
        is_limited = deadline is not None and deadline.left() is not None
        with self._control.solve(symbols, yield_=True, async_=is_limited) as handle:
            while True:
                handle.resume()
                left = deadline.left() if deadline else None
                if left is not None and not handle.wait(left):
                    handle.cancel()
                    return found, False
                model = handle.model()
                if model is None:
                    return found, True
                found.append(_Answer(model.symbols(shown=True), tuple(model.cost), model.optimality_proven))

    def _models(self, answers: Iterable[_Answer]) -> tuple[Model, ...]:
        """The answers as models, each once, in a fixed order."""
        found = {Model(frozenset(map(self._atom, answer.shown)), answer.cost) for answer in answers}
        return tuple(sorted(found, key=lambda m: (m.cost, sorted(map(str, m.atoms)))))

    @cached_property
    def _atoms(self) -> dict[clingo.Symbol, Atom]:
        return {}

    def _atom(self, symbol: clingo.Symbol) -> Atom:
        if symbol not in self._atoms:
            self._atoms[symbol] = printed_atom(str(symbol))
        return self._atoms[symbol]


@dataclass(frozen=True, slots=True)
class _Answer:
    """A model as the solver gives it. Most are passed over, so their atoms are read late."""

    shown: Sequence[clingo.Symbol]
    cost: tuple[int, ...]
    proven: bool


class QuerySlicer:
    """Cuts, for query texts, the part of a knowledge base on which they can rest; remembers nothing of any claim."""

    def __init__(self, knowledge: Knowledge, queries: Iterable[str]) -> None:
        """The rules and stored facts that matter are those whose predicates the texts mention."""
        mentioned = frozenset[str]().union(*map(predicates_named, queries))
        concluded = {rule.head.predicate for rule in knowledge.rules}
        self._slicer = Slicer(knowledge.rules, knowledge.vocabulary, mentioned & concluded)
        self._stored = sorted(mentioned & knowledge.store.predicates)

    def cut(self, facts: Sequence[Atom], store: FactStore, reachable: Sequence[Atom]) -> Slice:
        """The slice for ``facts`` and for all that the search may choose (``reachable``): its codes count as well."""
        cut = self._slicer.cut(facts, store, reachable)
        touched = touched_by([*facts, *reachable], store.vocabulary)
        found = chain.from_iterable(store.slices(self._stored, touched).values())
        return Slice(tuple(dict.fromkeys([*facts, *cut.facts, *found])), cut.rules)


@cache
def query_text(name: str) -> str:
    """The text of ``queries/NAME.lp``, without comments."""
    return without_comments(shipped("queries", f"{name}.lp").read_text(encoding="utf-8"))


def _order(arguments: tuple[Term, ...]) -> list[tuple[bool, int, str]]:
    return [(isinstance(a, str), a if isinstance(a, int) else 0, str(a)) for a in arguments]
