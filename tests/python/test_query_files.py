"""The header of a query file, whichever kind of query it is."""

from __future__ import annotations

import pytest

from claimlogic.errors import InputError
from claimlogic.knowledge.query_files import predicates_named, read_header, without_comments

QUERY = """\
%%% Which procedures does this add-on go with?
%
% Asks        the parents listed for an add-on
%             on the day
% A remark    not a field of this kind of query
%             nor is this a part of the field above it
% Not said    whether the two are paid together

% Asks        this stands below the header
answer(P) :- asked(code, A), addon_parent(A, P, _, _).  % parents(A)
"""


def fields(query: str = QUERY) -> dict[str, str]:
    return dict(read_header(query, "ask/parents.lp", "the question", ("Asks",), ("Not said", "Reads")).fields)


def test_the_title_is_the_first_line() -> None:
    header = read_header(QUERY, "ask/parents.lp", "the question", ())
    assert header.title == "Which procedures does this add-on go with?"


def test_a_field_goes_on_over_lines_that_are_indented() -> None:
    assert fields()["Asks"] == "the parents listed for an add-on on the day"


def test_a_line_that_is_no_field_ends_the_one_above_it() -> None:
    remark = "% A remark    not a field of this kind of query\n"
    assert fields(QUERY.replace(remark, ""))["Asks"].endswith("nor is this a part of the field above it")
    assert "nor" not in fields()["Asks"]


def test_fields_may_have_names_of_two_words_and_may_be_left_out() -> None:
    assert fields()["Not said"] == "whether the two are paid together"
    assert "Reads" not in fields()


def test_the_header_ends_with_its_comments() -> None:
    assert set(fields()) == {"Asks", "Not said"}
    assert "below" not in fields()["Asks"]


@pytest.mark.parametrize("query", ["", "% Asks   a thing\n", "%%%Which?\n", "\n" + QUERY])
def test_a_query_without_a_title_is_refused(query: str) -> None:
    with pytest.raises(InputError, match=r"^ask/parents.lp:1: the first line must be `%%% ` and the question$"):
        fields(query)


def test_a_query_that_lacks_a_needed_field_is_refused() -> None:
    with pytest.raises(InputError, match=r"^ask/parents.lp:1: the header lacks a line `% Asks`$"):
        fields("%%% Which?\n%\n% Reads       addon_parent\n")


def test_whole_lines_of_comment_are_left_out_of_the_rules() -> None:
    assert without_comments("% pair(A)\nanswer(A) :- code(A).\n% end") == "answer(A) :- code(A).\n"


def test_predicates_are_named_where_they_take_arguments() -> None:
    named = predicates_named("answer(P) :- asked(code, A), not same(A), X = Y.")
    assert named == {"answer", "asked", "same"}
