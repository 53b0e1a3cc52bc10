"""``kb/codes/repairs.lp`` and ``kb/repairs.lp`` against the rest of the knowledge base: what is said twice agrees."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.slicing import Slicer
from claimlogic.terms import Term, plain

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def rows(rules_without_tables: Knowledge) -> dict[str, list[tuple[Term, ...]]]:
    """The facts that bear on fixes, by predicate."""
    store, predicates = rules_without_tables.store, rules_without_tables.vocabulary.predicates
    wanted = (
        "change_reason",
        "component_modifier",
        "distinct_service_modifier",
        "global_period_modifier",
        "guides_needle",
        "misfit_claims",
        "modality_equivalent",
        "modifier_claims",
        "modifier_for",
        "narrower_modifier",
        "record_sentence",
        "rule",
        "side_lines",
        "side_modifier",
    )
    return {name: store.match(name, (None,) * len(predicates[name].arguments)) for name in wanted}


def test_every_rule_that_is_read_by_name_exists(rows: dict[str, list[tuple[Term, ...]]]) -> None:
    text = (ROOT / "kb" / "repairs.lp").read_text(encoding="utf-8")
    named = set(re.findall(r"finding\(([a-z]\w*),", text)) | {str(row[0]) for row in rows["misfit_claims"]}
    assert named <= {str(row[0]) for row in rows["rule"]}


def test_every_need_has_its_sentence(rows: dict[str, list[tuple[Term, ...]]]) -> None:
    told = {row[0] for row in rows["record_sentence"]}
    assert {row[0] for row in rows["modifier_for"]} <= told
    assert {row[1] for row in rows["change_reason"]} <= told | {"nothing"}


def test_every_reason_that_is_offered_is_explained(rows: dict[str, list[tuple[Term, ...]]]) -> None:
    text = (ROOT / "kb" / "repairs.lp").read_text(encoding="utf-8")
    offered = set(re.findall(r"^code_offered\(C, L, \w+, ([a-z]\w*)\)", text, re.MULTILINE))
    offered |= {str(row[3]) for row in rows["modality_equivalent"]}
    assert offered == {str(row[0]) for row in rows["change_reason"]}


def test_the_closest_distinct_service_modifier_is_the_one_that_is_offered(
    rows: dict[str, list[tuple[Term, ...]]],
) -> None:
    offered = {row[0]: row[1] for row in rows["modifier_for"]}
    for _, better, item, *_ in rows["narrower_modifier"]:
        assert offered[item] == better
    assert all(
        (offered[item], item) in rows["distinct_service_modifier"] for _, _, item, *_ in rows["narrower_modifier"]
    )


def test_modifiers_are_what_the_other_files_say_they_are(rows: dict[str, list[tuple[Term, ...]]]) -> None:
    offered = {str(row[0]): row[1] for row in rows["modifier_for"]}
    assert (offered["read_by_practitioner"], "professional") in rows["component_modifier"]
    assert (offered["both_sides"], "both") in rows["side_modifier"]
    for need in ("planned_operation", "return_to_operating_room", "unrelated_operation"):
        assert offered[need] in {row[0] for row in rows["global_period_modifier"]}
    for need in ("significant_visit", "unrelated_visit"):
        assert (offered[need], "evaluation_and_management") in rows["modifier_claims"]
    for one, other in rows["side_lines"]:
        sides = {modifier: side for modifier, side in rows["side_modifier"]}
        assert {sides[one], sides[other]} == {"left", "right"}


def test_modality_equivalents_are_the_guidance_of_one_needle_placement(
    rows: dict[str, list[tuple[Term, ...]]],
) -> None:
    modality = {row[0]: row[1] for row in rows["guides_needle"]}
    pairs = {(one, other): found for one, other, found, _ in rows["modality_equivalent"]}
    assert set(pairs) == {(one, other) for one in modality for other in modality if one != other}
    assert all(modality[other] == found for (_, other), found in pairs.items())


def test_the_search_reads_nothing_that_nobody_gives(rules_without_tables: Knowledge) -> None:
    text = re.sub(r"%[^\n]*", "", (ROOT / "queries" / "repair.lp").read_text(encoding="utf-8"))
    read = set(re.findall(r"\b([a-z]\w*)\(", text))
    concluded = set(re.findall(r"^\{? ?([a-z]\w*)\(", text, re.MULTILINE))
    known = set(rules_without_tables.vocabulary.predicates)
    given = {"submitted_line", "submitted_units", "submitted_modifier", "new_line", "less", "more"}
    assert read - concluded - given <= known


def test_no_rule_of_the_knowledge_base_reads_the_claim_as_submitted(rules_without_tables: Knowledge) -> None:
    rules = Slicer(rules_without_tables.rules, rules_without_tables.vocabulary, ["verdict", "code_offered"]).rules
    assert not {name for rule in rules for name in rule.reads if name.startswith("submitted_")}


def test_codes_in_quotes_are_texts(rows: dict[str, list[tuple[Term, ...]]]) -> None:
    for _, modifier, _ in rows["modifier_for"]:
        assert str(modifier).startswith('"')
        assert len(plain(modifier)) == 2
