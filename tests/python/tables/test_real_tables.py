"""CMS's own tables, whole, where they lie beside the repository."""

from __future__ import annotations

import lzma
import random
from pathlib import Path

import pytest

from claimlogic.knowledge.load import Knowledge
from claimlogic.tables.importing import import_tables
from claimlogic.tables.manifest import read_manifest
from claimlogic.tables.source import with_tables
from claimlogic.terms import OPEN_END

CMS = Path(__file__).parents[4] / "shared" / "cms"
STATUS = CMS / "ioce_hcpcs_status_2019q3-2026q2.tsv.xz"

pytestmark = pytest.mark.skipif(not STATUS.is_file(), reason="CMS's tables are not beside the repository")


def test_a_whole_dated_table_says_what_its_rows_say(knowledge: Knowledge, tmp_path: Path) -> None:
    import_tables([STATUS], tmp_path / "store")
    assert read_manifest(tmp_path / "store").tables["opps_status"].editions[0].rows == 31_213
    with lzma.open(STATUS, "rt") as lines:
        rows = [line.rstrip("\n").split("\t")[:5] for line in lines][1:]
    facts = with_tables(knowledge.store, tmp_path / "store")
    for code in random.Random(3).sample(sorted({row[0] for row in rows}), 300):
        own = [row for row in rows if row[0] == code]
        found = facts.match("opps_status", (f'"{code}"', None, None, None, None))
        for day in (20190701, 20200101, 20221231, 20250401, 20260630, 20270101):
            expected = {
                (f'"{status}"', f'"{apc}"')
                for _, first, last, status, apc in own
                if int(first or 0) <= day <= int(last or 99999999)
            }
            held = {fact[1:3] for fact in found if fact[3] <= day and (fact[4] == OPEN_END or day <= fact[4])}
            assert held == expected
