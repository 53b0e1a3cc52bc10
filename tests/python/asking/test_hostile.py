"""Nothing that a person gives is ever run: an argument is a constant, a goal is one atom."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic.asking.ask import Asker
from claimlogic.asking.run import TooMany
from claimlogic.errors import InputError

HOSTILE = [
    "__import__('os').system('touch {marker}')",
    "77002'); import pathlib; pathlib.Path('{marker}').touch(); ('",
    '77002"). answer(1). #script (python) open("{marker}", "w") #end. x("',
    "lambda: open('{marker}', 'w')",
    "X",
    "_",
    "~77002",
    "True",
    "answer.__class__",
    "77002' OR '1'='1",
    "{{0}} %s \\",
]


@pytest.mark.parametrize("attempt", HOSTILE)
def test_an_argument_is_a_constant(attempt: str, asker: Asker, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    attempt = attempt.format(marker=marker)
    answers = asker.ask("place_of_service", attempt, on="2026-08-01")
    assert answers.rows == ()
    assert answers.arguments == (("place", attempt),)
    assert not marker.exists()


@pytest.mark.parametrize("attempt", HOSTILE)
def test_what_is_no_code_is_not_asked_about(attempt: str, asker: Asker, tmp_path: Path) -> None:
    marker = tmp_path / "marker"
    with pytest.raises(InputError, match="is a procedure code"):
        asker.ask("parents", attempt.format(marker=marker), on="2026-08-01")
    assert not marker.exists()


@pytest.mark.parametrize("attempt", ["", " ", "a\nb", "a\x00b", "\x1b[31m", "\udcff", "x" * 300])
def test_an_argument_that_cannot_be_printed_is_refused(attempt: str, asker: Asker) -> None:
    with pytest.raises(InputError, match="cannot be printed"):
        asker.ask("parents", attempt)


def test_a_goal_is_answered(asker: Asker) -> None:
    answers = asker.goal('addon_parent("77003", P, 20200101, _).')
    assert answers.column("P") == ["64449"]
    assert [column.kind for column in answers.columns] == ["code"]
    assert asker.goal('includes_guidance("62323", fluoroscopy, _, #sup)').rows
    assert not asker.goal('includes_guidance("62322", fluoroscopy, _, _)').rows


def test_a_goal_may_repeat_a_variable_and_ask_what_is_derived(asker: Asker) -> None:
    assert asker.goal("twin(A, A, _, _, _)").rows == ()
    assert asker.goal("prevails(x1, S)").column("S") == ["cms_ncci_ptp_practitioner"]
    assert asker.goal("prevails(x1, S)", trust="article").column("S") == ["article_000"]


def test_a_goal_about_a_code_that_is_not_covered_says_so(asker: Asker) -> None:
    assert "99446" in asker.goal('short("99446", T)').unknown[0]


@pytest.mark.parametrize(
    ("goal", "says"),
    [
        ("", "one atom"),
        ("addon_parent", "one atom"),
        ("addon_parent()", "one atom"),
        ('addon_parent("77002", P, From, To), code(P, _, _, _)', "constants, variables and _"),
        ('addon_parent("77002", P, From, To) :- x', "not part of one"),
        ('not addon_parent("77002", P, From, To)', "one atom"),
        ('addon_parent("77002", P, From + 1, To)', "not part of one"),
        ('addon_parent("77002", f(P), From, To)', "constants, variables and _"),
        ('addon_parent("77002", P From, To)', "constants, variables and _"),
        ('addon_parent("77002", P, From, To', "one atom"),
        ('addon_parent("77002)', "not part of one"),
        ('addon_parent("77002", P, From)', "takes 4 arguments, 3 are given"),
        ("addon_parent(77002, P, From, To)", "A is a text; write it in quotes"),
        ('ptp(outpatient, "77002", B, I, F, T)', "must be one of"),
        ('includes_guidance("62323", "fluoroscopy", F, T)', "is a word, without quotes"),
        ('adon_parent("77002", P, From, To)', "did you mean addon_parent"),
        ("finding(R, C, L, M)", "a goal has none"),
        ("line(C, L, Code)", "a goal has none"),
        ("__import__('os').system('true')", "not part of one"),
        ("print(X)", "there is no predicate print"),
        ("short(X, Y) & exec(Z)", "not part of one"),
        ("short(X, Y)\n. p.", "one atom"),
        ("short(" + "X, " * 900 + "X)", "too long"),
    ],
)
def test_anything_but_one_atom_is_refused(goal: str, says: str, asker: Asker) -> None:
    with pytest.raises(InputError, match=says):
        asker.goal(goal)


def test_a_goal_that_would_read_a_whole_table_is_a_limit(asker: Asker) -> None:
    with pytest.raises(TooMany, match="name a code"):
        asker.goal("ptp(T, A, B, I, F, U)")
