"""What the compiler makes of rules, what it refuses, and that it prints in either dialect."""

from __future__ import annotations

from itertools import count

import duckdb
import pytest
import sqlglot

from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.parse import parse_rules
from claimlogic.screening.compiling.bases import declared_bases
from claimlogic.screening.compiling.names import Names, names_for
from claimlogic.screening.compiling.plan import NUMBER, TEXT, WORD, Program
from claimlogic.screening.compiling.program import compile_rules
from claimlogic.screening.compiling.sql import round_of, rows_of
from claimlogic.screening.compiling.unfolding import Unfolding
from claimlogic.screening.judging.run_duckdb import run_program

DECLARED = {"num": (NUMBER,), "edge": (NUMBER, NUMBER), "word": (WORD,), "text": (TEXT,)}
GIVEN = {name: f"given_{name}" for name in DECLARED}

REFUSED = {
    "in arithmetic": "d(X) :- num(X + 1).",
    "is not used here": "d(X) :- num(X), X = 1..3.",
    "may not give S a value": "d(X) :- num(X), S = #sum { Y : edge(X, Y) }.",
    "may not calculate": "d(X) :- num(X). d(X) :- d(Y), num(X), X = Y + 1.",
    "rests on the absence": "d(X) :- num(X), not e(X). e(X) :- num(X), not d(X).",
    "no fact or rule gives other": "d(X) :- other(X).",
    "takes 1 arguments, 2 are given": "d(X) :- num(X, X).",
    "one column holds one of them": "d(X) :- num(X). d(X) :- word(X).",
    "differ only in capitals": "dE(X) :- num(X). de(X) :- num(X).",
    "compiled for numbers only": "d(X) :- num(X), 1 < #max { W : word(W) }.",
    "arithmetic beside an aggregate": "d(X + 1) :- num(X), 1 < #count { Y : edge(X, Y) }.",
}


def compiled(text: str, given: tuple[str, ...] = ()) -> Program:
    return compile_rules(parse_rules(text, "some.lp").rules, DECLARED, given=given)


@pytest.mark.parametrize(("words", "text"), REFUSED.items(), ids=REFUSED)
def test_what_has_no_plan_is_refused_with_its_place(words: str, text: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        compiled("\n" + text)
    assert refused.value.place == "some.lp:2"


def test_strata_come_in_order_and_only_what_is_wanted() -> None:
    rules = parse_rules(
        "c(X) :- b(X), not a(X). b(X) :- num(X). a(X) :- edge(X, _). unwanted(X) :- text(X).", "some.lp"
    ).rules
    program = compile_rules(rules, DECLARED, ["c"])
    assert [stratum.predicates for stratum in program.strata] == [("a",), ("b",), ("c",)]
    assert program.given == {"num", "edge"}
    assert program.columns["c"] == (NUMBER,)


def test_a_predicate_read_once_over_one_relation_is_written_in_place() -> None:
    program = compiled("a(X) :- num(X), X > 1. b(X) :- a(X). c(X) :- edge(X, Y), b(Y). d(X) :- c(X), not b(X).")
    inlined = {p for stratum in compile_all(program) for p in stratum}
    assert inlined == set()
    wanted = compile_rules(parse_rules("a(X) :- num(X). b(X) :- a(X), edge(X, _).", "some.lp").rules, DECLARED, ["b"])
    assert [stratum.inlined for stratum in wanted.strata] == [True, False]


def compile_all(program: Program) -> list[tuple[str, ...]]:
    return [stratum.predicates for stratum in program.strata if stratum.inlined]


def test_what_is_given_and_concluded_is_both() -> None:
    program = compiled("num(X) :- edge(X, _). twice(X) :- num(X), edge(X, X).", given=("num",))
    connection = duckdb.connect()
    connection.execute("CREATE TABLE given_num AS SELECT 7 AS a0")
    connection.execute("CREATE TABLE given_edge AS SELECT 1 AS a0, 1 AS a1")
    names = run_program(connection, program, GIVEN)
    rows = connection.execute(f'SELECT a0 FROM "{names.name("num")}" ORDER BY 1').fetchall()
    assert rows == [(1,), (7,)]


def test_a_relation_that_is_lacking_is_named() -> None:
    with pytest.raises(InputError, match="no relation of edge"):
        run_program(duckdb.connect(), compiled("d(X) :- edge(X, _)."), {})


def test_a_text_with_a_quote_stays_a_text() -> None:
    program = compiled('d(X) :- text(X), X != "it\'s; DROP TABLE x".')
    connection = duckdb.connect()
    connection.execute("CREATE TABLE given_text AS SELECT unnest(['it''s; DROP TABLE x', 'a\"b']) AS a0")
    names = run_program(connection, program, GIVEN)
    assert connection.execute(f'SELECT a0 FROM "{names.name("d")}"').fetchall() == [('a"b',)]


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_the_rules_of_the_knowledge_base_print_and_parse_again(rules_without_tables: Knowledge, dialect: str) -> None:
    declared = declared_bases(rules_without_tables.vocabulary)
    given = [p.name for p in rules_without_tables.vocabulary.predicates.values() if p.given]
    program = compile_rules(rules_without_tables.rules, declared, ["verdict"], given)
    assert len(program.strata) > 100
    names = names_for(program, {name: f"given_{name}" for name in program.given})
    for sql in statements(program, names, dialect):
        assert sqlglot.parse_one(sql, dialect=dialect).sql(dialect=dialect) == sql


def statements(program: Program, names: Names, dialect: str) -> list[str]:
    queries = [
        query
        for stratum in program.strata
        for predicate in stratum.predicates
        for query in (rows_of(stratum, predicate, program, names), round_of(stratum, predicate, names))
        if query is not None
    ]
    return [query.sql(dialect=dialect) for query in queries]


def test_a_choice_among_the_rules_of_a_predicate_is_made_for_each_literal() -> None:
    program = compiled("p(X) :- num(X). p(X) :- edge(X, X). q(X, Y) :- p(X), p(Y), not p(1).")
    (rule,) = program.rules_of("q")
    found = Unfolding(count(1000)).expand(rule.block, rule.outputs, {"p": program.rules_of("p")})
    read = [tuple(scan.predicate for scan in block.scans) for block, _ in found]
    assert sorted(read) == [("edge", "edge"), ("edge", "num"), ("num", "edge"), ("num", "num")]


def test_what_a_claim_does_not_say_is_calculated_with_and_no_number_is_too_large_for_it() -> None:
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE held AS SELECT 3::INTEGER AS a0, unnest([-2147483648, 1, 2147483646])::INTEGER AS a1"
    )
    program = compile_rules(
        parse_rules("d(X, Y) :- edge(X, Y), (2 * X + 1) * Y <= 2 * Y + 9, Y > 0.", "some.lp").rules, DECLARED
    )
    names = run_program(connection, program, {**GIVEN, "edge": "held"})
    assert connection.execute(f'FROM "{names.name("d")}"').fetchall() == [(3, 1)]
