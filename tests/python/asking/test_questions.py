"""The questions that come with claimlogic, against figures counted in CMS's files."""

from __future__ import annotations

import datetime as dt

import pytest

from claimlogic.asking.ask import Asker
from claimlogic.asking.questions import default_questions, read_questions
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge

QUESTIONS = read_questions(default_questions())


@pytest.mark.parametrize("name", QUESTIONS)
def test_its_example_is_answered(name: str, asker: Asker) -> None:
    arguments, day = QUESTIONS[name].example_call()
    answers = asker.ask(name, *arguments, on=day)
    assert answers.rows
    assert not answers.unknown
    assert all(len(row.values) == len(answers.columns) for row in answers.rows)
    assert len({row.values for row in answers.rows}) == len(answers.rows)


@pytest.mark.parametrize("name", QUESTIONS)
def test_its_columns_and_arguments_are_of_known_kinds(name: str, knowledge: Knowledge) -> None:
    question = QUESTIONS[name]
    kinds = {argument.kind for argument in question.arguments} | {column.kind for column in question.columns}
    assert kinds - {""} <= set(knowledge.vocabulary.kinds)


@pytest.mark.parametrize(
    ("addon", "day", "count"),
    [
        ("77002", "2026-08-01", 72),
        ("77002", "2025-12-31", 73),
        ("77003", "2026-08-01", 14),
        ("77003", "2020-01-01", 14),
        ("77003", "2019-12-31", 15),
    ],
)
def test_parents_are_those_of_the_list_of_the_day(addon: str, day: str, count: int, asker: Asker) -> None:
    answers = asker.ask("parents", addon, on=day)
    assert len(answers.rows) == count
    assert {fact.source for row in answers.rows for fact in row.facts} == {"cms_addon_edits"}


def test_a_parent_is_one_until_the_last_day_of_its_row(asker: Asker) -> None:
    assert "62270" in asker.ask("parents", "77003", on="2019-12-31").column("parent")
    assert "62270" not in asker.ask("parents", "77003", on="2020-01-01").column("parent")
    assert "77003" in asker.ask("addons_of", "62270", on="2019-12-31").column("addon")
    assert "77003" not in asker.ask("addons_of", "62270", on="2020-01-01").column("addon")


def test_the_parents_of_77001_are_no_list_of_cms(asker: Asker) -> None:
    answers = asker.ask("parents", "77001", on="2026-08-01")
    assert "36556" in answers.column("parent")
    assert any("publishes no list" in note for note in answers.notes)


def test_a_parent_in_dispute_follows_the_authority_that_is_trusted(asker: Asker) -> None:
    assert "36569" not in asker.ask("parents", "77001", on="2024-08-15").column("parent")
    assert "36569" in asker.ask("parents", "77001", on="2024-08-15", trust="article").column("parent")


@pytest.mark.parametrize(("table", "count"), [("practitioner", 133), ("hospital", 133)])
def test_77003_is_column_2_of_as_many_pairs_as_cms_lists(table: str, count: int, asker: Asker) -> None:
    assert len(asker.ask("bundled_into", "77003", table, on="2024-08-15").rows) == count


def test_only_anesthesia_and_two_others_can_never_go_with_77002_by_pair(asker: Asker) -> None:
    answers = asker.ask("never_with", "77002", on="2024-08-15")
    pairs = [row for row in answers.rows if str(row.values[1]).startswith("pair_denies_this")]
    assert len(pairs) == 273
    assert all("rationale: " in row.facts[0].note for row in pairs)


def test_the_code_that_goes_first_differs_by_table(asker: Asker) -> None:
    rows = [row.values[:3] for row in asker.ask("pair", "77001", "36598").rows]
    assert ("practitioner", "77001", "36598") in rows
    assert ("hospital", "36598", "77001") in rows


def test_guidance_that_a_procedure_includes_never_goes_with_it(asker: Asker) -> None:
    never = dict(row.values[:2] for row in asker.ask("never_with", "62323", on="2024-08-15").rows)
    assert never["77003"] == "guidance_inside_this_one"
    assert "77003" not in asker.ask("together", "62323", on="2024-08-15").column("code")
    assert asker.ask("modifiers_never", "62323", "77003", on="2024-08-15").column("why") == ["guidance_included"]
    assert asker.ask("modifiers_help", "62323", "77003", on="2024-08-15").rows == ()


def test_a_pair_with_indicator_1_is_parted_by_modifiers_that_can_fit(asker: Asker) -> None:
    help_ = asker.ask("modifiers_help", "20610", "76000", on="2024-08-15")
    never = asker.ask("modifiers_never", "20610", "76000", on="2024-08-15")
    assert ("XS", "either_line", "other_structure", "separate_site") in [row.values for row in help_.rows]
    assert ("25", "needs_a_visit") in [row.values for row in never.rows]
    assert not set(help_.column("modifier")) & set(never.column("modifier"))


def test_codes_that_go_together_are_joined_by_no_pair(asker: Asker) -> None:
    together = asker.ask("together", "77003", on="2024-08-15").column("code")
    assert together
    for question in ("bundled_into", "bundles"):
        paired = asker.ask(question, "77003", on="2024-08-15").columns[0].name
        assert not set(together) & set(asker.ask(question, "77003", on="2024-08-15").column(paired))


def test_an_add_on_says_so_among_the_codes_that_go_together(asker: Asker) -> None:
    as_parent = {row.values for row in asker.ask("together", "77003", on="2024-08-15").rows}
    assert ("62273", "parent") in as_parent
    assert ("77003", "addon") in {row.values for row in asker.ask("together", "62273", on="2024-08-15").rows}


@pytest.mark.parametrize(("code", "day"), [("77003", "2023-12-31"), ("62310", "2024-08-15"), ("99446", "2024-08-15")])
def test_nothing_goes_with_a_code_where_pairs_or_the_code_are_not_known(code: str, day: str, asker: Asker) -> None:
    answers = asker.ask("together", code, on=day)
    assert answers.rows == ()
    assert answers.unknown or answers.notes


def test_the_status_is_that_of_the_day(asker: Asker) -> None:
    rows = {row.values[:3] for row in asker.ask("paid_how", "77002", on="2025-11-15").rows}
    assert {("opps", "status", "N"), ("asc", "payment_indicator", "N1"), ("fee_schedule", "components", "1")} <= rows


def test_the_limit_of_units_names_both_tables(asker: Asker) -> None:
    rows = {row.values[:3] for row in asker.ask("unit_limit", "27096", on="2026-05-01").rows}
    assert ("practitioner", 1, "on_a_day_without_exception") in rows
    assert {table for table, *_ in rows} == {"practitioner", "hospital"}


def test_every_dispute_about_codes_can_be_asked_for(knowledge: Knowledge) -> None:
    about_codes = {
        predicate.name
        for predicate in knowledge.vocabulary.predicates.values()
        if predicate.stored and {"dispute", "code"} <= set(predicate.kinds)
    }
    assert about_codes <= set(QUESTIONS["disagreements"].reads)


def test_a_day_before_the_oldest_edition_is_unknown(asker: Asker) -> None:
    answers = asker.ask("bundled_into", "77003", on="2023-12-31")
    assert answers.rows == ()
    assert answers.unknown == ("no ptp table (practitioner) on hand reaches back to 2023-12-31",)


def test_a_day_after_the_newest_edition_is_answered_by_it_and_says_so(asker: Asker) -> None:
    answers = asker.ask("bundled_into", "77003", on="2026-08-01")
    assert len(answers.rows) == 133
    assert any("carried forward" in note for note in answers.notes)


def test_a_code_that_is_not_covered_is_unknown(asker: Asker) -> None:
    answers = asker.ask("parents", "99446", on="2026-08-01")
    assert "99446" in answers.unknown[0]
    assert not any("no add-on" in note for note in answers.notes)


def test_a_code_that_has_ended_is_named(asker: Asker) -> None:
    answers = asker.ask("what_is", "62310", on="2026-08-01")
    assert answers.rows == ()
    assert answers.notes == ("62310 is not in force on 2026-08-01: it was from 2000-01-01 to 2016-12-31",)


def test_a_question_without_a_day_says_that_a_day_changes_nothing(asker: Asker) -> None:
    answers = asker.ask("valid_when", "62310", on="2026-08-01")
    assert answers.day is None
    assert "this question does not depend on a day" in answers.notes


def test_arguments_may_be_named_and_days_may_be_dates(asker: Asker) -> None:
    by_name = asker.ask("parents", code="77003", on=dt.date(2019, 12, 31))
    assert by_name == asker.ask("parents", "77003", on=20191231)
    assert by_name.day == 20191231


def test_lower_case_codes_are_understood(asker: Asker) -> None:
    assert asker.ask("valid_when", "g0260").arguments == (("code", "G0260"),)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("parnts", "77002"), "did you mean parents"),
        (("zzzz",), "ask --list"),
        (("parents",), "parents needs CODE"),
        (("parents", "77002", "77003"), "takes 1 arguments, 2 are given"),
        (("bundles", "77002", "outpatient"), "must be one of dme, hospital, practitioner"),
        (("sources_of", "No Rule"), "is a word such as includes_guidance"),
    ],
)
def test_what_cannot_be_asked_says_how_it_is_asked(arguments: tuple[str, ...], says: str, asker: Asker) -> None:
    with pytest.raises(InputError, match=says):
        asker.ask(*arguments, on="2026-08-01")


def test_a_day_that_is_none_is_refused(asker: Asker) -> None:
    with pytest.raises(InputError, match="a day such as"):
        asker.ask("parents", "77002", on="2026-02-30")


def test_an_argument_that_there_is_not_is_refused(asker: Asker) -> None:
    with pytest.raises(InputError, match="none of its arguments"):
        asker.ask("parents", "77002", table="hospital")
