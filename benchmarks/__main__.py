"""Every benchmark that needs nothing but this repository, one after the other: ``python benchmarks``.

``oracle.py`` and ``import_tables.py`` need CMS's whole tables and are run by hand.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = ("latency.py", "search.py", "repair.py", "asking.py")


def main() -> None:
    """Run them; each prints its own table and the machine it ran on."""
    for program in PROGRAMS:
        print(f"== {program}", flush=True)
        subprocess.run([sys.executable, str(HERE / program)], check=True)


if __name__ == "__main__":
    main()
