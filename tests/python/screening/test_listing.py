"""`kb sql`: the compiled rules as a reader sees them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import sqlglot

from claimlogic import InputError
from claimlogic.knowledge.load import Knowledge, load_rules_only
from claimlogic.screening.compiling.listing import plan_lines

KB = Path(__file__).parents[3] / "kb"


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return load_rules_only(KB)


@pytest.mark.parametrize("dialect", ["duckdb", "spark"])
def test_every_statement_stands_under_the_rules_it_comes_from(knowledge: Knowledge, dialect: str) -> None:
    lines = list(plan_lines(knowledge, dialect, ["ncci_column_two"]))
    heading = next(i for i, line in enumerate(lines) if line.startswith("-- rules/ncci/column_two.lp:"))
    assert "pair_on(C, L', L, never)" in lines[heading + 1]
    assert next(line for line in lines[heading:] if not line.startswith("--")).startswith("CREATE TABLE")
    assert lines.index("-- For each part of claims") > lines.index("-- Once for a run: what rests on no claim")
    statements = sqlglot.parse("\n".join(lines), dialect=dialect)
    assert all(statement is not None for statement in statements)


def test_one_rule_is_shown_with_what_it_rests_on_and_nothing_else(knowledge: Knowledge) -> None:
    text = "\n".join(plan_lines(knowledge, "duckdb", ["settings_facility_code"]))
    assert "rules/settings/facility_code.lp" in text
    assert "who_bills.lp" in text
    assert "rules/ncci/column_two.lp" not in text


def test_a_table_is_made_before_it_is_read(knowledge: Knowledge) -> None:
    made: set[str] = set()
    for line in plan_lines(knowledge, "duckdb"):
        if line.startswith("CREATE TABLE"):
            made.add(line.split('"')[1])
        for word in line.split('"')[1::2]:
            if word.startswith("concluded_") and not line.startswith("--"):
                assert word.removesuffix("_fresh") in made, line


def test_an_unknown_dialect_or_rule_is_refused(knowledge: Knowledge) -> None:
    with pytest.raises(InputError, match="no dialect cobol"):
        list(plan_lines(knowledge, "cobol"))
    with pytest.raises(InputError, match="no rule astrology"):
        list(plan_lines(knowledge, "duckdb", ["astrology"]))


def test_the_command_ends_with_two_and_a_sentence_for_an_unknown_rule() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "claimlogic", "kb", "sql", "--rule", "astrology", "--kb", str(KB)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2
    assert "no rule astrology" in run.stderr
    assert "Traceback" not in run.stderr
