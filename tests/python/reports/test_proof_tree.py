"""What a proof says: wording, what is tried, bounds."""

from __future__ import annotations

import pytest

from claimlogic.knowledge.load import Knowledge
from claimlogic.proofs.model import Pattern, Proof
from claimlogic.reports.nodes import Bounds, Node, walk
from claimlogic.reports.proof_tree import proof_tree
from claimlogic.reports.wording import Wording
from claimlogic.terms import Atom

WHOLE = Bounds(0, 0, 0)
EPIDURAL = """
claim("c"). line("c", 1, "62323"). line("c", 2, "77003"). units("c", 1, 1). units("c", 2, 1).
service_date("c", 1, 20250314). service_date("c", 2, 20250314).
"""


def nodes(proof: Proof, knowledge: Knowledge, bounds: Bounds = WHOLE) -> list[Node]:
    return list(walk(proof_tree(proof, knowledge, bounds)))


def the(found: list[Node], part: str) -> Node:
    """The first node whose sentence has this part."""
    return next(node for node in found if part in node.sentence)


def test_a_verdict_is_a_sentence_that_names_line_and_verdict(epidural: Proof, small: Knowledge) -> None:
    assert proof_tree(epidural, small, WHOLE)[0].sentence == "line 2 is denied"


def test_a_labelled_rule_speaks_by_its_label_its_place_and_its_citations(epidural: Proof, small: Knowledge) -> None:
    node = the(nodes(epidural, small), "already includes")
    assert node.sentence == "line 2: line 1 already includes imaging guidance"
    assert node.places == ("rules/includes_guidance.lp:5",)
    assert "cites Edits <of> CMS (2024 Q3), VIII <I>" in node.detail


def test_a_claim_fact_is_told_as_what_the_claim_says(epidural: Proof, small: Knowledge) -> None:
    node = the(nodes(epidural, small), "77003")
    assert node.kind == "claim_fact"
    assert node.sentence == "the claim says: line 2 of the claim reports procedure code 77003"


def test_the_name_by_which_rules_know_the_claim_is_never_shown(epidural: Proof, small: Knowledge) -> None:
    for node in nodes(epidural, small):
        assert '"c"' not in node.sentence
        assert "claim c " not in node.sentence


def test_each_fact_of_the_claim_is_told_once(epidural: Proof, small: Knowledge) -> None:
    told = [node.sentence for node in nodes(epidural, small) if node.kind == "claim_fact"]
    assert len(told) == len(set(told))


def test_a_published_fact_shows_source_edition_place_days_and_annotation(epidural: Proof, small: Knowledge) -> None:
    node = the(nodes(epidural, small), "(column 2)")
    assert node.kind == "published_fact"
    assert node.sentence == "77003 (column 2) is not paid with 62323 (column 1): practitioner"
    assert node.detail == (
        "in force on 2025-03-14: from 2024-07-01 on",
        "Edits <of> CMS, 2024 Q3 & later [tables/ptp.tsv:3]",
        "rationale: misuse of <column> 2 & more",
    )


def test_days_inside_a_range_are_not_told_as_comparisons(epidural: Proof, small: Knowledge) -> None:
    assert not [node for node in nodes(epidural, small) if node.kind == "comparison" and "2025" in node.sentence]


def test_several_reasons_are_told_as_each_enough(epidural: Proof, small: Knowledge) -> None:
    node = the(nodes(epidural, small, Bounds()), "line 2 falls")
    assert node.link == "because (each reason alone is enough)"
    assert {child.sentence for child in node.children} == {
        "line 2: column 2 of line 1",
        "line 2: line 1 already includes imaging guidance",
    }


def test_what_differs_between_firings_of_a_rule_is_told_as_any_of_these(epidural: Proof, small: Knowledge) -> None:
    node = the(nodes(epidural, small), "any of these is enough")
    assert [child.sentence for child in node.children] == [
        "line 1 includes guidance on CT",
        "line 1 includes guidance on fluoroscopy",
    ]


def test_a_blocked_not_is_told_by_what_blocks_it(epidural: Proof, small: Knowledge) -> None:
    node = the(nodes(epidural, small), "there is no evidence that nothing denies line 2")
    assert node.kind == "absence"
    assert [(child.kind, child.sentence, child.dim) for child in node.children] == [("derived", "line 2 falls", False)]
    assert node.children[0].tried == ("verdict.lp:3",)


def test_an_absent_parent_tells_how_many_codes_were_tried(epidural: Proof, small: Knowledge) -> None:
    node = the(nodes(epidural, small, Bounds(9, 5, 3)), "tried")
    assert node.sentence == "tried 14 codes: 61050, 61051, 61052 and 11 more; none is on the claim"
    assert node.dim
    assert node.tried == ("views.lp:10",)
    each = node.children[0]
    assert each.sentence == "each is a parent of the add-on 77003"
    assert each.detail == ("Edits <of> CMS (2024 Q3), type 1 [facts.lp:12, 13, 14 and 11 more]",)


def test_a_missing_modifier_tells_what_was_looked_for(epidural: Proof, small: Knowledge) -> None:
    found = nodes(epidural, small)
    bare = the(found, "line 1 carries any modifier")
    assert bare.sentence == "there is no evidence that line 1 carries any modifier"
    assert bare.detail == ("the claim does not say so", "looked for any of 59, XS")
    other = the(found, "26 parts a pair")
    assert other.detail == ("not among the published facts", "the list has 2 modifiers: 59, XS")


def test_a_meaning_that_is_no_clause_still_makes_a_sentence(small: Knowledge) -> None:
    wording = Wording(small)
    assert wording.no_evidence(Pattern("provider", ('"c"', 2, None))) == "there is no evidence of who performed line 2"
    assert wording.no_evidence(Pattern("units", ('"c"', 2, None))) == (
        "there is no evidence that line 2 reports any number of units"
    )
    assert wording.no_evidence(Pattern("line", ('"c"', None, None))) == (
        "there is no evidence that any line of the claim reports any procedure code"
    )


def test_one_unit_is_singular_and_an_unnamed_argument_is_added(small: Knowledge) -> None:
    wording = Wording(small)
    assert wording.sentence(Atom("units", ('"c"', 2, 1))) == "line 2 reports 1 unit"
    guidance = Atom("guidance", ('"77003"', "ct", 20070101, "#sup"))
    assert wording.sentence(guidance) == "77003 reports imaging guidance by CT"
    assert wording.sentence(Atom("source", ("cms", "cms_tables", '"Edits"', '"2024"'))) == (
        "a document that facts and rules cite (source cms, authority CMS tables, title Edits, edition 2024)"
    )


def test_a_predicate_without_a_meaning_is_put_in_its_own_words(epidural: Proof, small: Knowledge) -> None:
    assert the(nodes(epidural, small), "same day").sentence == "line 1 same day line 2"


def test_an_aggregate_tells_its_value_its_guard_and_its_members(prove, small: Knowledge) -> None:
    proof = prove(
        'claim("c"). line("c", 1, "36556"). line("c", 2, "36556"). units("c", 1, 1). units("c", 2, 2).'
        'service_date("c", 1, 20250314). service_date("c", 2, 20250314).',
        'verdict("c", 1, denied)',
    )
    found = nodes(proof, small)
    assert the(found, "units on").sentence == "line 1: 3 units on 2025-03-14, at most 2"
    node = the(found, "the sum")
    assert (node.kind, node.sentence, node.link) == ("aggregate", "the sum is 3, more than 2", "made up of")
    assert [child.sentence for child in node.children] == ["adds 1", "adds 2"]


def test_an_aggregate_that_falls_short_says_so(prove, small: Knowledge) -> None:
    proof = prove(
        'claim("c"). line("c", 1, "36556"). units("c", 1, 1). service_date("c", 1, 20250314).',
        'verdict("c", 1, payable)',
    )
    node = the(nodes(proof, small), "the sum")
    assert node.sentence == "although at most 2 units of 36556: the sum is 1, not more than 2"
    assert node.detail == ("Edits <of> CMS (2024 Q3), I E [facts.lp:30]",)
    assert node.dim


def test_a_published_fact_out_of_force_is_told_with_its_days(prove, small: Knowledge) -> None:
    proof = prove(
        'claim("c"). line("c", 1, "64490"). line("c", 2, "77003").'
        'service_date("c", 1, 20250314). service_date("c", 2, 20250314).',
        'verdict("c", 2, payable)',
    )
    node = the(nodes(proof, small), "not in force")
    assert node.sentence == "not in force on 2025-03-14: the procedure 64490 contains imaging guidance by fluoroscopy"
    assert node.detail[0] == "from 2020-01-01 to 2023-12-31"
    assert node.dim


def test_a_loop_ends_with_each_only_by_the_other(prove, small: Knowledge) -> None:
    proof = prove('claim("c"). line("c", 1, "62323").', 'nowhere("c", 1)')
    assert any("each only by the other" in node.detail for node in nodes(proof, small))


def test_a_part_of_the_proof_is_shown_once_and_then_referred_to(prove, small: Knowledge) -> None:
    proof = prove(EPIDURAL, 'verdict("c", 2, denied)', 'finding(column_two, "c", 2, 1)')
    roots = proof_tree(proof, small, WHOLE)
    assert roots[1].detail[-1] == "shown above"
    assert not roots[1].children


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_depth_cuts_the_tree_and_counts_what_is_below(epidural: Proof, small: Knowledge, depth: int) -> None:
    cut = [node for node in nodes(epidural, small, Bounds(depth)) if node.kind == "more"]
    assert cut
    assert all(node.sentence.startswith("and ") and "more below" in node.sentence for node in cut)
    assert len(nodes(epidural, small, Bounds(depth))) < len(nodes(epidural, small, Bounds(depth + 1)))


def test_depth_zero_shows_everything(epidural: Proof, small: Knowledge) -> None:
    assert not [node for node in nodes(epidural, small) if node.kind == "more"]


def test_branches_are_cut_with_a_count(epidural: Proof, small: Knowledge) -> None:
    node = the(nodes(epidural, small, Bounds(9, 1, 5)), "line 2 falls")
    assert node.children[-1].sentence == "and 1 more reasons"


def test_the_same_proof_gives_the_same_tree(epidural: Proof, small: Knowledge) -> None:
    assert proof_tree(epidural, small, Bounds()) == proof_tree(epidural, small, Bounds())
