"""How far the answers agree with an independent implementation of CMS's outpatient code editor, line by line.

    python benchmarks/oracle.py STORE CASES [--differences]

STORE is a store of CMS's dated hospital tables (``claimlogic tables import``), CASES a folder of ``ioce_*.json.xz``:
claims with that program's answers. Every claim goes through the public API. A claim that the program rejects as a whole
carries no line edits, and only that rejection is compared.
"""

from __future__ import annotations

import argparse
import json
import lzma
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim, Line
from claimlogic.results import ClaimResult, LineResult

PAIR_EDITS = {"020", "040"}
ADDON_EDITS = {"106", "107", "108"}
ALL_PACKAGED = "027"
FIRST_DAY = 20190701
MODIFIER_EDITS = {
    "modifier 022": ("022", "modifiers_not_listed"),
    "modifier 102": ("102", "modifiers_clash"),
    "modifier 074": ("074", "units_both_sides_twice"),
}


@dataclass(frozen=True)
class Comparison:
    """One line and one matter on which both programs say something."""

    family: str
    case: str
    line: int
    code: str
    matter: str
    theirs: str
    ours: str

    @property
    def agrees(self) -> bool:
        return self.theirs == self.ours


def claim_of(given: dict[str, Any]) -> Claim:
    """The claim of a case."""
    lines = tuple(
        Line(
            number=entry["line"],
            code=entry["code"],
            units=entry["units"],
            date=int(entry["date"].replace("-", "")),
            modifiers=tuple(entry["modifiers"]),
            revenue_code=entry.get("revenue_code"),
        )
        for entry in given["lines"]
    )
    return Claim(
        id=given["id"],
        form="institutional",
        lines=lines,
        bill_type=given["bill_type"],
        opps=given["opps_flag"] == "1",
        payer="medicare",
        patient_age=given["age"],
    )


def facts_of(case: dict[str, Any]) -> str:
    """What a case tells of its codes besides its tables: which of them are paid by the side."""
    note = case.get("note") or ""
    by_side = note.startswith("{") and json.loads(note).get("bilateral_conditional")
    codes = sorted({line["code"] for line in case["claim"]["lines"]}) if by_side else []
    return "".join(f'bilateral("{code}", "1", {FIRST_DAY}, #sup).\n' for code in codes)


def judged(kb: KnowledgeBase, store: Path, cases: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], ClaimResult]]:
    """Each case with our answer; one that tells more of its codes is answered with those facts laid over the tables."""
    plain = [case for case in cases if not facts_of(case)]
    yield from zip(plain, kb.check_all(claim_of(case["claim"]) for case in plain), strict=True)
    for case in cases:
        if told := facts_of(case):
            with tempfile.TemporaryDirectory() as folder:
                facts = Path(folder) / "facts.lp"
                facts.write_text(told, encoding="utf-8")
                yield case, KnowledgeBase(facts=facts, tables=store).check(claim_of(case["claim"]))


def compared(family: str, case: dict[str, Any], result: ClaimResult) -> Iterator[Comparison]:
    """What both programs say of each line: pairs, add-ons, modifiers, packaging."""
    expected = case["expected"]
    rejected_whole = ALL_PACKAGED in expected["claim_rejection"] + expected["claim_denial"]
    for line, theirs in zip(result.lines, expected["lines"], strict=True):
        rules = {finding.rule for finding in line.findings if not finding.waived_by}

        def say(matter: str, theirs_says: str, ours_says: str, line: LineResult = line) -> Comparison:
            return Comparison(family, case["id"], line.line, line.code, matter, theirs_says, ours_says)

        if rejected_whole:
            yield say("whole claim", "rejected", "rejected" if "packaging_only_packaged_lines" in rules else "-")
            continue
        edits = set(theirs["edits"])
        yield say("pair", _told(edits & PAIR_EDITS), _told("ncci_column_two" in rules))
        # A line that falls by itself is not called orphaned as well: the denial is what is compared.
        orphaned = line.verdict == "denied" if edits & ADDON_EDITS else "addon_orphaned" in rules
        yield say("add-on", _told(edits & ADDON_EDITS), _told(orphaned))
        if family == "modifier":
            told = edits.union(*theirs["modifier_edits"])
            for matter, (edit, rule) in MODIFIER_EDITS.items():
                yield say(matter, _told(edit in told), _told(rule in rules))
        denied = theirs["rejected_or_denied"] or line.verdict == "denied"
        packaged = any(f.severity == "packaged" for f in line.findings)
        if not denied:
            unsure = any(f.rule.endswith("_rank") for f in line.findings)
            ours = "unknown" if unsure else _told(packaged)
            yield say("packaging", _told(theirs["packaging_flag"] != "0"), ours)


def _told(held: object) -> str:
    return "yes" if held else "no"


def main() -> None:
    """Compare and print the share of lines that agree, by file and matter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--differences", action="store_true", help="list every line that differs")
    chosen = parser.parse_args()
    kb = KnowledgeBase(tables=chosen.store)
    differing = []
    claims = 0
    print(f"{'file':14} {'matter':12} {'lines':>6} {'agree':>6} {'we say unknown':>15} {'differ':>7}")
    for path in sorted(chosen.cases.glob("ioce_*.json.xz")):
        family = path.name.removeprefix("ioce_").split(".")[0]
        with lzma.open(path, "rt", encoding="utf-8") as text:
            cases = json.load(text)["cases"]
        claims += len(cases)
        counts: dict[str, Counter[str]] = {}
        for case, result in judged(kb, chosen.store, cases):
            for one in compared(family, case, result):
                kind = "agree" if one.agrees else "unknown" if one.ours == "unknown" else "differ"
                counts.setdefault(one.matter, Counter())[kind] += 1
                if kind == "differ":
                    differing.append(one)
        for matter, told in sorted(counts.items()):
            total = sum(told.values())
            print(f"{family:14} {matter:12} {total:6} {told['agree']:6} {told['unknown']:15} {told['differ']:7}")
    print(f"{claims} claims, {len(differing)} lines differ")
    if chosen.differences:
        for one in differing:
            print(f"{one.case:14} line {one.line} {one.code} {one.matter}: theirs {one.theirs}, ours {one.ours}")


if __name__ == "__main__":
    main()
