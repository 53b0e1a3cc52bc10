"""A question file is held by the same checks as the knowledge base: by file and line, before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic.asking.ask import Asker
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge

HEADER = """%%% Is it?
%
% Asks        whether it is
% Arguments   code: code
% Answers     code: code
% Example     it "77002"
% Reads       code
"""
RULE = "answer(A) :- asked(code, A), code(A, _, _, _).\n"


def asker_of(tmp_path: Path, knowledge: Knowledge, text: str) -> Asker:
    folder = tmp_path / "ask"
    folder.mkdir()
    (folder / "it.lp").write_text(text, encoding="utf-8")
    return Asker(knowledge, directory=folder)


def test_a_new_question_is_one_new_file(tmp_path: Path, knowledge: Knowledge) -> None:
    asker = asker_of(tmp_path, knowledge, HEADER + RULE)
    assert list(asker.questions()) == ["it"]
    assert asker.questions()["it"].usage == "it CODE"
    assert asker.ask("it", "77002").column("code") == ["77002"]


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (RULE + "answer(A) :- asked(code, A), kode(A, _, _, _).", r"ask/it.lp:9: no fact or rule gives kode"),
        ("answer(A) :- asked(code, A), code(A, _, _).", r"ask/it.lp:8: code takes 4 arguments"),
        ("answer(A, A) :- asked(code, A), code(A, _, _, _).", r"ask/it.lp:8: the header names 1 columns"),
        (
            RULE + "p(A) :- code(A, _, _, _), not q(A). q(A) :- code(A, _, _, _), not p(A). answer(A) :- p(A).",
            "rests on",
        ),
        (RULE + "p(A) :- code(A, _, _, _). p(A) :- q(A). q(A) :- p(A). answer(A) :- p(A).", "rests on itself"),
        ("answer(A) :- asked(kode, A), code(A, _, _, _).", "the header names no argument kode"),
        ("answer(A) :- code(A, _, _, _).", "no rule reads the argument code"),
        ("answer(A) :- asked(code, A), code(A, _, _, _), short(A, _).", "`% Reads` must be code, short"),
        (RULE + 'code("1", x, 1, 2).', r"ask/it.lp:9: a question states no facts"),
        (RULE + "code(A, F, T, U) :- code(A, F, T, U).", r"ask/it.lp:9: code is the knowledge base's"),
        (RULE + "answer(A) :- line(_, _, A).", r"ask/it.lp:\d+: (line is given by a claim|.*Reads)"),
        (RULE + "{ answer(A) } :- asked(code, A).", r"ask/it.lp:9: .*choices"),
        (RULE + "#script (python) #end.", "ask/it.lp"),
        ("p(A) :- asked(code, A), code(A, _, _, _).", r"concludes answer"),
        (
            "answer(A) :- asked(code, A), code(A, _, _, _), 0 < #count { F : code(A, _, F, _) }.",
            r"ask/it.lp:8: a question cannot use #count",
        ),
    ],
)
def test_what_does_not_hold_together_is_refused(rules: str, says: str, tmp_path: Path, knowledge: Knowledge) -> None:
    asker = asker_of(tmp_path, knowledge, HEADER + rules)
    with pytest.raises(InputError, match=says):
        asker.ask("it", "77002")


def test_a_question_reads_nothing_that_only_a_claim_gives(tmp_path: Path, knowledge: Knowledge) -> None:
    header = HEADER.replace("% Reads       code", "% Reads       code, line")
    asker = asker_of(tmp_path, knowledge, header + RULE + "answer(A) :- line(_, _, A).")
    with pytest.raises(InputError, match="line is given by a claim, and a question has none"):
        asker.ask("it", "77002")


@pytest.mark.parametrize(
    ("header", "says"),
    [
        (HEADER.replace("%%% Is it?", "% Is it?"), "first line"),
        (HEADER.replace("% Asks", "% Ask "), "lacks a line `% Asks`"),
        (HEADER.replace("% Answers     code: code", "% Answers     code"), "must read `name: kind`"),
        (HEADER.replace("% Example     it", "% Example     this"), "must begin with it"),
    ],
)
def test_a_header_that_lacks_something_is_refused(header: str, says: str, tmp_path: Path, knowledge: Knowledge) -> None:
    with pytest.raises(InputError, match=says):
        asker_of(tmp_path, knowledge, header + RULE).questions()


def test_added_facts_are_asked_too(tmp_path: Path, knowledge: Knowledge) -> None:
    from claimlogic.knowledge.added import read_added_facts

    file = tmp_path / "more.lp"
    file.write_text('ptp(practitioner, "62323", "20553", never, 20240701, #sup).\n', encoding="utf-8")
    added = read_added_facts(file, knowledge.vocabulary)
    plain = Asker(knowledge).ask("never_with", "62323", on="2024-08-15")
    changed = Asker(knowledge, knowledge.store.with_facts(added)).ask("never_with", "62323", on="2024-08-15")
    assert "20553" not in plain.column("code")
    assert "20553" in changed.column("code")
    (row,) = (row for row in changed.rows if row.values[0] == "20553")
    assert row.facts[0].note == "added for this run"
