"""How long one claim takes: the whole process, and in process with and without proofs; or with whole tables.

    python benchmarks/latency.py [--json]
    python benchmarks/latency.py --tables STORE [--tables STORE ...] [--json]

Prints medians, with the machine they were taken on. With stores of CMS's tables (``docs/whole-tables.md``): the time to
open each, then claims of 2 to 450 lines drawn by ``code_frequencies.tsv``, half of them a hospital's, judged by the
default tables and by each store, with the pairs that they touch: the cost goes with those and not with the store.
Nothing here is a test: figures depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from population import claims_of

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim, Line
from claimlogic.knowledge.load import load_knowledge
from claimlogic.tables.source import with_tables

ROOT = Path(__file__).parent.parent
EPIDURAL = ROOT / "examples" / "epidural_77003.yaml"


COMMON_CODES = tuple(
    """
62323 77003 20610 77002 76000 64490 64491 64492 36556 77001 20553 62273 27096 64483 64484 76942 77012 10160 20206
20220 20520 20526 20550 20551 20600 20605 20611 21550 32408 36558 36561 36569 36573 38505 42400 47000 49180 50200
62270 62284 62328 64400 64405 64415 64445 64493 64494 64633 64634 64635
""".split()
)


def claim_of(size: int) -> Claim:
    """A professional claim with ``size`` lines over many families, so that pairs, add-ons and limits all bear."""
    lines = tuple(
        Line(number=n + 1, code=COMMON_CODES[n % len(COMMON_CODES)], units=1, date=20240815) for n in range(size)
    )
    return Claim("bench", "professional", lines, setting="office", payer="medicare", patient_age=54)


def median_of(work: Callable[[], object], runs: int) -> float:
    """The median time of one call, in milliseconds, after two calls that are not counted."""
    work()
    work()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def whole_process(runs: int) -> tuple[float, float]:
    """Median wall time in milliseconds and peak memory in MB of ``claimlogic check`` on one claim."""
    command = [sys.executable, "-m", "claimlogic", "check", str(EPIDURAL), "--format", "json"]
    times = []
    for _ in range(runs + 1):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        times.append((time.perf_counter() - start) * 1000)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    megabytes = peak / (1024 * 1024 if sys.platform == "darwin" else 1024)
    return statistics.median(times[1:]), megabytes


# Name, lines, days and number of claims: CMS takes 450 lines at most, and they are billed by the month.
SIZES = (
    ("2 lines", 2, 1, 40),
    ("5 lines", 5, 1, 40),
    ("50 lines", 50, 1, 8),
    ("450 lines over 30 days", 450, 30, 4),
    ("450 lines of one day", 450, 1, 2),
)


def opening(store: Path) -> float:
    """The median time, in milliseconds, to open a store beside the knowledge base."""
    own = load_knowledge().store
    return median_of(lambda: with_tables(own, store), 20)


def pairs_touched(kb: KnowledgeBase, claim: Claim) -> int:
    """The number of pairs of the tables that the slice of a claim holds."""
    return sum(fact.predicate == "ptp" for fact in kb._judge.slice(kb.facts_of(claim), kb.store).facts)


def drawn(kb: KnowledgeBase, lines: int, days: int, count: int) -> list[Claim]:
    """Claims of so many lines; at least every other one touches a pair of the tables."""
    paired: list[Claim] = []
    others: list[Claim] = []
    for claim in claims_of(lines, 10 * count, days=days) if lines < 50 else claims_of(lines, count, days=days):
        (paired if pairs_touched(kb, claim) else others).append(claim)
    half = paired[: max(count // 2, count - len(others))]
    return half + others[: count - len(half)]


def with_whole_tables(stores: list[Path], runs: int) -> dict[str, dict[str, float]]:
    """For each set of tables: what opening it, and what claims of each size take, in milliseconds.

    The same claims for all, chosen by the pairs of the last store.
    """
    last = KnowledgeBase(tables=stores[-1])
    claims = {size: drawn(last, lines, days, count) for size, lines, days, count in SIZES}
    found: dict[str, dict[str, float]] = {}
    for name, store in [("default tables", None), *((str(store), store) for store in stores)]:
        figures = found.setdefault(name, {})
        if store is not None:
            figures["open the store (ms)"] = opening(store)
        kb = KnowledgeBase(tables=store)
        for size, lines, _, _ in SIZES:
            for claim in claims[size][:2]:
                kb.check(claim)
            times, processor = [], []
            for claim in claims[size] * max(1, runs * 2 // lines):
                start, used = time.perf_counter(), time.process_time()
                kb.check(claim)
                times.append((time.perf_counter() - start) * 1000)
                processor.append((time.process_time() - used) * 1000)
            figures[f"{size} (ms)"] = statistics.median(times)
            figures[f"{size}, processor (ms)"] = statistics.median(processor)
            figures[f"{size}, pairs touched"] = statistics.mean(pairs_touched(kb, claim) for claim in claims[size])
    return found


def machine() -> str:
    """The machine in a few words."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=40, help="counted runs of each in-process figure")
    parser.add_argument(
        "--tables", type=Path, action="append", default=[], metavar="STORE", help="judge by whole tables"
    )
    chosen = parser.parse_args()
    if chosen.tables:
        tables = with_whole_tables(chosen.tables, chosen.runs)
        if chosen.json:
            print(json.dumps({"machine": machine(), "medians": tables}, indent=2))
            return
        print(machine())
        for name, told in tables.items():
            print(name)
            for figure, value in told.items():
                print(f"  {figure:50} {value:8.1f}")
        return
    kb = KnowledgeBase()
    epidural = kb.read(EPIDURAL)[0]
    fifty = claim_of(50)
    wall, peak = whole_process(10)
    figures = {
        "whole process, check of one claim (ms)": wall,
        "whole process, peak memory (MB)": peak,
        "in process, check of 2 lines (ms)": median_of(lambda: kb.check(epidural), chosen.runs),
        "in process, check of 50 lines (ms)": median_of(lambda: kb.check(fifty), chosen.runs),
        "in process, 2 lines with all proofs (ms)": median_of(lambda: kb.why(epidural), chosen.runs),
        "for comparison, a loop over a million squares (ms)": median_of(lambda: sum(n * n for n in range(10**6)), 9),
    }
    if chosen.json:
        print(json.dumps({"machine": machine(), "medians": figures}, indent=2))
        return
    print(machine())
    for name, value in figures.items():
        print(f"{name:52} {value:8.1f}")


if __name__ == "__main__":
    main()
