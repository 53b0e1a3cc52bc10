"""How long a named question takes: the whole process, the first time in a process, and every further time.

    python benchmarks/asking.py [--json] [--runs N]

Prints medians of wall time and of processor time (the first call with its compilation, once), with the machine they
were taken on. Nothing here is a test: figures depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from claimlogic.asking.ask import Asker
from claimlogic.knowledge.load import load_knowledge

DAY = "2024-08-15"

# From one answer to as many as there are: 64450 is column 2 of most pairs.
CALLS = (
    ("what_is", "77002"),
    ("paid_how", "77002"),
    ("modifiers_never", "62323", "77003"),
    ("disagreements", "77002"),
    ("modifiers_help", "20610", "76000"),
    ("parents", "77002"),
    ("bundled_into", "77003"),
    ("together", "77003"),
    ("bundles", "62323"),
    ("bundled_into", "76000"),
    ("never_with", "62323"),
    ("bundled_into", "64450"),
)


def milliseconds(work: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """How long one call takes; by ``time.process_time`` without the time that others had the processor."""
    start = clock()
    work()
    return (clock() - start) * 1000


def machine() -> str:
    """The machine in a few words."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def whole_process(call: tuple[str, ...], runs: int) -> float:
    """Median wall time of ``claimlogic ask`` from the start of the process to its end."""
    command = [sys.executable, "-m", "claimlogic", "ask", *call, "--on", DAY]
    times = [
        milliseconds(lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=False)) for _ in range(runs + 1)
    ]
    return statistics.median(times[1:])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=15, help="counted runs of each figure")
    chosen = parser.parse_args()
    knowledge = load_knowledge()
    figures = []
    for call in CALLS:
        work = partial(Asker(knowledge).ask, *call, on=DAY)
        first = milliseconds(work)
        times = [milliseconds(work) for _ in range(chosen.runs)]
        processor = [milliseconds(work, time.process_time) for _ in range(chosen.runs)]
        medians = statistics.median(times), statistics.median(processor)
        figures.append((" ".join(call), len(work().rows), first, *medians))
    process = whole_process(("parents", "77002"), chosen.runs)
    if chosen.json:
        questions = [
            {"question": name, "answers": count, "first": first, "median": median, "processor": processor}
            for name, count, first, median, processor in figures
        ]
        print(json.dumps({"machine": machine(), "whole process": process, "questions": questions}, indent=2))
        return
    print(f"{machine()}; milliseconds")
    print(f"{'question':30} {'answers':>8} {'first':>8} {'median':>8} {'processor':>9}")
    for name, count, first, median, used in figures:
        print(f"{name:30} {count:8} {first:8.1f} {median:8.1f} {used:9.1f}")
    print(f"whole process, parents 77002: {process:.0f}")


if __name__ == "__main__":
    main()
