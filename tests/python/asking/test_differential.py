"""Every question is answered by pyDatalog as clingo answers it, over the same tables and from the same rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from claimlogic.asking.ask import Asker
from claimlogic.asking.program import ANSWER, EDITION, REMARK, UNKNOWN, compile_question
from claimlogic.asking.questions import DAY, Question, default_questions, read_questions
from claimlogic.asking.run import run
from claimlogic.asking.values import argument_term
from claimlogic.knowledge.load import Knowledge
from claimlogic.terms import Atom

# An add-on, one without a list, a procedure, a facility's code, a deleted code, one outside the families covered.
CODES = ("77003", "76937", "62323", "20610", "G0260", "62310", "99446")
PAIRS = (("77003", "62323"), ("20610", "76000"), ("77003", "64445"), ("99213", "20610"), ("77001", "36569"))
DAYS = (20190630, 20191231, 20200101, 20240815, 20251001, 20260801)
QUESTIONS = read_questions(default_questions())


def cases(question: Question) -> Iterator[tuple[str, ...]]:
    """Arguments to ask it with: those of its example, and of codes where it is about codes."""
    yield tuple(question.example_call()[0])
    kinds = [argument.kind for argument in question.arguments]
    if kinds[:2] == ["code", "code"]:
        yield from PAIRS
    elif kinds[:1] == ["code"]:
        yield from ((code,) for code in CODES)


@pytest.mark.parametrize("name", QUESTIONS)
def test_clingo_agrees(name: str, knowledge: Knowledge, by_clingo: Callable[..., frozenset[Atom]]) -> None:
    question = QUESTIONS[name]
    program = compile_question(question, knowledge)
    goals = [(ANSWER, len(question.columns)), (UNKNOWN, 1), (REMARK, 1), (EDITION, 3)]
    for number, arguments in enumerate(cases(question)):
        told = dict(zip([a.name for a in question.arguments], arguments, strict=False))
        if question.arguments[-1].kind == "table" and number % 2:
            told["table"] = "hospital"
        asked = [
            (a.name, argument_term(told.get(a.name) or str(a.default), a.name, knowledge.vocabulary.kinds[a.kind]))
            for a in question.arguments
        ]
        if program.dated:
            asked.append((DAY, DAYS[number % len(DAYS)]))
        given = [Atom("trust", ("article",))] if number % 3 == 1 else []
        ours = {Atom(c.rule.head.predicate, c.row) for c in run(program, knowledge.store, asked, given)}
        assert ours == by_clingo(program, asked, goals, given), (asked, given)


def test_the_date_borders_of_a_pair_agree(asker: Asker) -> None:
    """64445 and 77003 are paired in the hospital table from 2025-10-01."""
    before = asker.ask("bundled_into", "77003", "hospital", on="2025-09-30").column("column_1")
    after = asker.ask("bundled_into", "77003", "hospital", on="2025-10-01").column("column_1")
    assert set(after) - set(before) >= {"64445"}
    assert "64445" not in before
