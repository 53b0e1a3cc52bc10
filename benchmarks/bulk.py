"""Many claims at once: the compiled rules beside other ways to find the same, on the same claims and tables.

    python benchmarks/bulk.py --tables STORE [--claims 1000000] [--pyoce PYTHON] [--growth] [-o results.json]

STORE holds CMS's practitioner tables of 2024 Q3: pairs, unit limits, add-ons, modifiers (``docs/whole-tables.md``); for
``pyoce`` also the hospital pairs. PYTHON is an interpreter (3.12 or later) in which claimlogic and pyoce are installed;
without it pyoce is left out and its ratio is null.

Each way runs in a process of its own (``rivals/``). Times go from the claims' file to what was found, with the tables
read before; but for ``screen``, the command as a user runs it, from its start to its report. What is found is compared:
all claims for hand-written SQL and the Python loop, a sample for the others. On a machine that is not quiet the ratios
by processor time say more. Written to ``results.json``, the figures go into the README as well (``figures.py``).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any

import duckdb
import figures
from latency import machine
from population import write_population

ENGINES = {
    "compiled": ("rivals.compiled", "run"),
    "compiled, all rules": ("rivals.compiled", "run_all"),
    "screen, all rules": ("rivals.screen_command", "run"),
    "compiled, hospital pairs": ("rivals.compiled", "run_hospital_pairs"),
    "hand SQL": ("rivals.hand_sql", "run"),
    "Python loop": ("rivals.python_loop", "run"),
    "clingo batched": ("rivals.clingo_batched", "run"),
    "pyoce": ("rivals.pyoce_sample", "run"),
}
WHOLE = ("compiled", "compiled, all rules", "screen, all rules", "hand SQL", "Python loop")
CLINGO_SAMPLE, PYOCE_SAMPLE = 20_000, 2_000
GROWTH = (1_000_000, 2_000_000, 4_000_000, 8_000_000)


def run_here(engine: str, tables: Path, claims: Path, output: Path) -> None:
    """Run one engine in this process and print what it took as JSON."""
    module, function = ENGINES[engine]
    taken = getattr(import_module(module), function)(tables, claims, output)
    print(json.dumps({**asdict(taken), "peak_mb": round(peak_memory())}))


def peak_memory() -> float:
    """The most memory that this process, or one that it started, has held, in MB."""
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / scale
    status = Path("/proc/self/status")
    if status.exists():  # On Linux ru_maxrss begins with what the process that started this one held.
        kilobytes = next(line.split()[1] for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return max(int(kilobytes) / 1024, children)
    return max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale, children)


def run(engine: str, tables: Path, claims: Path, output: Path, python: str = "") -> dict[str, Any]:
    """What an engine took, in a process of its own."""
    command = [
        python or sys.executable,
        __file__,
        "--tables",
        tables,
        "--engine",
        engine,
        "--from",
        claims,
        "-o",
        output,
    ]
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True, text=True)
    return dict(json.loads(done.stdout))


def medians(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The medians of some runs of an engine."""
    found = {key: statistics.median(one[key] for one in runs) for key in runs[0]}
    return {
        "claims": int(found["claims"]),
        "claims_per_second": round(found["claims"] / found["seconds"]),
        "seconds": round(found["seconds"], 2),
        "judging_seconds": round(found["judging_seconds"], 2),
        "cpu_seconds": round(found["cpu_seconds"], 2),
        "peak_mb": round(found["peak_mb"]),
        "runs": len(runs),
    }


def differences(one: Path, other: Path, columns: str = "C, L, rule, other") -> int:
    """How many findings one of two files has and the other has not, over the claims of the smaller one."""
    connection = duckdb.connect()
    for name, path in (("one", one), ("other", other)):
        connection.execute(f"CREATE VIEW {name}_read AS FROM '{path}'")
    latest = "(SELECT least((SELECT max(C) FROM one_read), (SELECT max(C) FROM other_read)))"
    for name in ("one", "other"):
        connection.execute(f"CREATE VIEW {name} AS SELECT DISTINCT {columns} FROM {name}_read WHERE C <= {latest}")
    query = "SELECT count(*) FROM ((FROM one EXCEPT FROM other) UNION ALL (FROM other EXCEPT FROM one))"
    return int(connection.execute(query).fetchall()[0][0])


def measured(tables: Path, count: int, runs: int, pyoce: str, folder: Path) -> dict[str, Any]:
    """All engines on one population, their ratios, and whether they agree.

    They take turns, so that a machine that slows down meanwhile slows all of them.
    """
    whole, sample, small = folder / "claims", folder / "sample", folder / "small"
    for path, size in ((whole, count), (sample, min(count, CLINGO_SAMPLE)), (small, min(count, PYOCE_SAMPLE))):
        write_population(path, tables, size)
    outputs = {engine: folder / f"{number}.parquet" for number, engine in enumerate(ENGINES)}
    rounds = [{engine: run(engine, tables, whole, outputs[engine]) for engine in WHOLE} for _ in range(runs)]
    engines = {engine: medians([one[engine] for one in rounds]) for engine in WHOLE}
    engines["clingo batched"] = medians([run("clingo batched", tables, sample, outputs["clingo batched"])])
    differ = {
        rival: differences(outputs["compiled"], outputs[rival])
        for rival in ("hand SQL", "Python loop", "clingo batched")
    }
    if pyoce:
        engines["pyoce"] = medians([run("pyoce", tables, small, outputs["pyoce"], pyoce)])
        run("compiled, hospital pairs", tables, small, outputs["compiled, hospital pairs"])
        own = outputs["compiled, hospital pairs"]
        differ["pyoce, lines denied by a pair"] = differences(own, outputs["pyoce"], "C, L")
    speed = {engine: told["claims_per_second"] for engine, told in engines.items()}
    work = {engine: told["cpu_seconds"] / told["claims"] for engine, told in engines.items()}
    return {
        "claims": count,
        "lines_of_a_claim": 4,
        "engines": engines,
        "ratio_vs_hand_sql": round(speed["hand SQL"] / speed["compiled"], 2),
        "ratio_vs_python_loop": round(speed["compiled"] / speed["Python loop"], 2),
        "ratio_vs_pyoce": round(speed["compiled"] / speed["pyoce"]) if pyoce else None,
        "by_processor_time": {
            "ratio_vs_hand_sql": round(work["compiled"] / work["hand SQL"], 2),
            "ratio_vs_python_loop": round(work["Python loop"] / work["compiled"], 2),
            "ratio_vs_pyoce": round(work["pyoce"] / work["compiled"]) if pyoce else None,
        },
        "findings_that_differ": differ,
    }


def growth(tables: Path, folder: Path) -> list[dict[str, Any]]:
    """All rules on more and more claims."""
    found = []
    for count in GROWTH:
        claims = folder / f"growth-{count}"
        write_population(claims, tables, count)
        found.append(medians([run("compiled, all rules", tables, claims, folder / "growth.parquet")]))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, required=True, help="a store of CMS's tables")
    parser.add_argument("--claims", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3, help="runs of each engine that judges all claims")
    parser.add_argument("--pyoce", default="", metavar="PYTHON", help="an interpreter with claimlogic and pyoce")
    parser.add_argument("--growth", action="store_true", help="also 1, 2, 4 and 8 million claims by all rules")
    parser.add_argument("--engine", choices=ENGINES, help="run one engine in this process")
    parser.add_argument("--from", dest="given", type=Path, help="its claims")
    parser.add_argument("-o", "--output", type=Path, default=figures.RESULTS)
    chosen = parser.parse_args(arguments)
    if chosen.engine:
        run_here(chosen.engine, chosen.tables, chosen.given, chosen.output)
        return
    with tempfile.TemporaryDirectory() as folder:
        load = os.getloadavg()[0]
        result = measured(chosen.tables, chosen.claims, chosen.runs, chosen.pyoce, Path(folder))
        if chosen.growth:
            result["growth"] = growth(chosen.tables, Path(folder))
    result = {"machine": machine(), "load_before": round(load, 1), **result}
    chosen.output.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if chosen.output == figures.RESULTS:
        figures.write()
    print(f"{machine()}; {result['claims']:,} claims of 4 lines")
    print(figures.text(result))
    for rival, count in result["findings_that_differ"].items():
        print(f"Findings that differ from {rival}: {count}")


if __name__ == "__main__":
    main()
