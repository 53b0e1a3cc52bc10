"""The benchmarks measure equal work: on the same claims, every way to find the same finds the same."""

from __future__ import annotations

import json
import random
from importlib import import_module
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from claimlogic.tables.importing import import_tables

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
CLAIMS = 1_500


@pytest.fixture
def population(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("population")


@pytest.fixture
def store(population: ModuleType, tmp_path: Path) -> Path:
    """A store of invented tables over the codes of the population: pairs, unit limits, chains of add-ons, modifiers."""
    chance = random.Random(1)
    codes = sorted({row.code for row in population.frequencies()})
    pairs = sorted({tuple(sorted(chance.sample(codes, 2))) for _ in range(4_000)})
    files = {
        "ptp_practitioner_2024q3.tsv": ["column1\tcolumn2\tdeletion\tmodifier\trationale_id"]
        + [f"{a}\t{b}\t{chance.choice('* 20240815 20240630'.split())}\t{chance.choice('019')}\t1" for a, b in pairs],
        "mue_practitioner_2024q3.tsv": ["hcpcs\tmue\tmai\trationale"]
        + [f"{code}\t{chance.randint(1, 4)}\t{chance.choice('123')}\tinvented" for code in codes],
        "addon_2024q3.tsv": ["add_on\tprimary\ttype\teffective_from\teffective_to"]
        + [f"{a}\t{b}\t{chance.choice('13')}\t\t" for a, b in pairs[::40]],
        "modifiers_2024q3.tsv": ["modifier\teffective_from\teffective_to\tncci"]
        + [f"{modifier}\t20150101\t\t1" for modifier in "25 59 LD LT RT TA XS".split()],
        "rationales.tsv": ["id\trationale", "1\tinvented"],
    }
    paths = []
    for name, lines in files.items():
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        paths.append(path)
    import_tables(paths, tmp_path / "store")
    return tmp_path / "store"


def rows_of(folder: Path) -> list[tuple[object, ...]]:
    return duckdb.execute(f"FROM '{folder}/*.parquet'").fetchall()


def test_a_population_is_the_same_again_and_begins_a_larger_one(
    population: ModuleType, store: Path, tmp_path: Path
) -> None:
    for name, count in (("one", 40), ("again", 40), ("larger", 90)):
        population.write_population(tmp_path / name, store, count)
    assert rows_of(tmp_path / "one") == rows_of(tmp_path / "again") == rows_of(tmp_path / "larger")[: 40 * 4]
    population.write_population(tmp_path / "other", store, 40, seed=2)
    assert rows_of(tmp_path / "other") != rows_of(tmp_path / "one")


def test_every_way_finds_the_same(population: ModuleType, store: Path, tmp_path: Path) -> None:
    population.write_population(tmp_path / "claims", store, CLAIMS)
    found = {}
    for rival in ("compiled", "hand_sql", "python_loop", "clingo_batched"):
        output = tmp_path / f"{rival}.parquet"
        taken = import_module(f"rivals.{rival}").run(store, tmp_path / "claims", output)
        assert taken.claims == CLAIMS
        found[rival] = set(duckdb.execute(f"SELECT C, L, rule, other FROM '{output}'").fetchall())
    assert found["hand_sql"] == found["compiled"]
    assert found["python_loop"] == found["compiled"]
    assert found["clingo_batched"] == found["compiled"]
    assert {rule for _, _, rule, _ in found["compiled"]} == set(import_module("rivals").SHARED)


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return import_module("figures")


def test_the_readme_tells_the_figures_that_were_measured(figures: ModuleType) -> None:
    result = json.loads(figures.RESULTS.read_text(encoding="utf-8"))
    readme = figures.README.read_text(encoding="utf-8")
    assert figures.written(readme, result) == readme
    result["engines"]["compiled"]["claims_per_second"] *= 2
    assert figures.written(readme, result) != readme


def test_a_readme_without_a_place_for_figures_is_not_written(figures: ModuleType) -> None:
    result = json.loads(figures.RESULTS.read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match="until here"):
        figures.written("# claimlogic\n", result)
