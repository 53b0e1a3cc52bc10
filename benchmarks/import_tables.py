"""What importing whole tables costs, how large the store becomes, and what a claim's slice of it costs.

    python benchmarks/import_tables.py --cms DIR [--json]

DIR holds the practitioner and hospital pairs of 2024 Q3 and the dated hospital pairs. The two hospital tables cover the
same days, so the dated one goes into a store of its own. Each import runs in a process of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path

from latency import machine

from claimlogic.knowledge.load import load_knowledge
from claimlogic.knowledge.store import FactStore
from claimlogic.tables.source import with_tables
from claimlogic.terms import plain

PRACTITIONER = "ncci_ptp_practitioner_2024q3_v302.tsv.xz"
HOSPITAL = "ncci_ptp_hospital_2024q3_v302.tsv.xz"
DATED = "ioce_ptp_hospital_2019q3-2026q2.tsv.xz"
SIZES = (2, 5, 50, 450)
_IMPORT = (
    "import sys; from pathlib import Path; from claimlogic.tables.importing import import_tables;"
    "import_tables([Path(sys.argv[1])], Path(sys.argv[2]))"
)


def import_cost(file: Path, store: Path) -> tuple[float, float, float]:
    """Seconds of wall clock, seconds of processor and peak megabytes of one import."""
    start = time.perf_counter()
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", _IMPORT, str(file), str(store)], os.environ)
    _, status, used = os.wait4(child, 0)
    if status:
        sys.exit(f"the import of {file.name} failed")
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    return time.perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / scale


def megabytes(store: Path) -> float:
    """The size of a store on disk."""
    return sum(path.stat().st_size for path in store.rglob("*") if path.is_file()) / 1e6


def busy_codes(facts: FactStore) -> list[str]:
    """Codes that occur in many pairs, so that a slice has work to do."""
    probe = [plain(row[1]) for row in facts.match("ptp", (None, None, '"36000"', None, None, None))]
    return sorted(set(probe))


def slice_cost(facts: FactStore, codes: list[str], size: int) -> float:
    """The median time, in milliseconds, to slice every predicate of the tables for this many codes."""
    draw, times = random.Random(size), []
    for _ in range(40 if size < 100 else 8):
        touched = {"code": [f'"{code}"' for code in draw.sample(codes, size)]}
        start = time.perf_counter()
        for predicate in sorted(facts.shelves[-1].predicates):
            facts.slice(predicate, touched)
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times[2:])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cms", type=Path, required=True, help="the folder of CMS's tables")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        quarter, dated = Path(folder) / "quarter", Path(folder) / "dated"
        for file, store in ((PRACTITIONER, quarter), (HOSPITAL, quarter), (DATED, dated)):
            wall, cpu, peak = import_cost(chosen.cms / file, store)
            figures[f"import {file} (s)"] = wall
            figures[f"import {file} (s of processor)"] = cpu
            figures[f"import {file} (MB, peak)"] = peak
        figures["store of 2024 Q3, both settings (MB)"] = megabytes(quarter)
        figures["store of the dated hospital pairs (MB)"] = megabytes(dated)
        own = load_knowledge().store
        times = []
        for _ in range(20):
            start = time.perf_counter()
            facts = with_tables(own, quarter)
            times.append((time.perf_counter() - start) * 1000)
        figures["open the store (ms)"] = statistics.median(times)
        codes = busy_codes(facts)
        for size in SIZES:
            figures[f"slice for {size} codes (ms)"] = slice_cost(facts, codes, size)
    if chosen.json:
        print(json.dumps({"machine": machine(), "figures": figures}, indent=2))
        return
    print(machine())
    for name, value in figures.items():
        print(f"{name:70} {value:8.1f}")


if __name__ == "__main__":
    main()
