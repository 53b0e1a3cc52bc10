"""Claims beside ``pyoce``, a Python port of CMS's outpatient code editor, in one process and in turns.

    python3.12 -m venv .venv312
    .venv312/bin/pip install '.[pyoce]'
    .venv312/bin/python benchmarks/beside_pyoce.py --tables STORE [--json]

``pyoce`` needs Python 3.12. STORE holds CMS's hospital pairs, add-ons, OPPS statuses and modifiers for 2024 Q3
(``docs/whole-tables.md``). The claims are a hospital's: half under OPPS, half not, where the editor judges add-ons as
well. ``pyoce`` takes one claim at a time and always runs all of its edits. We run with all rules, and with those of the
families that both judge (pairs, add-ons, unit limits, packaging, modifiers), from a copy of ``kb`` without the others;
each claim by itself, and all together, as ``claimlogic check`` judges the claims of a file. What both say of pairs
and add-ons is compared line by line.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from latency import machine
from population import claims_of

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim
from claimlogic.results import ClaimResult

try:
    import pyoce
except ImportError as fault:
    raise SystemExit("pyoce is not installed: pip install 'claimlogic[pyoce]' with Python 3.12 or later") from fault

KB = Path(__file__).parent.parent / "kb"
SIZES = ((1, 100), (2, 100), (5, 60), (50, 8))
PAIR_EDITS = frozenset({"020", "040"})
ADDON_EDITS = frozenset({"106", "107", "108"})
OPPS, NOT_OPPS = "1", "2"
# What the editor judges as well, by the paths of our rules.
SHARED_FAMILIES = ("ncci/column_two", "addon/", "units/over_mue", "packaging/", "modifiers/")


def claims(lines: int, count: int) -> list[Claim]:
    """Hospital claims, every other one outside OPPS."""
    drawn = claims_of(lines, count, hospital=True)
    return [replace(claim, opps=number % 2 == 0) for number, claim in enumerate(drawn)]


def for_pyoce(claim: Claim) -> dict[str, Any]:
    """A claim as that program takes it."""
    return {
        "claimId": claim.id,
        "billType": claim.bill_type,
        "oppsFlag": OPPS if claim.opps else NOT_OPPS,
        "age": str(claim.patient_age),
        "sex": "1",
        "dateStarted": str(min(line.date for line in claim.lines)),
        "dateEnded": str(max(line.date for line in claim.lines)),
        "principalDiagnosisCode": {"diagnosis": "M5450"},
        "lineItemList": [
            {
                "serviceDate": str(line.date),
                "hcpcs": line.code,
                "revenueCode": "0510",
                "unitsInput": str(line.units),
                "charge": "10000",
                "hcpcsModifierInputList": [{"hcpcsModifier": modifier} for modifier in line.modifiers],
            }
            for line in claim.lines
        ],
    }


def shared_rules(folder: Path) -> Path:
    """A copy of the knowledge base with the rules of the shared families only."""
    copy = folder / "kb"
    shutil.copytree(KB, copy)
    for path in sorted((copy / "rules").rglob("*.lp")):
        if not path.relative_to(copy / "rules").as_posix().startswith(SHARED_FAMILIES):
            path.unlink()
    return copy


def lines_that_differ(claim: Claim, ours: ClaimResult, theirs: dict[str, Any]) -> list[str]:
    """The lines on which the two differ about pairs or add-ons, in words."""
    told = []
    for line, item in zip(ours.lines, theirs["lineItemList"], strict=True):
        edits = set(item["hcpcsEditList"])
        rules = {finding.rule for finding in line.findings if not finding.waived_by}
        if bool(edits & PAIR_EDITS) != ("ncci_column_two" in rules):
            told.append(f"{claim.id} line {line.line} {line.code}: pair, they say {sorted(edits)}")
        # A line that falls by itself is not called orphaned as well.
        if bool(edits & ADDON_EDITS) != ("addon_orphaned" in rules) and line.verdict != "denied":
            told.append(f"{claim.id} line {line.line} {line.code}: add-on, they say {sorted(edits)}")
    return told


def milliseconds(work: Callable[[], object]) -> float:
    """The processor time of a call, which other work on the machine disturbs less; each program runs in one thread."""
    start = time.process_time()
    work()
    return (time.process_time() - start) * 1000


def _judge_all(kb: KnowledgeBase, given: list[Claim]) -> None:
    for _ in kb.check_all(given):
        pass


def compare(kb: KnowledgeBase, shared: KnowledgeBase, runs: int) -> dict[str, Any]:
    """Times and ratios by number of lines, and what the answers differ in."""
    editor = pyoce.IoceComponent()
    found: dict[str, Any] = {"lines": {}, "compared": 0, "differ": []}
    for lines, count in SIZES:
        given = claims(lines, count)
        for claim in given:
            theirs = editor.process(for_pyoce(claim))
            found["differ"] += lines_that_differ(claim, shared.check(claim), theirs)
            found["compared"] += lines
        times: dict[str, list[float]] = {
            name: [] for name in ("pyoce", "all rules", "shared families", "all, together", "shared, together")
        }
        for round_ in range(runs + 1):
            for claim in given:
                # It writes its answer into the claim, so each call is given a new one; making it is not counted.
                theirs = for_pyoce(claim)
                taken = {
                    "pyoce": milliseconds(partial(editor.process, theirs)),
                    "all rules": milliseconds(partial(kb.check, claim)),
                    "shared families": milliseconds(partial(shared.check, claim)),
                }
                if round_:
                    for name, value in taken.items():
                        times[name].append(value)
            if round_:
                for name, one in (("all, together", kb), ("shared, together", shared)):
                    times[name].append(milliseconds(partial(_judge_all, one, given)) / count)
        medians = {name: statistics.median(values) for name, values in times.items()}
        for name in list(times)[1:]:
            medians[f"pyoce / {name}"] = medians["pyoce"] / medians[name]
        found["lines"][lines] = medians
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, required=True, help="a store with the hospital tables of 2024 Q3")
    parser.add_argument("--runs", type=int, default=3, help="counted rounds over the claims")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shared = KnowledgeBase(shared_rules(Path(folder)), tables=chosen.tables)
        found = compare(KnowledgeBase(tables=chosen.tables), shared, chosen.runs)
    if chosen.json:
        print(json.dumps({"machine": machine(), **found}, indent=2))
        return
    print(f"{machine()}; medians in milliseconds of processor; a ratio above 1 says that we are faster")
    columns = list(next(iter(found["lines"].values())))
    print(f"{'lines':24}" + "".join(f"{lines:>9}" for lines in found["lines"]))
    for name in columns:
        print(f"{name:24}" + "".join(f"{medians[name]:9.2f}" for medians in found["lines"].values()))
    print(f"{found['compared']} lines compared, {len(found['differ'])} differences on pairs and add-ons")
    for told in found["differ"]:
        print(f"  {told}")


if __name__ == "__main__":
    main()
