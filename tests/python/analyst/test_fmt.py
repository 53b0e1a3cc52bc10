"""The formatter changes white space only, keeps comments, and has nothing to do a second time."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimlogic.analyst.formatting import LINE_LENGTH, format_rules, unformatted
from claimlogic.analyst.linting.tokens import tokenize
from claimlogic.cli.analyst import fmt_command
from claimlogic.knowledge.parse import parse_rules

ROOT = Path(__file__).parents[3]
FILES = sorted((ROOT / "kb").rglob("*.lp"))
WORDS = """p not X _ L' 12 "a b" #sum #count #sup #show :- :~ . .. , ; : ( ) { } [ ] | = != < <= > >= + - * / \\ @ & ~ ?
^ ** % %x %*y*% é ' \""""
LAYOUT = ["\n", "\n", " ", "\n\n\n", "% a comment\n", "%* one\n two *%", "p(a, b).\n", "q(X) :- p(X, Y), X < Y.\n"]
NOISE = st.sampled_from([*WORDS.split(), *LAYOUT])


def meaning(rule_text: str) -> tuple[object, ...]:
    parsed = parse_rules(rule_text, "x.lp")
    facts = [(f.atom, f.source, f.where) for f in parsed.facts]
    return facts, [(r.text, r.label) for r in parsed.rules]


def words(rule_text: str) -> list[tuple[str, str]]:
    return [(t.kind, "".join(t.text.split())) for t in tokenize(rule_text)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_a_file_keeps_its_meaning_and_is_formatted_once(path: Path) -> None:
    before = path.read_text(encoding="utf-8")
    after = format_rules(before)
    assert words(after) == words(before)
    assert meaning(after) == meaning(before)
    assert format_rules(after) == after


@given(st.lists(NOISE, max_size=40), st.booleans())
@settings(max_examples=400, deadline=None)
def test_any_tokens_stay_what_they_are(parts: list[str], spaced: bool) -> None:
    before = (" " if spaced else "").join(parts)
    after = format_rules(before)
    assert words(after) == words(before)
    assert format_rules(after) == after


@given(st.sampled_from(FILES), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_white_space_does_not_matter(path: Path, random: object) -> None:
    tokens = tokenize(path.read_text(encoding="utf-8"))
    if any(t.is_comment for t in tokens):
        tokens = [t for t in tokens if not t.is_comment]
    scattered = "".join(t.text + random.choice([" ", "  ", "\n", "\n   "]) for t in tokens)  # type: ignore[attr-defined]
    after = format_rules(scattered)
    assert words(after) == words(scattered)
    assert format_rules(after) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("p(1,2).q(a).", "p(1, 2).\nq(a).\n"),
        ("p(X):-q(X),not r(X),X<=-1.", "p(X) :- q(X), not r(X), X <= -1.\n"),
        ("p(C)  :-\n  q(C)\n  , r(C).", "p(C) :-\n    q(C), r(C).\n"),
        ("p(C):-q(C,M),M<#sum{N,K:r(C,K,N)}.", "p(C) :- q(C, M), M < #sum { N, K : r(C, K, N) }.\n"),
        ("p(1). % why\n\n\n\nq(1).", "p(1).  % why\n\nq(1).\n"),
        ("p :-\n % inside\n q.", "p :-\n    % inside\n    q.\n"),
        ("p(N) :- q(N'),N=N'+1.", "p(N) :- q(N'), N = N' + 1.\n"),
        ("p((1;2)).", "p((1;2)).\n"),
        ("#show p/1.", "#show p/1.\n"),
        ("", ""),
    ],
)
def test_layout(before: str, after: str) -> None:
    assert format_rules(before) == after


def test_a_rule_longer_than_a_line_is_broken_at_its_conditions() -> None:
    conditions = ", ".join(f"a_condition_with_a_name({n}, X)" for n in range(8))
    lines = format_rules(f"p(X) :- {conditions}.").splitlines()
    assert lines[0] == "p(X) :-"
    assert all(line.startswith("    a_condition") and len(line) <= LINE_LENGTH for line in lines[1:])


def test_check_tells_the_files_and_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "vocabulary.lp").write_text("")
    (tmp_path / "ill.lp").write_text("p(1,2).")
    assert fmt_command(tmp_path, check=True) == 1
    assert "ill.lp" in capsys.readouterr().out
    assert [f.path.name for f in unformatted(tmp_path)] == ["ill.lp"]
    assert fmt_command(tmp_path, check=False) == 0
    assert (tmp_path / "ill.lp").read_text() == "p(1, 2).\n"
    assert fmt_command(tmp_path, check=True) == 0
