"""Every benchmark, one after the other: ``python benchmarks [--tables STORE] [--pyoce PYTHON]``.

Without a store of CMS's whole tables, those that need nothing but this repository; with one, also claims judged by it
and many claims at once, which writes ``results.json`` (see ``bulk.py``). ``oracle.py`` and ``import_tables.py`` are run
by hand: they need CMS's files themselves.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROGRAMS = ("latency.py", "search.py", "repair.py", "asking.py")


def main() -> None:
    """Run them; each prints its own table and the machine it ran on."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", metavar="STORE", help="a store of CMS's whole tables")
    parser.add_argument("--pyoce", default="", metavar="PYTHON", help="an interpreter with claimlogic and pyoce")
    chosen = parser.parse_args()
    commands = [[program] for program in PROGRAMS]
    if chosen.tables:
        commands.append(["latency.py", "--tables", chosen.tables])
        commands.append(["bulk.py", "--tables", chosen.tables, "--pyoce", chosen.pyoce, "--growth"])
    for program, *arguments in commands:
        print(f"== {' '.join([program, *arguments])}", flush=True)
        subprocess.run([sys.executable, str(HERE / program), *arguments], check=True)


if __name__ == "__main__":
    main()
