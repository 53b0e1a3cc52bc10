"""The README's figures of many claims, made from ``results.json``, so that they cannot tell anything else.

python benchmarks/figures.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- made from benchmarks/results.json -->\n", "<!-- until here -->\n"

ROWS = {
    "compiled, all rules": "all rules, compiled",
    "compiled": "pairs, unit limits and add-ons, compiled",
    "hand SQL": "the same, hand-written DuckDB SQL",
    "Python loop": "the same, a Python loop over dictionaries",
    "clingo batched": "the same, clingo, {claims:,} claims",
    "pyoce": "the same, pyoce, {claims:,} claims",
    "screen, all rules": "`claimlogic screen` of all rules, from start to report",
}


def text(result: dict[str, Any]) -> str:
    """The table and what follows from it, as Markdown."""
    engines = result["engines"]
    runs = engines["compiled"]["runs"]
    taken = f"medians of {runs} runs" if runs > 1 else "one run"
    lines = [
        f"| {result['claims']:,} claims of {result['lines_of_a_claim']} lines, {taken} (`benchmarks/results.json`)"
        " | claims a second | processor, s a million | peak, MB |",
        "|---|---|---|---|",
    ]
    for engine, label in ROWS.items():
        if engine in engines:
            told = engines[engine]
            million = told["cpu_seconds"] / told["claims"] * 1e6
            speed = _rounded(told["claims_per_second"])
            lines.append(f"| {label.format(**told)} | {speed:,} | {million:,.0f} | {told['peak_mb']:,} |")
    faster = f"{result['ratio_vs_python_loop']} times as fast as the Python loop"
    if result["ratio_vs_pyoce"]:
        faster += f" and {result['ratio_vs_pyoce']:,} times as fast as pyoce"
    lines += [
        "",
        f"On equal work the compiled rules take {result['ratio_vs_hand_sql']} times the time of the hand-written SQL,",
        f"and are {faster}; all find the same, but for pyoce (`docs/benchmarks.md`).",
    ]
    if grown := result.get("growth"):
        counts = ", ".join(f"{one['claims'] // 1_000_000}" for one in grown)
        seconds = ", ".join(f"{one['seconds']:.0f}" for one in grown)
        peaks = [one["peak_mb"] / 1000 for one in grown]
        lines.append(
            f"All rules took {seconds} s for {counts} million claims, at {min(peaks):.1f} to {max(peaks):.1f} GB."
        )
    return "\n".join(lines) + "\n"


def written(readme: str, result: dict[str, Any]) -> str:
    """The README with the figures of a result. Raises ValueError where the marks between which they stand are gone."""
    before, _, rest = readme.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        raise ValueError(f"no {BEGIN.strip()} and {END.strip()} in the README")
    return f"{before}{BEGIN}{text(result)}{END}{after}"


def _rounded(number: int) -> int:
    """Three figures, which is more than the machine's quiet allows."""
    return round(number, 3 - len(str(number))) if number > 999 else number


def write() -> None:
    """Write the figures of ``results.json`` into the README."""
    result = json.loads(RESULTS.read_text(encoding="utf-8"))
    README.write_text(written(README.read_text(encoding="utf-8"), result), encoding="utf-8")


if __name__ == "__main__":
    write()
