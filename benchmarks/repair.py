"""How long the smallest fixes of a claim take: 10 lines as they come, and 30 lines with 40 conflicts.

    python benchmarks/repair.py [--json] [--runs N]

Prints wall and processor time, and how many fixes there were. Nothing here is a test: figures depend on the machine and
on what else runs on it; processor time depends on it less.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim, Line
from claimlogic.search.repair import fixes
from claimlogic.search.repair_model import FixResult, Limits

DAY = 20240815
LIMITS = Limits(max_fixes=20)

# Ten lines over the days of one claim (split by |), with one or two things wrong; then ten lines of one day, many of
# which do not go together.
TEN_LINES = {
    "guidance inside the procedure": "99213 | 62323 77003 | 20610 77002 | 99214 | 64490 64491 | 36556 77001",
    "the code with imaging": "62322 77003 | 20610 77002 | 99213 | 20553 | 36556 77001 | 64490 64491",
    "plain fluoroscopy": "36556 76000 | 99213 | 20610 77002 | 62323 | 64490 64491 | 20206 77012",
    "a knee on the day of an epidural": "62323 20610 77002 | 99213 | 36556 77001 | 64490 64491 | 20553 | 20206",
    "one day, nine lines denied": "62323 77003 20610 20553 36556 77001 99213 71046 20526 10160",
    "one day, six lines denied": "62323 20610 77002 62320 64400 20206 50200 36580 77001 20520",
}


def claim_of(days: Sequence[str]) -> Claim:
    """An office claim of these codes, one unit each, the codes of a day in one text."""
    coded = [(code, DAY + day) for day, codes in enumerate(days) for code in codes.split()]
    lines = tuple(Line(number, code, 1, day) for number, (code, day) in enumerate(coded, start=1))
    return Claim("bench", "professional", lines, setting="office", payer="medicare", patient_age=54)


def conflicts(lines: int, pairs: int, seed: int) -> tuple[Claim, str]:
    """A hospital claim of invented codes, and the text of that many pairs among them, a quarter open to a modifier."""
    chance = random.Random(seed)
    codes = [f"Z{number:04}" for number in range(lines)]
    found: dict[tuple[str, str], str] = {}
    while len(found) < pairs:
        one, other = chance.sample(codes, 2)
        if (other, one) not in found:
            found.setdefault((one, other), "with_modifier" if chance.random() < 0.25 else "never")
    text = "".join(f'ptp(hospital,"{a}","{b}",{i},20190701,#sup).\n' for (a, b), i in found.items())
    own = tuple(Line(number, code, 1, 20260215) for number, code in enumerate(codes, start=1))
    return Claim("bench", "institutional", own, bill_type="131"), text


def measured(work: Callable[[], FixResult], runs: int) -> dict[str, float | int]:
    """The median wall and processor time of one call in milliseconds, after one that is not counted."""
    result = work()
    wall, processor = [], []
    for _ in range(runs):
        begun, used = time.perf_counter(), time.process_time()
        work()
        wall.append((time.perf_counter() - begun) * 1000)
        processor.append((time.process_time() - used) * 1000)
    return {
        "wall_ms": round(statistics.median(wall), 1),
        "processor_ms": round(statistics.median(processor), 1),
        "least_wall_ms": round(min(wall), 1),
        "denied": len(result.denied),
        "fixes": len(result.fixes),
        "proven": int(result.proven),
    }


def figures(runs: int) -> dict[str, dict[str, float | int]]:
    """All figures by name."""
    kb = KnowledgeBase()
    found: dict[str, dict[str, float | int]] = {}
    for name, codes in TEN_LINES.items():
        claim = claim_of(codes.split("|"))
        found[f"10 lines: {name}"] = measured(lambda claim=claim: fixes(kb, claim, limits=LIMITS), runs)  # type: ignore[misc]
    for seed in range(3):
        claim, text = conflicts(30, 40, seed)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "pairs.lp"
            path.write_text(text, encoding="utf-8")
            added = KnowledgeBase(facts=path)
        found[f"30 lines, 40 conflicts ({seed + 1})"] = measured(
            lambda claim=claim, added=added: fixes(added, claim, limits=LIMITS),  # type: ignore[misc]
            max(3, runs // 5),
        )
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=25, help="counted runs of each figure")
    chosen = parser.parse_args()
    machine = f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
    found = figures(chosen.runs)
    if chosen.json:
        print(json.dumps({"machine": machine, "figures": found}, indent=2))
        return
    print(machine)
    for name, figure in found.items():
        told = ", ".join(f"{key} {value}" for key, value in figure.items())
        print(f"{name:45} {told}")


if __name__ == "__main__":
    main()
