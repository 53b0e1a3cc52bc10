"""``claimlogic screen`` as a user runs it: by every rule, from the start of the process to its report."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rivals import Taken


def run(tables: Path, claims: Path, output: Path) -> Taken:
    """Screen the claims. The findings are not kept: they are those of the compiled rules."""
    with tempfile.TemporaryDirectory() as folder:
        found = Path(folder) / "findings"
        command = ["-m", "claimlogic", "screen", str(claims), "-o", str(found), "--tables", str(tables)]
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        taken = Taken(seconds=time.perf_counter() - start, cpu_seconds=used.ru_utime + used.ru_stime)
        if os.waitstatus_to_exitcode(status) not in (0, 1, 4):
            raise RuntimeError("claimlogic screen failed")
        taken.judging_seconds = taken.seconds
        taken.claims = sum(json.loads((found / "summary.json").read_text(encoding="utf-8"))["claims"].values())
    return taken
