"""For which days a row of an edition holds, compared with a plain reading of the rows."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claimlogic.knowledge.load import Knowledge
from claimlogic.tables.importing import import_tables
from claimlogic.tables.source import with_tables
from claimlogic.terms import OPEN_END, Term

INDICATORS = {"0": "never", "1": "with_modifier", "9": "not_specified"}
CODES = ("10001", "10002", "1000T", "A0003")
# Quarters of which each store gets some, with days in and around them.
QUARTERS = {"2024q1": (20240101, 20240331), "2024q2": (20240401, 20240630), "2024q4": (20241001, 20241231)}
DAYS = (
    20231115,
    20231231,
    20240101,
    20240215,
    20240331,
    20240401,
    20240515,
    20240630,
    20240701,
    20240930,
    20241001,
    20241115,
)

Row = tuple[str, str, str, int, int | None]


@dataclass
class Quarter:
    """The rows of an edition: first code, second code, indicator, first and last day."""

    name: str
    rows: list[Row]


def brute_force(quarters: Sequence[Quarter], day: int) -> set[tuple[str, str, str]]:
    """The pairs in force on a day, read off the rows: of the newest edition begun, those whose days include it."""
    begun = [quarter for quarter in quarters if QUARTERS[quarter.name][0] <= day]
    if not begun:
        return set()
    newest = max(begun, key=lambda quarter: QUARTERS[quarter.name][0])
    return {
        (a, b, INDICATORS[indicator])
        for a, b, indicator, first, last in newest.rows
        if first <= day and (last is None or day <= last)
    }


def holds(first: Term, last: Term, day: int) -> bool:
    """Whether a fact's days include a day."""
    assert isinstance(first, int)
    return first <= day and (last == OPEN_END or (isinstance(last, int) and day <= last))


def write_official(folder: Path, quarter: Quarter) -> Path:
    """An edition in the official layout."""
    path = folder / f"practitioner_{quarter.name}.txt"
    heading = "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    rows = (f"{a}\t{b}\t\t{first}\t{last or '*'}\t{i}\tMisuse\n" for a, b, i, first, last in quarter.rows)
    path.write_text(heading + "".join(rows))
    return path


row_days = st.sampled_from(DAYS)
rows = st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), st.sampled_from("019"), row_days, st.none() | row_days)
editions = st.lists(rows, min_size=1, max_size=8)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(sorted(QUARTERS)), editions, min_size=1), st.randoms(use_true_random=False))
def test_the_layered_source_agrees_with_a_plain_reading(
    knowledge: Knowledge, drawn: dict[str, list[Row]], draw: random.Random
) -> None:
    quarters = [Quarter(name, drawn_rows) for name, drawn_rows in drawn.items()]
    with tempfile.TemporaryDirectory() as folder:
        draw.shuffle(quarters)
        for quarter in quarters:
            import_tables([write_official(Path(folder), quarter)], Path(folder) / "store")
        facts = with_tables(knowledge.store, Path(folder) / "store")
        touched = {"code": [f'"{code}"' for code in CODES]}
        sliced = [atom.arguments for atom in facts.slice("ptp", touched)]
        assert sorted(sliced, key=str) == sorted(facts.match("ptp", (None,) * 6), key=str)
        for day in (*DAYS, 20260101):
            found = {
                (str(a)[1:-1], str(b)[1:-1], str(indicator))
                for table, a, b, indicator, first, last in sliced
                if table == "practitioner" and holds(first, last, day)
            }
            assert found == brute_force(quarters, day)
        for row in sliced:
            assert len(facts.match("ptp", row)) == 1
            assert [f for f in sliced if f[:4] == row[:4] and f is not row and _meet(f, row)] == []


def _meet(one: Sequence[Term], other: Sequence[Term]) -> bool:
    return holds(one[4], one[5], other[4]) or holds(other[4], other[5], one[4])  # type: ignore[arg-type]


def facts_after(knowledge: Knowledge, folder: Path, *quarters: Quarter) -> list[tuple[Term, ...]]:
    for quarter in quarters:
        import_tables([write_official(folder, quarter)], folder / "store")
    return sorted(with_tables(knowledge.store, folder / "store").match("ptp", (None,) * 6), key=str)


PAIR: Row = ("10001", "10002", "1", 20200101, None)
FACT = ("practitioner", '"10001"', '"10002"', "with_modifier")


def test_the_newest_edition_is_carried_forward(knowledge: Knowledge, tmp_path: Path) -> None:
    assert facts_after(knowledge, tmp_path, Quarter("2024q1", [PAIR])) == [(*FACT, 20240101, OPEN_END)]


def test_the_same_row_in_consecutive_editions_is_one_fact(knowledge: Knowledge, tmp_path: Path) -> None:
    quarters = [Quarter(name, [PAIR]) for name in QUARTERS]
    assert facts_after(knowledge, tmp_path, *quarters) == [(*FACT, 20240101, OPEN_END)]


def test_a_row_ends_with_the_day_before_the_edition_that_lacks_it(knowledge: Knowledge, tmp_path: Path) -> None:
    other: Row = ("10001", "A0003", "0", 20200101, None)
    found = facts_after(knowledge, tmp_path, Quarter("2024q2", [PAIR, other]), Quarter("2024q4", [other]))
    assert (*FACT, 20240401, 20240930) in found


def test_a_deletion_within_the_edition_ends_the_row(knowledge: Knowledge, tmp_path: Path) -> None:
    row: Row = ("10001", "10002", "1", 20200101, 20240515)
    assert facts_after(knowledge, tmp_path, Quarter("2024q2", [row])) == [(*FACT, 20240401, 20240515)]


def test_a_row_deleted_before_the_edition_gives_no_fact(knowledge: Knowledge, tmp_path: Path) -> None:
    old: Row = ("A0003", "10002", "1", 20200101, 20231231)
    assert facts_after(knowledge, tmp_path, Quarter("2024q1", [PAIR, old])) == [(*FACT, 20240101, OPEN_END)]


def test_an_indicator_that_changes_makes_two_facts(knowledge: Knowledge, tmp_path: Path) -> None:
    changed: Row = ("10001", "10002", "0", 20240401, None)
    found = facts_after(knowledge, tmp_path, Quarter("2024q1", [PAIR]), Quarter("2024q2", [changed]))
    assert found == [(*FACT[:3], "never", 20240401, OPEN_END), (*FACT, 20240101, 20240331)]


def test_of_rows_without_first_day_the_one_that_ends_last_holds(knowledge: Knowledge, tmp_path: Path) -> None:
    path = tmp_path / "practitioner_2024q1.tsv"
    heading = "column1\tcolumn2\tdeletion\tmodifier\trationale_id\n"
    path.write_text(f"{heading}10001\t10002\t20240215\t0\tA\n10001\t10002\t*\t1\tA\n10001\t10002\t20230101\t0\tA\n")
    import_tables([path], tmp_path / "store")
    facts = with_tables(knowledge.store, tmp_path / "store")
    assert facts.match("ptp", (None,) * 6) == [(*FACT, 20240101, OPEN_END)]


def test_an_incomplete_edition_ends_no_other(knowledge: Knowledge, tmp_path: Path) -> None:
    import_tables([write_official(tmp_path, Quarter("2024q1", [PAIR]))], tmp_path / "store")
    new: Row = ("1000T", "A0003", "0", 20240401, None)
    part = write_official(tmp_path, Quarter("2024q2", [new])).rename(tmp_path / "practitioner_2024q2_f1.txt")
    import_tables([part], tmp_path / "store")
    facts = with_tables(knowledge.store, tmp_path / "store")
    assert sorted(facts.match("ptp", (None,) * 6), key=str) == [
        (*FACT, 20240101, OPEN_END),
        ("practitioner", '"1000T"', '"A0003"', "never", 20240401, OPEN_END),
    ]
    assert [row[2] for row in facts.match("edition", ("ptp", "practitioner", None, None, None))] == ['"2024 Q1"']


@pytest.mark.parametrize("relation", ["ptp"])
def test_the_index_has_no_row_ids_and_keeps_numbers(relation: str, knowledge: Knowledge, tmp_path: Path) -> None:
    import_tables([write_official(tmp_path, Quarter("2024q1", [PAIR]))], tmp_path / "store")
    (path,) = (tmp_path / "store" / "index").iterdir()
    index = sqlite3.connect(path)
    (made,) = index.execute("SELECT sql FROM sqlite_master WHERE name = ?", (relation,)).fetchone()
    assert "WITHOUT ROWID" in made
    assert all(isinstance(value, int | None) for row in index.execute(f"SELECT * FROM {relation}") for value in row)
