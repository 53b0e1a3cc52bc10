"""The scan of rule text before clingo parses it: it is as good as its lexing is clingo's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from claimlogic.errors import InputError
from claimlogic.knowledge.checks import check_finite
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.scan import scan, without_comments_and_texts

KB = Path(__file__).parents[2] / "kb"

PIECES = ["%", "*", "%*", "*%", '"', "\\", "\n", "a", "n", "x.", '"y".', '\\"', " ", "*%%", "%*%"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14))
def test_what_clingo_reads_is_never_taken_for_a_comment_or_a_text(pieces: list[str]) -> None:
    from clingo import ast

    text = "".join(pieces) + " zz.\n"
    nodes: list[ast.AST] = []
    with suppress(RuntimeError):
        ast.parse_string(text, nodes.append, logger=lambda _code, _message: None)
    read = any(str(node) == "zz." for node in nodes)
    try:
        bare = without_comments_and_texts(text, "f")
    except InputError:
        return
    assert "zz." in bare or not read


def test_the_scan_lets_rule_text_pass() -> None:
    for path in sorted(KB.rglob("*.lp")):
        scan(path.read_text(encoding="utf-8"), path.name)


@pytest.mark.parametrize(
    "text",
    [
        "p(X, Y) :- e(X, Y). p(X, Z) :- p(X, Y), e(Y, Z), X + 1 < Z.",
        "p(Y) :- q(X), Y = X + 1.",
        "p(X + 1) :- q(X). r(X) :- p(X), not q(X + 1).",
        "p(X) :- p(Y), X = Y.",
    ],
)
def test_calculating_outside_a_recursion_is_fine(text: str) -> None:
    check_finite(parse_rules(text, "f").rules)
