"""What a store slices for a claim is what looking through all of its facts would find."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from claimlogic.knowledge import store as store_module
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.store import FactStore, PublishedFact
from claimlogic.terms import Atom, text

TOUCHED = {
    "code": [text(code) for code in ("77002", "77003", "62323", "20610", "36556", "0000X")],
    "icd": [text("M54.50")],
    "modifier": [text(modifier) for modifier in ("26", "59", "RT")],
}


def looked_through(store: FactStore, predicate: str, touched: Mapping[str, Collection[str]]) -> set[Atom]:
    declared = store.vocabulary.predicates[predicate]
    every = [Atom(predicate, row) for row in store.match(predicate, [None] * len(declared.arguments))]
    if not declared.slice_arguments:
        return set(every)
    decide = all if declared.slice_all else any
    return {
        fact
        for fact in every
        if decide([fact.arguments[at] in touched.get(declared.kinds[at], ()) for at in declared.slice_arguments])
    }


def check_slices(store: FactStore, touched: Mapping[str, Collection[str]]) -> int:
    found = store.slices(sorted(store.predicates), touched)
    for predicate, facts in found.items():
        assert len(facts) == len(set(facts)), f"{predicate} holds a fact twice"
        assert set(facts) == looked_through(store, predicate, touched), predicate
    return sum(len(facts) for facts in found.values())


def test_a_slice_is_what_looking_through_all_facts_finds(rules_without_tables: Knowledge) -> None:
    assert check_slices(rules_without_tables.store, TOUCHED) > 100


def test_codes_that_come_later_and_codes_that_came_before_are_sliced_alike(rules_without_tables: Knowledge) -> None:
    store = rules_without_tables.store
    for code in TOUCHED["code"]:
        check_slices(store, {"code": [code]})
    check_slices(store, TOUCHED)


def test_more_codes_than_are_kept_are_sliced_all_the_same(
    rules_without_tables: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_KEPT_VALUES", 3)
    store = FactStore(rules_without_tables.store.shelves, rules_without_tables.vocabulary)
    for _ in range(2):
        check_slices(store, TOUCHED)


def test_a_fact_that_is_laid_over_is_in_the_slice_in_the_place_of_the_one_it_replaces(
    rules_without_tables: Knowledge,
) -> None:
    store = rules_without_tables.store
    declared = store.vocabulary.predicates["mue"]
    held = Atom("mue", ("practitioner", text("77002"), 1, 3, 20240101, "#sup"))
    assert len(declared.arguments) == len(held.arguments)
    before = store.with_facts([PublishedFact(held, "a.lp", 1, "", "", "")])
    after = store.with_facts(
        [PublishedFact(Atom("mue", (*held.arguments[:2], 4, *held.arguments[3:])), "b.lp", 1, "", "", "")]
    )
    assert held in before.slice("mue", TOUCHED)
    assert [fact.arguments[2] for fact in after.slice("mue", TOUCHED) if fact.arguments[1] == text("77002")] == [4]
    assert check_slices(after, TOUCHED) > 100
    assert not after.slice("mue", {"code": [text("99999")]})
