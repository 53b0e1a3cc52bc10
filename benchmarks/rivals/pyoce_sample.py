"""``pyoce``, which runs all edits of CMS's outpatient editor on a hospital's claims, one at a time.

It needs Python 3.12.
"""

from __future__ import annotations

from pathlib import Path

import pyoce
from beside_pyoce import PAIR_EDITS, for_pyoce

from claimlogic.claims.model import Claim, Line
from rivals import PAIR, Finding, Taken, write_findings
from rivals.python_loop import claims_from


def run(tables: Path, claims: Path, output: Path) -> Taken:
    """Judge claim after claim by the tables that come with it. It does not say which other line a pair is with."""
    editor, taken, told = pyoce.IoceComponent(), Taken(), list[Finding]()
    with taken.whole():
        for number, rows in claims_from(claims):
            lines = tuple(Line(line, code, units, day, modifiers) for line, code, units, day, _, modifiers in rows)
            given = for_pyoce(Claim(str(number), "institutional", lines, bill_type="131", opps=True, patient_age=54))
            with taken.judging(1):
                answer = editor.process(given)
            for row, item in zip(rows, answer["lineItemList"], strict=True):
                if PAIR_EDITS & set(item["hcpcsEditList"]):
                    told.append((number, row[0], PAIR, row[0]))
    write_findings(told, output)
    return taken
