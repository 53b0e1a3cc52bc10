"""The compiled program on DuckDB gives what clingo gives, on small random programs and facts."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from tests.differential.programs import EASILY_WRONG, by_clingo, programs

from claimlogic.knowledge.parse import parse_rules
from claimlogic.screening.compiling.plan import NUMBER, OPEN_END_NUMBER, TEXT
from claimlogic.screening.compiling.program import compile_rules, fact_rule
from claimlogic.screening.judging.run_duckdb import run_program
from claimlogic.terms import OPEN_END


def by_duckdb(text: str, facts: Sequence[tuple[str, tuple[object, ...]]] = ()) -> set[str]:
    parsed = parse_rules(text, "random.lp")
    rules = [*parsed.rules, *(fact_rule(fact, "random.lp") for fact in parsed.facts)]
    program = compile_rules(rules, {})
    connection = duckdb.connect()
    names = run_program(connection, program, {})
    found = set()
    for predicate in program.concluded:
        bases = program.columns[predicate]
        for row in connection.execute(f'SELECT DISTINCT * FROM "{names.name(predicate)}"').fetchall():
            assert None not in row
            values = [
                OPEN_END if value == OPEN_END_NUMBER and base == NUMBER else value
                for value, base in zip(row, bases, strict=False)
            ]
            quoted = (f'"{value}"' if base == TEXT else str(value) for value, base in zip(values, bases, strict=False))
            found.add(f"{predicate}({','.join(quoted)})" if bases else predicate)
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(programs())
def test_duckdb_gives_what_clingo_gives(text: str) -> None:
    assert by_duckdb(text) == by_clingo(text)


@pytest.mark.parametrize("text", EASILY_WRONG)
def test_the_same_on_what_is_easily_wrong(text: str) -> None:
    assert by_duckdb(text) == by_clingo(text)
