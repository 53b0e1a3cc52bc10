"""The facts about concepts: every code that they name is known, and what is asked can be told."""

from __future__ import annotations

from collections import defaultdict

from claimlogic.knowledge_base import KnowledgeBase
from claimlogic.search.candidates import CodeBook
from claimlogic.terms import plain, text

LEVELS = {"first", "second", "third"}
GIVEN = {
    "central_line_nontunneled",
    "central_line_tunneled",
    "central_line_port",
    "central_line_replacement",
    "central_line_removal",
    "picc",
    "interlaminar_epidural",
    "epidural_catheter",
    "transforaminal_epidural",
    "facet_injection",
    "sacroiliac_injection",
    "lumbar_puncture",
    "blood_patch",
    "myelography_injection",
    "joint_injection",
    "soft_tissue_biopsy",
    "nerve_block",
    "nasoenteric_tube",
    "fluoroscopy_only",
}


def book(kb: KnowledgeBase) -> CodeBook:
    return CodeBook(kb.knowledge, kb.store)


def concepts(kb: KnowledgeBase) -> set[str]:
    return {str(concept) for concept, _ in kb.store.match("concept", (None, None))}


def test_the_concepts_that_were_asked_for_are_there(kb: KnowledgeBase) -> None:
    assert concepts(kb) >= GIVEN


def test_every_concept_has_a_code_and_may_be_told_of(kb: KnowledgeBase) -> None:
    for concept in concepts(kb):
        assert book(kb).describing(concept), concept
        assert kb.store.match("may_tell", (concept, None, None)), concept


def test_every_code_is_known(kb: KnowledgeBase) -> None:
    named = {
        plain(row[0])
        for p, n in (("describes", 2), ("guides", 3), ("asks", 3), ("covers", 2), ("unit_each", 1))
        for row in kb.store.match(p, (None,) * n)
    }
    for code in sorted(named):
        assert kb.store.match("code", (text(code), None, None, None)), code
        # What was deleted long ago has no wording.
        assert kb.store.match("short", (text(code), None)) or code == "76001", code


def test_nothing_is_said_of_a_concept_that_is_not_declared(kb: KnowledgeBase) -> None:
    said = {str(row[-1]) for p, n in (("describes", 2), ("guides", 3)) for row in kb.store.match(p, (None,) * n)}
    said |= {
        str(row[0])
        for p, n in (("may_tell", 3), ("granted", 3), ("counts_parts", 2))
        for row in kb.store.match(p, (None,) * n)
    }
    assert said <= concepts(kb)


def test_what_a_code_asks_may_be_told_of_what_it_describes(kb: KnowledgeBase) -> None:
    tellable = defaultdict(set)
    for concept, feature, told in kb.store.match("may_tell", (None, None, None)):
        tellable[concept, feature].add(told)
    codes = book(kb)
    counted = {concept for concept, _ in kb.store.match("counts_parts", (None, None))}
    for code in {plain(row[0]) for row in kb.store.match("describes", (None, None))}:
        for concept in codes.concepts(code):
            for feature, told in codes.asks(code):
                if feature == "level":
                    assert told in LEVELS
                    assert concept in counted
                else:
                    assert told in tellable[concept, feature], (code, concept, feature, told)


def test_what_is_granted_may_be_told(kb: KnowledgeBase) -> None:
    for concept, feature, told in kb.store.match("granted", (None, None, None)):
        assert kb.store.match("may_tell", (concept, feature, told))


def test_codes_cover_imaging_just_where_they_include_guidance(kb: KnowledgeBase) -> None:
    described = {plain(row[0]) for row in kb.store.match("describes", (None, None))}
    covering = {plain(row[0]) for row in kb.store.match("covers", (None, "imaging"))}
    including = {plain(row[0]) for row in kb.store.match("includes_guidance", (None,) * 4)}
    assert covering == described & including


def test_guidance_codes_guide_by_their_own_modality(kb: KnowledgeBase) -> None:
    for code, modality, _ in kb.store.match("guides", (None, None, None)):
        known = {row[1] for row in kb.store.match("guidance", (code, None, None, None))}
        assert modality in known, code


def test_imaging_that_is_guided_may_be_told(kb: KnowledgeBase) -> None:
    for _, modality, concept in kb.store.match("guides", (None, None, None)):
        assert kb.store.match("may_tell", (concept, "imaging", modality)), (concept, modality)
