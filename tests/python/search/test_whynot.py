"""Why a code is in no best set: the reason that counts, the rules' proof, and the nearest encounter that allows it."""

from __future__ import annotations

from typing import Any

import pytest

from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.search.allowed import allowed
from claimlogic.search.whynot import WhyNot, whynot

EPIDURAL = {"procedure": "interlaminar_epidural", "region": "lumbar", "imaging": "fluoroscopy"}
KNEE = {"procedure": "joint_injection", "joint": "knee", "imaging": "fluoroscopy"}
PICC = {"procedure": "picc", "imaging": "fluoroscopy"}
FACET = {"procedure": "facet_injection", "region": "cervical", "levels": 2, "imaging": "ct"}


def kinds(answer: WhyNot) -> list[set[tuple[str, str]]]:
    """Each minimal set of reasons as kinds and names."""
    return [{(reason.kind, reason.name) for reason in core} for core in answer.cores]


def changes(answer: WhyNot) -> list[tuple[int, str, str]]:
    """What the nearest encounter tells otherwise."""
    assert answer.nearest is not None
    return [(change.procedure, change.what, change.after) for change in answer.nearest.changes]


_ONE_REASON = [
    ("62322", EPIDURAL, {}, ("narrower", "62323"), [(1, "imaging", "none")]),
    ("62321", EPIDURAL, {}, ("feature", "region"), [(1, "region", "cervical")]),
    ("20611", KNEE, {}, ("feature", "imaging"), [(1, "imaging", "ultrasound")]),
    ("77002", {**KNEE, "imaging": "none"}, {}, ("feature", "imaging"), [(1, "imaging", "fluoroscopy")]),
    ("77012", KNEE, {}, ("feature", "imaging"), [(1, "imaging", "ct")]),
    ("64494", FACET, {}, ("feature", "region"), [(1, "region", "lumbar")]),
    (
        "62323",
        {**EPIDURAL, "undocumented": ["images_saved"]},
        {},
        ("rule", "guidance_not_in_record"),
        [(1, "record", "images_saved")],
    ),
    ("36572", PICC, {}, ("rule", "age_out_of_range"), [(0, "patient_age", "4")]),
    (
        "27096",
        {"procedure": "sacroiliac_injection", "imaging": "ct"},
        {"setting": "hospital_outpatient", "billing": "facility"},
        ("rule", "settings_other_code_here"),
        [(0, "billing", "professional")],
    ),
]


@pytest.mark.parametrize(
    ("code", "procedure", "told", "reason", "nearest"), _ONE_REASON, ids=[r[0] for r in _ONE_REASON]
)
def test_one_reason_and_one_change(
    kb: KnowledgeBase,
    encounter: Any,
    code: str,
    procedure: dict[str, Any],
    told: dict[str, Any],
    reason: tuple[str, str],
    nearest: list[tuple[int, str, str]],
) -> None:
    result = whynot(kb, code, encounter(procedure, **told))
    (answer,) = result.answers
    assert not result.allowed
    assert {reason} in kinds(answer)
    assert changes(answer) == nearest


@pytest.mark.parametrize("code", ["62322", "20611", "77012", "36572"])
def test_the_nearest_encounter_allows_the_code(kb: KnowledgeBase, encounter: Any, code: str) -> None:
    done = {"62322": EPIDURAL, "20611": KNEE, "77012": KNEE, "36572": PICC}[code]
    (answer,) = whynot(kb, code, encounter(done)).answers
    assert answer.nearest is not None
    found = allowed(kb, answer.nearest.encounter)
    assert any(code in {line.code for line in one.lines} for one in found.sets)


def test_guidance_beside_a_code_that_includes_it(kb: KnowledgeBase, encounter: Any) -> None:
    (answer,) = whynot(kb, "77003", encounter(EPIDURAL)).answers
    names = {name for core in kinds(answer) for kind, name in core if kind == "rule"}
    assert {"includes_guidance", "ncci_column_two"} <= names
    assert {("need", "line")} in kinds(answer)
    assert answer.claim is not None
    assert [line.code for line in answer.claim.lines] == ["62323", "77003"]
    assert answer.proof is not None
    kb.check_proof(answer.claim, answer.proof)


def test_a_code_that_reports_nothing_that_was_done(kb: KnowledgeBase, encounter: Any) -> None:
    (answer,) = whynot(kb, "99213", encounter(EPIDURAL)).answers
    assert {("need", "line")} in kinds(answer)
    assert answer.nearest is None
    assert answer.proven


def test_each_reason_of_a_set_is_needed(kb: KnowledgeBase, encounter: Any) -> None:
    told = encounter(EPIDURAL, {**KNEE, "imaging": "none"}, {**PICC})
    for code in ("20610", "36573", "62323"):
        for answer in whynot(kb, code, told).answers:
            for one in kinds(answer):
                assert not any(other < one for other in kinds(answer))


def test_it_is_allowed(kb: KnowledgeBase, encounter: Any) -> None:
    result = whynot(kb, "62323", encounter(EPIDURAL))
    assert result.allowed
    assert result.answers[0].cores == ()
    assert [line.code for line in result.answers[0].allowed_in[0].lines] == ["62323"]


def test_it_is_allowed_by_the_article(kb: KnowledgeBase, encounter: Any) -> None:
    assert not whynot(kb, "77001", encounter(PICC)).allowed
    assert whynot(kb, "77001", encounter(PICC), Options(trust="article")).allowed


def test_allowed_for_one_biller_only(kb: KnowledgeBase, encounter: Any) -> None:
    told = {"procedure": "sacroiliac_injection", "imaging": "ct"}
    result = whynot(kb, "G0260", encounter(told, setting="hospital_outpatient", billing="both"))
    assert [(one.billing, bool(one.allowed_in)) for one in result.answers] == [
        ("professional", False),
        ("facility", True),
    ]
    assert not result.allowed


def test_what_is_not_told_may_allow_it(kb: KnowledgeBase, encounter: Any) -> None:
    result = whynot(kb, "62323", encounter({"procedure": "interlaminar_epidural", "region": "lumbar"}))
    assert [[(c.feature, c.words) for c in way] for way in result.allowed_if] == [[("imaging", ("ct", "fluoroscopy"))]]


def test_a_code_of_no_known_form_is_refused(kb: KnowledgeBase, encounter: Any) -> None:
    with pytest.raises(InputError, match="five characters"):
        whynot(kb, "6232", encounter(EPIDURAL))
