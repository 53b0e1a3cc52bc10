"""Which disputes between sources bear on what codes describe and guide in an encounter."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

from claimlogic.claims.encounter import Encounter
from claimlogic.knowledge.rules import Literal
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.results import Dispute, Side
from claimlogic.search.fitting import Fitting, fit_again
from claimlogic.search.workbench import SETTLED, workbench
from claimlogic.terms import plain


def disputes_on(kb: KnowledgeBase, fitting: Fitting, options: Options | None) -> tuple[Dispute, ...]:
    """The disputes that decide what fits: by the authority of another side, other lines would fit."""

    @cache
    def by(authority: str) -> Fitting:
        return fit_again(kb, fitting, authority)

    authorities = {str(row[0]): str(row[1]) for row in kb.store.match("source", (None,) * 4)}
    found = []
    for dispute, concepts in sorted(_touching(kb, fitting.encounter).items()):
        sides = {str(source): plain(says) for _, source, says in kb.store.match("position", (dispute, None, None))}
        followed = workbench(kb).settled(kb, options).prevailing.get(dispute, ())
        others = [source for source in sorted(sides) if source not in followed]
        own = _fitting(fitting, concepts)
        if followed and any(_fitting(by(authorities[source]), concepts) != own for source in others):
            follows = Side(followed[0], sides[followed[0]])
            found.append(Dispute(dispute, 0, follows, tuple(Side(source, sides[source]) for source in others)))
    return tuple(found)


def _touching(kb: KnowledgeBase, encounter: Encounter) -> dict[str, set[str]]:
    """The disputes on which it rests what describes, guides or is asked of what was done; each with its concepts."""
    book = workbench(kb).book
    found: dict[str, set[str]] = {}
    for rule in kb.knowledge.rules:
        if rule.head.predicate in SETTLED:
            code = plain(str(rule.head.arguments[0]))
            concepts = {
                procedure.concept
                for procedure in encounter.procedures
                if code in book.describing(procedure.concept) or code in book.guiding(procedure.concept)
            }
            for item in rule.body:
                if concepts and isinstance(item, Literal) and item.atom.predicate == "prevails":
                    found.setdefault(str(item.atom.arguments[0]), set()).update(concepts)
    return found


def _fitting(one: Fitting, concepts: Collection[str]) -> set[tuple[object, ...]]:
    """What fits procedures of some concepts: code, procedure, and part or modality."""
    numbers = {n for n, procedure in enumerate(one.encounter.procedures, start=1) if procedure.concept in concepts}
    rows = [*one.fits, *one.guidable]
    return {(one.code(line), number, which) for line, number, which in rows if number in numbers}
