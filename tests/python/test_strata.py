"""Predicates come after what they read, those that rest on each other together, and always in the same order."""

from __future__ import annotations

from claimlogic.knowledge.strata import components, strata


def test_a_predicate_comes_after_all_that_it_reads() -> None:
    assert strata({"verdict": {"finding"}, "finding": {"pair", "line"}, "pair": {"line"}}) == [
        ["pair"],
        ["finding"],
        ["verdict"],
    ]


def test_predicates_that_rest_on_each_other_are_one_group_and_one_that_reads_itself_stands_alone() -> None:
    reads = {"stands": {"falls"}, "falls": {"stands", "pair"}, "pair": set(), "reach": {"reach"}}
    assert strata(reads) == [["pair"], ["falls", "stands"], ["reach"]]
    component = components(reads)
    assert component["stands"] == component["falls"] != component["pair"]


def test_of_what_could_come_next_the_first_by_name_does() -> None:
    assert strata({"c": set(), "a": {"d"}, "b": set(), "d": set()}) == [["b"], ["c"], ["d"], ["a"]]
