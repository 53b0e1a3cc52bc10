"""How long the searches over an encounter take: allowed sets, the largest payable sets of codes, and why not.

    python benchmarks/search.py [--json] [--runs N]

Prints medians of wall time, and of the processor time of this process, which other work on the machine disturbs less.
Nothing here is a test: figures depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from claimlogic import KnowledgeBase
from claimlogic.claims.encounter import Encounter
from claimlogic.claims.encounter_documents import encounter_from_data, read_encounter, tellable
from claimlogic.claims.model import Claim, Line
from claimlogic.search.allowed import allowed
from claimlogic.search.largest import largest
from claimlogic.search.whynot import whynot

SAMPLES = Path(__file__).parent.parent / "tests" / "samples" / "encounters"

# Five procedures of one session, far enough apart for all of them to be reported.
FIVE_APART = {
    "id": "five-apart",
    "date": "2024-08-15",
    "setting": "hospital_outpatient",
    "payer": "medicare",
    "patient_age": 54,
    "procedures": [
        {"procedure": "joint_injection", "joint": "knee", "imaging": "fluoroscopy", "side": "right"},
        {"procedure": "joint_injection", "joint": "shoulder", "imaging": "fluoroscopy", "side": "left"},
        {"procedure": "joint_injection", "joint": "wrist", "imaging": "none", "side": "left"},
        {"procedure": "nerve_block", "nerve": "suprascapular", "imaging": "fluoroscopy", "side": "left"},
        {"procedure": "soft_tissue_biopsy", "region": "leg", "method": "needle", "imaging": "fluoroscopy"},
    ],
}


def questions(kb: KnowledgeBase) -> Iterator[tuple[str, Callable[[], object]]]:
    """Each thing that is measured, with its name."""
    words, telling = kb.knowledge.vocabulary.words(), tellable(kb.store)

    def sample(name: str) -> Encounter:
        return read_encounter(SAMPLES / f"{name}.yaml", words, telling)

    one, five = sample("epidural_lumbar"), sample("five_procedures")
    apart = encounter_from_data(FIVE_APART, words, telling)
    codes = ["62323", "77003", "20610", "77002", "64490", "64491", "76000", "36556", "77001", "20553"]
    lines = tuple(Line(at, code, 1, 20240815) for at, code in enumerate(codes, start=1))
    claim = Claim("codes", "professional", lines, setting="office", payer="medicare")
    yield "check of 2 lines, for comparison", lambda: kb.check(Claim("c", "professional", lines[:2], setting="office"))
    yield "allowed, 1 procedure", lambda: allowed(kb, one)
    yield "allowed, 5 procedures, all reported", lambda: allowed(kb, apart)
    yield "allowed, 5 procedures, 3 left out with reasons", lambda: allowed(kb, five)
    yield "largest sets of 10 codes", lambda: largest(kb, claim)
    yield "whynot, 1 procedure", lambda: whynot(kb, "77003", one)


def median_of(work: Callable[[], object], runs: int) -> tuple[float, float]:
    """The median wall and processor time of one call, in milliseconds, after two calls that are not counted."""
    work()
    work()
    walls, processors = [], []
    for _ in range(runs):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1000)
        processors.append((time.process_time() - processor) * 1000)
    return statistics.median(walls), statistics.median(processors)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--runs", type=int, default=20, help="counted runs of each figure")
    chosen = parser.parse_args()
    figures = {name: median_of(work, chosen.runs) for name, work in questions(KnowledgeBase())}
    if chosen.json:
        print(json.dumps({name: {"wall": w, "processor": p} for name, (w, p) in figures.items()}, indent=2))
        return
    print(f"{'milliseconds':48} {'wall':>8} {'processor':>10}")
    for name, (wall, processor) in figures.items():
        print(f"{name:48} {wall:8.1f} {processor:10.1f}")


if __name__ == "__main__":
    main()
