"""The largest payable subsets of codes, compared with all subsets."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge_base import KnowledgeBase
from claimlogic.search.largest import LargestResult, largest


def claim_of(*codes: str, setting: str = "office", form: str = "professional") -> Claim:
    """A claim of codes, written with their modifiers."""
    lines = tuple(
        Line(at, code, 1, 20240815, modifiers=tuple(modifiers))
        for at, (code, *modifiers) in enumerate((written.split("-") for written in codes), start=1)
    )
    return Claim("codes", form, lines, setting=setting, payer="medicare")


def sets(result: LargestResult) -> list[list[str]]:
    """The largest sets as one writes them."""
    return [["-".join((line.code, *line.modifiers)) for line in one.lines] for one in result.sets]


def test_every_largest_set_and_on_what_more_rests(kb: KnowledgeBase) -> None:
    result = largest(kb, claim_of("62323", "77003", "20610"))
    assert sets(result) == [["62323"], ["20610"]]
    (larger,) = result.larger
    assert [line.code for line in larger.lines] == ["62323", "20610"]
    (claimed,) = larger.rests_on
    assert (claimed.code, ("XS", "separate_site") in claimed.ways) == ("20610", True)


def test_guidance_that_is_included_is_never_proposed_with_a_modifier(kb: KnowledgeBase) -> None:
    result = largest(kb, claim_of("62323", "77003"))
    assert sets(result) == [["62323"]]
    assert not result.larger
    (dropped,) = result.sets[0].dropped
    assert any("no modifier helps" in reason for reason in dropped.because)


def test_a_pair_that_no_modifier_parts_is_never_proposed_with_one(kb: KnowledgeBase) -> None:
    result = largest(kb, claim_of("62323", "36573"))
    assert sets(result) == [["62323"], ["36573"]]
    assert not result.larger


def test_a_visit_is_not_proposed_with_a_distinct_service_modifier(kb: KnowledgeBase) -> None:
    assert not largest(kb, claim_of("62323", "99213")).larger


def test_all_may_stand(kb: KnowledgeBase) -> None:
    result = largest(kb, claim_of("20610", "77002"))
    assert sets(result) == [["20610", "77002"]]
    assert not result.sets[0].dropped


def test_the_component_is_added_where_only_that_is_payable(kb: KnowledgeBase) -> None:
    assert sets(largest(kb, claim_of("20610", "77002", setting="hospital_outpatient"))) == [["20610", "77002-26"]]
    assert sets(largest(kb, claim_of("20610", "77002-26", setting="hospital_outpatient"))) == [["20610", "77002-26"]]


def test_none_can_stand(kb: KnowledgeBase) -> None:
    result = largest(kb, claim_of("77002"))
    assert result.sets == ()
    assert result.proven


_CODES = st.lists(
    st.sampled_from(
        [
            "62323",
            "62322",
            "77003",
            "77002",
            "77012",
            "76000",
            "20610",
            "20611",
            "64490",
            "64491",
            "36556",
            "36573",
            "77001",
            "71045",
            "76942",
            "20206",
            "62273",
        ]
    ),
    min_size=2,
    max_size=5,
    unique=True,
)


@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(codes=_CODES)
def test_no_subset_is_larger(kb: KnowledgeBase, codes: list[str]) -> None:
    claim = claim_of(*codes)
    standing = {
        frozenset(line.code for line in chosen)
        for size in range(1, len(codes) + 1)
        for chosen in itertools.combinations(claim.lines, size)
        if kb.check(replace(claim, lines=chosen)).verdict != "denied"
    }
    most = max(map(len, standing), default=0)
    found = {frozenset(line.code for line in one.lines) for one in largest(kb, claim).sets}
    payable = {one for one in standing if len(one) == most}
    assert found <= payable
    assert found or not payable


@pytest.mark.parametrize("seconds", [0.0])
def test_out_of_time_is_said(kb: KnowledgeBase, seconds: float) -> None:
    assert not largest(kb, claim_of("62323", "77003", "20610"), seconds=seconds).proven
