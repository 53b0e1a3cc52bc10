"""Sentences that help to mend what is wrong."""

from __future__ import annotations

from claimlogic.errors import InputError, did_you_mean


def test_the_nearest_known_name_is_offered() -> None:
    assert did_you_mean("ofice", {"office", "inpatient"}, "use one of them") == "did you mean office?"


def test_several_names_are_offered_where_several_are_near_and_asked_for() -> None:
    known = ["signed_report", "signed_order", "images_saved"]
    assert did_you_mean("signed_rport", known, "none", most=2) == "did you mean signed_report or signed_order?"


def test_what_is_near_to_nothing_is_told_otherwise_and_not_repeated() -> None:
    assert did_you_mean("Jane Roe", ["office", "inpatient"], "use a setting") == "use a setting"
    assert did_you_mean("", ["office"], "use a setting") == "use a setting"


def test_a_fault_begins_with_its_place_where_it_has_one() -> None:
    assert str(InputError("missing", "lines[0].code")) == "lines[0].code: missing"
    assert str(InputError("missing")) == "missing"
