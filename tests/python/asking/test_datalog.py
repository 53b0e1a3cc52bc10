"""The Datalog session against clingo on small programs, and what it leaves behind."""

from __future__ import annotations

import random
import threading

import pytest

from claimlogic.asking.datalog import Datalog, Pattern, Row, order_key
from claimlogic.errors import InputError
from claimlogic.knowledge.parse import parse_rules
from claimlogic.knowledge.rules import AtomPattern, Variable
from claimlogic.solving.by_clingo import solve
from claimlogic.terms import Atom, Term

FACTS = """
edge("a", "b"). edge("b", "c"). edge("c", "a"). edge("c", "d"). edge("e", "e").
node("a"). node("b"). node("c"). node("d"). node("e").
holds("a", 20200101, 20201231). holds("b", 20210101, #sup). holds("c", 5, 5).
mixed(3). mixed(-3). mixed(word). mixed(other). mixed("word"). mixed("Word"). mixed("1"). mixed(#sup).
"""

PROGRAMS = {
    "a join": "goal(X, Z) :- edge(X, Y), edge(Y, Z).",
    "a repeated variable": "goal(X, X) :- edge(X, X).",
    "a variable repeated by the caller": "goal(X, Y) :- to(X, X), to(X, Y). to(A, B) :- edge(A, B).",
    "constants in head and body": 'goal("a", X) :- edge("c", X). goal(X, word) :- edge(X, "a").',
    "negation": "goal(X, Y) :- node(X), node(Y), not edge(X, Y).",
    "any under not": "goal(X, X) :- node(X), not edge(X, _).",
    "any of a derived one under not": "goal(X, X) :- node(X), not to(X, _). to(X, Y) :- edge(X, Y), X != Y.",
    "two strata of negation": (
        "goal(X, X) :- node(X), not inner(X). inner(X) :- node(X), not leaf(X). leaf(X) :- node(X), not edge(X, _)."
    ),
    "no arguments": "goal(X, X) :- node(X), there. there :- edge(_, X), not absent. absent :- edge(X, X), X < X.",
    "no arguments under not": "goal(X, X) :- node(X), not there. there :- edge(X, Y), X = Y.",
    "days": "goal(X, D) :- holds(X, From, To), D = 20210101, From <= D, D <= To.",
    "an open end": "goal(X, X) :- holds(X, _, To), To > 99999999.",
    "an equality that binds": 'goal(X, Y) :- node(X), Y = "a", X != Y.',
    "less": "goal(X, Y) :- mixed(X), mixed(Y), X < Y.",
    "at least": "goal(X, Y) :- mixed(X), mixed(Y), X >= Y.",
    "more": "goal(X, Y) :- mixed(X), mixed(Y), X > Y, not X2(X). X2(X) :- mixed(X), X = word.".replace("X2", "is_word"),
}


def given_rows(text: str) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for fact in parse_rules(text, "facts.lp").facts:
        rows.setdefault(fact.atom.predicate, []).append(fact.atom.arguments)
    return rows


def session(rows: dict[str, list[Row]]) -> Datalog:
    def look_up(predicate: str, pattern: Pattern) -> list[Row]:
        return [r for r in rows[predicate] if all(p is None or p == t for p, t in zip(pattern, r, strict=True))]

    return Datalog(rows, (), look_up)


def goals(text: str, rows: dict[str, list[Row]]) -> set[tuple[Term, ...]]:
    rules = parse_rules(text, "rules.lp").rules
    with session(rows) as datalog:
        datalog.add(rules)
        return set(datalog.rows(AtomPattern("goal", (Variable("X"), Variable("Y")))))


@pytest.mark.parametrize("name", PROGRAMS)
def test_clingo_agrees(name: str) -> None:
    rows = given_rows(FACTS)
    facts = [Atom(predicate, row) for predicate, found in rows.items() for row in found]
    theirs = solve(facts, parse_rules(PROGRAMS[name], "rules.lp").rules, (), [("goal", 2)]).atoms
    assert goals(PROGRAMS[name], rows) == {atom.arguments for atom in theirs}


class Writer:
    """Writes random rules over ``edge``, ``holds`` and ``node``, each predicate resting on earlier ones only."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.arity = {"edge": 2, "node": 1, "holds": 3}

    def program(self) -> str:
        rules = []
        for predicate in ("p", "q", "goal"):
            arity = 2 if predicate == "goal" else self.random.randint(0, 2)
            rules += [self.rule(predicate, arity) for _ in range(self.random.randint(1, 3))]
            self.arity[predicate] = arity
        return "\n".join(rules)

    def rule(self, predicate: str, arity: int) -> str:
        body = [self.atom(self.choice("XYZ") + ['"a"', "5", "_"]) for _ in range(self.random.randint(1, 3))]
        bound = sorted(set("XYZ") & set("".join(body))) or ['"b"']
        if self.random.random() < 0.5:
            body.append("not " + self.atom([*bound, "_"]))
        if self.random.random() < 0.5:
            operator = self.random.choice(["<", "<=", "!=", ">", ">=", "="])
            body.append(f"{self.random.choice(bound)} {operator} {self.random.choice([*bound, '5', '#sup'])}")
        return f"{self.written(predicate, arity, bound)} :- {', '.join(body)}."

    def atom(self, terms: list[str]) -> str:
        predicate = self.random.choice(sorted(self.arity))
        return self.written(predicate, self.arity[predicate], terms)

    def written(self, predicate: str, arity: int, terms: list[str]) -> str:
        arguments = ", ".join(self.random.choice(terms) for _ in range(arity))
        return f"{predicate}({arguments})" if arity else predicate

    def choice(self, letters: str) -> list[str]:
        return self.random.sample(sorted(letters), self.random.randint(1, len(letters)))


@pytest.mark.parametrize("seed", range(60))
def test_clingo_agrees_on_random_programs(seed: int) -> None:
    text = Writer(seed).program()
    rows = given_rows(FACTS)
    facts = [Atom(predicate, row) for predicate, found in rows.items() for row in found]
    theirs = solve(facts, parse_rules(text, "rules.lp").rules, (), [("goal", 2)]).atoms
    assert goals(text, rows) == {atom.arguments for atom in theirs}, text


def test_a_goal_with_constants_finds_what_fits_them() -> None:
    rows = given_rows(FACTS)
    with session(rows) as datalog:
        datalog.add(parse_rules(PROGRAMS["a join"], "rules.lp").rules)
        assert datalog.rows(AtomPattern("goal", ('"e"', Variable("Y")))) == [('"e"', '"e"')]
        assert datalog.rows(AtomPattern("goal", ('"a"', '"c"'))) == [('"a"', '"c"')]
        assert datalog.rows(AtomPattern("goal", ('"d"', '"a"'))) == []


def test_the_solutions_of_a_rule_give_every_variable() -> None:
    (rule,) = parse_rules("goal(X) :- edge(X, Y), edge(Y, Z), Z != X.", "rules.lp").rules
    with session(given_rows(FACTS)) as datalog:
        datalog.add([rule])
        found = datalog.solutions(rule)
        assert {"X": '"a"', "Y": '"b"', "Z": '"c"'} in found
        assert len(found) == 4
        assert [s["Z"] for s in datalog.solutions(rule, {"X": '"a"'})] == ['"c"']


def test_given_and_derived_hold_together() -> None:
    rows = {"near": [('"a"', '"b"')], "goal": [('"x"', '"y"')]}
    assert goals("goal(X, Y) :- near(X, Y).", rows) == {('"a"', '"b"'), ('"x"', '"y"')}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "goal(X, N) :- edge(X, _), N = 1, 1 < #count { Y : edge(X, Y) }.",
            r"rules.lp:1: a question cannot use #count",
        ),
        ("goal(X, N) :- holds(X, From, _), N = From + 1.", r"rules.lp:1: a question cannot calculate"),
    ],
)
def test_what_it_cannot_run_is_refused_by_file_and_line(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        goals(text, given_rows(FACTS))


def test_each_thread_has_its_own_session() -> None:
    found: dict[int, object] = {}

    def work(number: int) -> None:
        rows = {"edge": [(f'"{number}"', f'"{n}"') for n in range(20)]}
        found[number] = [goals("goal(X, Y) :- edge(X, Y), not edge(Y, X).", rows) for _ in range(20)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(100, 108)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(100, 108):
        assert found[number] == [{(f'"{number}"', f'"{n}"') for n in range(20)}] * 20


def test_a_program_that_uses_the_library_itself_keeps_its_facts() -> None:
    from pyDatalog import pyDatalog

    pyDatalog.assert_fact("theirs", 1)
    goals(PROGRAMS["a join"], given_rows(FACTS))
    assert pyDatalog.ask("theirs(X)").answers == [(1,)]
    pyDatalog.clear()


def test_a_fault_in_a_look_up_leaves_no_session_behind() -> None:
    rows = given_rows(FACTS)
    with pytest.raises(KeyError), session({}) as datalog:
        datalog.rows(AtomPattern("edge", (Variable("X"), Variable("Y"))))
    assert goals(PROGRAMS["a join"], rows)


def test_terms_stand_in_clingos_order() -> None:
    terms: list[Term] = ["#sup", '"b"', "word", 5, '"B"', -1, "a"]
    assert sorted(terms, key=order_key) == [-1, 5, "a", "word", '"B"', '"b"', "#sup"]
