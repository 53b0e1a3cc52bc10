"""A query that chooses nothing: its rules beside those of the knowledge base, joined as a claim is judged."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from claimlogic.knowledge.checks import check_stratified
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.slicing import Slicer
from claimlogic.knowledge.store import FactStore
from claimlogic.search.program import Model, query_text
from claimlogic.solving.joins import Joiner
from claimlogic.terms import Atom


class Choiceless:
    """A query over one knowledge base. Holds nothing of any encounter."""

    def __init__(
        self, knowledge: Knowledge, query: str, shown: Sequence[tuple[str, int]], settled: Collection[str] = ()
    ) -> None:
        """``shown`` names the predicates (name, arity) that are asked for; the atoms of ``settled`` predicates are
        given with the facts. Raises InputError, naming file and line, for a query that could choose.
        """
        first = max((rule.number for rule in knowledge.rules), default=-1) + 1
        rules = (*knowledge.rules, *parse_rules(query_text(query), f"queries/{query}.lp", first).rules)
        check_stratified(rules)
        self._shown = tuple(shown)
        self._slicer = Slicer(rules, knowledge.vocabulary, [name for name, _ in shown], settled)
        self._joiner = Joiner(rules)

    def follows(self, facts: Sequence[Atom], store: FactStore, reachable: Sequence[Atom] = ()) -> Model:
        """What is asked for, as it follows of the facts. The codes of ``reachable`` facts count as well."""
        cut = self._slicer.cut(facts, store, reachable)
        return Model(self._joiner.solve(cut.facts, cut.rules, (), self._shown).atoms)
