"""What the searches over an encounter need of a knowledge base, prepared once for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from claimlogic.claims.encounter import Encounter
from claimlogic.errors import InputError
from claimlogic.knowledge.slicing import Slicer
from claimlogic.knowledge.store import touched_by
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.search.candidates import CodeBook
from claimlogic.search.choiceless import Choiceless
from claimlogic.search.program import QuerySlicer, query_text
from claimlogic.solving.joins import Joiner
from claimlogic.terms import Atom, Term, plain, text

_BILLERS = {"professional": ("practitioner",), "facility": ("facility",), "both": ("practitioner", "facility")}
SETTLED = ("asks", "describes", "guides")
"""Predicates that do not depend on an encounter: what a code describes, guides and asks."""

_BILLING = {"practitioner": "professional", "facility": "facility"}


@dataclass(frozen=True, slots=True)
class Settled:
    """What does not depend on an encounter: by code what it describes, guides and asks; by dispute who prevails."""

    of_codes: Mapping[str, Sequence[Atom]]
    prevailing: Mapping[str, Sequence[str]]


class Workbench:
    """A knowledge base as the searches see it. Holds nothing of any encounter."""

    def __init__(self, kb: KnowledgeBase) -> None:
        store = kb.store
        self.book = CodeBook(kb.knowledge, store)
        self._knowledge = kb.knowledge
        self._slicers: dict[tuple[str, ...], QuerySlicer] = {}
        self._settled: dict[str | None, Settled] = {}
        self._choiceless: dict[str, Choiceless] = {}
        parts = {str(part): plain(m) for m, part in store.match("component_modifier", (None, None))}
        self.components = {str(who): parts[str(part)] for who, part in store.match("component_of", (None, None))}
        self.sides = {str(side): plain(m) for m, side in store.match("side_modifier", (None, None))}
        self.distinct = {plain(m): str(claims) for m, claims in store.match("modifier_claims", (None, None))}
        supporting = store.match("distinct_service_modifier", (None, None))
        self.items = tuple(sorted({str(item) for m, item in supporting if plain(m) in self.distinct}))
        self.granted = {
            (str(concept), str(feature)): str(told)
            for concept, feature, told in store.match("granted", (None, None, None))
        }
        self.tellable: dict[tuple[str, str], set[str]] = {}
        for concept, feature, told in store.match("may_tell", (None, None, None)):
            self.tellable.setdefault((str(concept), str(feature)), set()).add(str(told))
        rules = store.match("rule", (None, None, None))
        self.severities = {str(rule): str(severity) for rule, severity, _ in rules}
        self.titles = {str(rule): plain(title) for rule, _, title in rules}
        self._forms = {
            (str(biller), str(setting)): str(form)
            for biller, setting, form in store.match("claim_form", (None, None, None))
        }

    def settled(self, kb: KnowledgeBase, options: Options | None) -> Settled:
        """What holds of codes and disputes under these options; found once for each authority."""
        trust = options.trust if options else None
        if trust not in self._settled:
            codes = [Atom("line", (text("c"), at, text(code))) for at, code in enumerate(self.book.codes(), start=1)]
            given = [Atom("trust", (trust,))] if trust else []
            cut = Slicer(self._knowledge.rules, self._knowledge.vocabulary, SETTLED).cut(given, kb.store, codes)
            touched = touched_by(codes, kb.store.vocabulary)
            facts = [fact for own in kb.store.slices(SETTLED, touched).values() for fact in own]
            shown = [(name, len(self._knowledge.vocabulary.predicates[name].arguments)) for name in SETTLED]
            of_codes: dict[str, list[Atom]] = {}
            prevailing: dict[str, list[str]] = {}
            shown.append(("prevails", 2))
            found = Joiner(cut.rules).solve((*cut.facts, *facts), cut.rules, (), shown)
            for atom in sorted(found.atoms, key=str):
                if atom.predicate == "prevails":
                    prevailing.setdefault(str(atom.arguments[0]), []).append(str(atom.arguments[1]))
                else:
                    of_codes.setdefault(plain(atom.arguments[0]), []).append(atom)
            self._settled[trust] = Settled(of_codes, prevailing)
        return self._settled[trust]

    def modifiers(self) -> list[Term]:
        """Every modifier that a search may put on a line, as terms, sorted."""
        return sorted(text(m) for m in {*self.components.values(), *self.sides.values(), *self.distinct})

    def slicer(self, *queries: str) -> QuerySlicer:
        """The slicer for queries by name; made once."""
        if queries not in self._slicers:
            self._slicers[queries] = QuerySlicer(self._knowledge, [query_text(name) for name in queries])
        return self._slicers[queries]

    def choiceless(self, query: str, shown: Sequence[tuple[str, int]], settled: Sequence[str]) -> Choiceless:
        """A query, by name, that chooses nothing; made once. The atoms of ``settled`` predicates are given."""
        if query not in self._choiceless:
            self._choiceless[query] = Choiceless(self._knowledge, query, shown, settled)
        return self._choiceless[query]

    def settings(self, biller: str, form: str) -> list[str]:
        """The settings in which a biller claims on a form, sorted."""
        return sorted(setting for (who, setting), of in self._forms.items() if (who, of) == (biller, form))

    def billings(self, setting: str) -> list[str]:
        """How encounters name those who have a claim in a setting, sorted."""
        return sorted({_BILLING[biller] for biller, of in self._forms if of == setting})

    def billers(self, encounter: Encounter) -> list[tuple[str, str]]:
        """Who bills for an encounter, each with the form of the claim. Raises InputError where one bills none."""
        found = []
        for biller in _BILLERS[encounter.billing]:
            form = self._forms.get((biller, encounter.setting))
            if form is None:
                problem = (
                    f"no {biller} bills a claim of its own for setting {encounter.setting}: choose another billing"
                )
                raise InputError(problem, "billing")
            found.append((biller, form))
        return found


def billing_of(biller: str) -> str:
    """How an encounter names a biller."""
    return _BILLING[biller]


def workbench(kb: KnowledgeBase) -> Workbench:
    """The workbench of a knowledge base; made once."""
    if kb not in _WORKBENCHES:
        _WORKBENCHES[kb] = Workbench(kb)
    return _WORKBENCHES[kb]


_WORKBENCHES: WeakKeyDictionary[KnowledgeBase, Workbench] = WeakKeyDictionary()
