"""Conflicts between sources: known ones in small tables, and counts in whole tables from a computation of its own."""

from __future__ import annotations

import json
import lzma
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import clingo
import pytest

from claimlogic.analyst.conflicts.conflicts import Conflict, Conflicts, find_conflicts
from claimlogic.analyst.conflicts.queries import default_queries, read_queries
from claimlogic.cli.conflicts import conflicts_command
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.reports.conflicts_text import conflicts_text
from claimlogic.tables.importing import import_tables

ROOT = Path(__file__).parents[3]
CMS = ROOT.parent / "shared" / "cms"

EDITIONS = """
% @source cms_addon_edits, "small"
edition(addon, hospital, "small", 20190701, 20260930).
edition(addon, practitioner, "small", 20190701, 20260930).
% @source cms_mue_hospital, "small"
edition(mue, hospital, "2024 Q3", 20240701, 20240930).
edition(mue, practitioner, "2024 Q3", 20240701, 20240930).
% @source cms_ncci_ptp_hospital, "small"
edition(ptp, hospital, "all", 20190701, 20260630).
edition(ptp, practitioner, "2024 Q3", 20240701, 20240930).
"""
PTP = """# @source cms_ncci_ptp_hospital, "small"
Table	A	B	Indicator	From	To	rationale
practitioner	77001	36598	never	20240701	#sup	Misuse
hospital	36598	77001	never	20190701	#sup	Misuse
practitioner	33897	76000	never	20240701	#sup	Misuse
hospital	33897	76000	with_modifier	20190701	#sup	Misuse
practitioner	62323	77003	with_modifier	20240701	#sup	Instruction
hospital	62323	77003	with_modifier	20190701	#sup	Instruction
hospital	64445	77002	with_modifier	20251001	#sup	Instruction
hospital	81292	0162U	never	20240701	20241231	Definition
hospital	36569	77001	with_modifier	20190701	#sup	Instruction
hospital	20206	76942	with_modifier	20190701	#sup	Instruction
hospital	0596T	52005	never	20210101	#sup	Misuse
hospital	52005	52000	never	20190701	#sup	Separate
hospital	52000	0596T	never	20210101	#sup	Instruction
hospital	76000	76942	with_modifier	20190701	#sup	Misuse
hospital	76942	77002	with_modifier	20190701	#sup	Exclusive
hospital	77002	76000	with_modifier	20190701	#sup	Misuse
"""
MUE = """# @source cms_mue_hospital, "small"
Table	Code	N	Mai	From	To	rationale
practitioner	27096	1	2	20240701	#sup	CMS Policy
hospital	27096	1	2	20240701	#sup	CMS Policy
practitioner	G0260	2	3	20240701	#sup	Anatomic
hospital	G0260	2	3	20240701	#sup	Anatomic
hospital	36555	2	3	20240701	#sup	Data
hospital	36556	2	3	20240701	#sup	Data
hospital	36568	2	3	20240701	#sup	Data
hospital	36569	3	3	20240701	#sup	Data
"""
PARENTS = """# @source cms_addon_edits, "small"
A	P	From	To
77002	64445	20200101	#sup
77003	62273	20190701	#sup
77003	62270	20190701	20191231
0162U	81292	20210101	#sup
"""
ADDONS = """# @source cms_addon_edits, "small"
A	Type	From	To
77002	1	20190701	#sup
77003	1	20190701	#sup
0162U	1	20210101	#sup
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The knowledge base with small tables of its own."""
    directory = tmp_path_factory.mktemp("small") / "kb"
    shutil.copytree(ROOT / "kb", directory, ignore=shutil.ignore_patterns("tables"))
    tables = directory / "tables"
    tables.mkdir()
    for name, text in (
        ("editions.lp", EDITIONS),
        ("ptp.tsv", PTP),
        ("mue.tsv", MUE),
        ("addon_parent.tsv", PARENTS),
        ("addon.tsv", ADDONS),
    ):
        (tables / name).write_text(text, encoding="utf-8")
    return directory


@pytest.fixture(scope="module")
def of_2024(small: Path) -> Iterator[Conflicts]:
    with find_conflicts(directory=small) as conflicts:
        yield conflicts


@pytest.fixture(scope="module")
def of_2025(small: Path) -> Iterator[Conflicts]:
    with find_conflicts(20251001, small) as conflicts:
        yield conflicts


@pytest.fixture(scope="module")
def whole() -> Iterator[Conflicts]:
    with find_conflicts(directory=ROOT / "kb") as conflicts:
        yield conflicts


def found(conflicts: Conflicts, name: str) -> dict[tuple[int | str, ...], Conflict]:
    kind = next(kind for kind in conflicts.kinds if kind.name == name)
    return {tuple(v for _, v in c.arguments): c for c in conflicts.first(kind, 5000)}


def test_the_day_is_the_newest_that_every_table_covers(of_2024: Conflicts, of_2025: Conflicts) -> None:
    assert (of_2024.day, of_2024.chosen) == (20240930, True)
    assert (of_2025.day, of_2025.chosen) == (20251001, False)
    assert [(e.published, e.table, e.last) for e in of_2025.editions() if e.last < 20251001] == [
        ("mue", "hospital", 20240930),
        ("mue", "practitioner", 20240930),
        ("ptp", "practitioner", 20240930),
    ]


def test_without_a_common_day_one_must_be_named(small: Path, tmp_path: Path) -> None:
    other = tmp_path / "kb"
    shutil.copytree(small, other)
    later = '% @source cms_mue_hospital, "later"\nedition(mue, dme, "later", 20300101, 20300331).\n'
    (other / "tables" / "later.lp").write_text(later)
    with pytest.raises(InputError, match="--on"), find_conflicts(directory=other):
        pass


def test_a_listed_parent_that_is_paired_from_a_day_on(of_2024: Conflicts, of_2025: Conflicts) -> None:
    assert set(found(of_2024, "required_and_forbidden")) == {("hospital", "0162U", "81292", "0162U", "never")}
    later = found(of_2025, "required_and_forbidden")
    assert set(later) == {("hospital", "77002", "64445", "77002", "with_modifier")}
    (conflict,) = later.values()
    rows = [(r.predicate, dict(r.arguments).get("From"), r.source, r.note, r.file) for r in conflict.rows]
    assert rows == [
        ("addon_parent", 20200101, "cms_addon_edits", "", "tables/addon_parent.tsv"),
        ("ptp", 20251001, "cms_ncci_ptp_hospital", "rationale: Instruction", "tables/ptp.tsv"),
    ]
    assert conflict.rows[1].line == 9


def test_only_pairs_that_no_modifier_parts_run_round(of_2024: Conflicts) -> None:
    assert set(found(of_2024, "cycles")) == {("hospital", "0596T", "52005", "52000")}


def test_the_settings_differ_in_direction_or_indicator(of_2024: Conflicts) -> None:
    assert set(found(of_2024, "settings_differ")) == {
        ("direction", "77001", "36598"),
        ("indicator", "33897", "76000"),
    }


def test_included_guidance_without_a_pair(of_2024: Conflicts) -> None:
    told = set(found(of_2024, "guidance_not_edited"))
    assert ("hospital", "included", "nothing", "64445", "76942", "ultrasound") in told
    assert ("practitioner", "other_modality", "nothing", "27096", "77021", "mr") in told
    assert ("hospital", "other_modality", "nothing", "G0260", "77021", "mr") in told
    assert ("hospital", "included", "addon_list", "27096", "77003", "fluoroscopy") in told
    assert not {c for c in told if c[3:5] == ("62323", "77003")}


def test_unit_limits_of_twins(of_2024: Conflicts) -> None:
    assert set(found(of_2024, "unit_limits")) == {
        ("facility_twin", "practitioner", "27096", 1, "hospital", "G0260", 2),
        ("age_twin", "hospital", "36568", 2, "hospital", "36569", 3),
    }


def test_facts_of_our_own_against_the_tables(of_2024: Conflicts) -> None:
    assert ("takes_guidance", "hospital", "20206", "76942", "with_modifier") in found(of_2024, "curated_and_tables")
    assert ("includes_other_guidance", "77002", "64445") in found(of_2024, "curated_and_addons")


def test_positions_of_articles_against_both(of_2024: Conflicts, of_2025: Conflicts) -> None:
    told = found(of_2024, "articles")
    assert ("x1", "article_000", "payable", "36569", "77001") in told
    assert ("x2", "article_000", "not_listed", "62322", "77003") in told
    assert ("x11", "article_001", "any_parent", "77002", "77002") in told
    assert ("x10", "article_000", "modifier", "62323", "77003") in told
    assert not [key for key in told if key[0] == "x15"]
    assert ("x15", "cms_addon_edits", "parent", "64445", "77002") in found(of_2025, "articles")
    uncontradicted = found(of_2024, "articles_uncontradicted")
    assert ("x3", "article_000") in uncontradicted
    assert ("x1", "article_000") not in uncontradicted


def test_lines_of_json_tell_every_conflict_with_its_rows(of_2024: Conflicts) -> None:
    for kind in of_2024.kinds:
        lines = [json.loads(line) for line in of_2024.lines(kind)]
        assert len(lines) == of_2024.count(kind).total
        told = [(tuple(line["arguments"][name] for name, _ in kind.arguments), line) for line in lines]
        known = found(of_2024, kind.name)
        assert [key for key, _ in told] == list(known)
        for key, line in told:
            assert sorted(line["says"]) == sorted(known[key].sentences)
            assert len(line["rows"]) == len(known[key].rows)
            for row in line["rows"]:
                assert list(row) == ["arguments", "fact", "file", "line", "note", "source", "where"]


def test_json_begins_with_the_counts_and_repeats_byte_for_byte(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conflicts_command(None, "2024-09-30", "json", small) == 0
    first = capsys.readouterr().out
    summary = json.loads(first.splitlines()[0])
    assert summary["counts"]["settings_differ"]["by"] == [
        {"count": 1, "how": "direction"},
        {"count": 1, "how": "indicator"},
    ]
    assert len(first.splitlines()) == 1 + sum(count["total"] for count in summary["counts"].values())
    conflicts_command(None, "2024-09-30", "json", small)
    assert capsys.readouterr().out == first


def test_the_text_names_the_day_the_counts_and_the_rows(of_2024: Conflicts) -> None:
    text = "\n".join(conflicts_text(of_2024, 3))
    assert text.startswith("Conflicts between sources on 2024-09-30, the newest day that every table here covers\n")
    assert "settings_differ: 2\n" in text
    assert "ptp(practitioner, 77001, 36598, never), from 2024-07-01 on [cms_ncci_ptp_hospital; small;" in text


@pytest.mark.parametrize(("on", "format", "words"), [("soon", "text", "is no day"), (None, "html", "no format html")])
def test_bad_options_are_refused(small: Path, on: str | None, format: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        conflicts_command(None, on, format, small)


def test_a_store_takes_the_place_of_the_tables(small: Path, tmp_path: Path) -> None:
    rows = [
        "column1\tcolumn2\teffective_from\teffective_to\tmodifier",
        "64445\t77002\t20251001\t\t1",
        "0162U\t81292\t\t20240630\t0",
        "0162U\t81292\t20240801\t20260630\t0",
        "A0001\tB0001\t\t\t0",
        "B0001\tC0001\t20200101\t\t0",
        "C0001\tA0001\t20200101\t\t0",
    ]
    file = tmp_path / "ioce_ptp_hospital_2019q3-2026q2.tsv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    import_tables([file], tmp_path / "store")
    with find_conflicts(20240930, small, tmp_path / "store") as conflicts:
        assert set(found(conflicts, "cycles")) == {("hospital", "A0001", "B0001", "C0001")}
        told = found(conflicts, "required_and_forbidden")
        assert set(told) == {("hospital", "0162U", "81292", "81292", "never")}
        (conflict,) = told.values()
        stands = conflict.rows[1]
        assert (stands.source, stands.place, stands.file) == ("cms_ncci_ptp_hospital", "2019 Q3 to 2026 Q2", file.name)
        assert dict(stands.arguments)["From"] == 20240801
    with find_conflicts(20240715, small, tmp_path / "store") as conflicts:
        assert found(conflicts, "required_and_forbidden") == {}


def pairs(table: str, day: int) -> dict[tuple[str, str], str]:
    """The pairs in force on a day, by plain reading."""
    held = {}
    with lzma.open(ROOT / "kb" / "tables" / f"ptp__{table}.tsv.xz", "rt") as lines:
        for line in list(lines)[2:]:
            _, a, b, indicator, first, last = line.rstrip("\n").split("\t")[:6]
            if int(first) <= day and (last == "#sup" or day <= int(last)):
                held[a, b] = indicator
    return held


def total(conflicts: Conflicts, name: str) -> dict[tuple[str, ...], int]:
    kind = next(kind for kind in conflicts.kinds if kind.name == name)
    return {tuple(word for _, word in words): number for words, number in conflicts.count(kind).groups}


def test_the_default_tables_have_as_many_as_plain_reading_finds(whole: Conflicts) -> None:
    practitioner, hospital = pairs("practitioner", whole.day), pairs("hospital", whole.day)
    differ = sum(1 for pair, indicator in practitioner.items() if hospital.get(pair, indicator) != indicator)
    turned = sum(1 for a, b in practitioner if (b, a) in hospital)
    assert differ > 100_000
    assert turned > 1_000
    assert total(whole, "settings_differ") == {("direction",): turned, ("indicator",): differ}

    tables = {"practitioner": practitioner, "hospital": hospital}
    cycles = {(table,): three_cycles(held) for table, held in tables.items()}
    assert total(whole, "cycles") == cycles
    assert cycles["hospital",] > 0
    assert clingo_cycles(hospital) == cycles["hospital",]

    parents = []
    for line in (ROOT / "kb" / "tables" / "addon_parent.tsv").read_text().splitlines()[2:]:
        addon, parent, first, last = line.split("\t")
        if int(first) <= whole.day and (last == "#sup" or whole.day <= int(last)):
            parents.append((addon, parent))
    bundled = Counter(
        (table, held[pair])
        for table, held in tables.items()
        for addon, parent in parents
        for pair in ((parent, addon), (addon, parent))
        if pair in held
    )
    assert total(whole, "required_and_forbidden") == dict(bundled)


def three_cycles(held: dict[tuple[str, str], str]) -> int:
    denied: dict[str, set[str]] = {}
    for (a, b), indicator in held.items():
        if indicator == "never":
            denied.setdefault(a, set()).add(b)
    return sum(
        1
        for a in denied
        for b in denied[a]
        if b > a and b in denied
        for c in denied[b]
        if c > a and a in denied.get(c, ())
    )


def clingo_cycles(held: dict[tuple[str, str], str]) -> int:
    """The same, found by clingo with the rule of the query's own file."""
    text = (default_queries() / "cycles.lp").read_text(encoding="utf-8")
    facts = [f'ptp(hospital,"{a}","{b}",never,1,2).' for (a, b), indicator in held.items() if indicator == "never"]
    control = clingo.Control(["--warn=none"])
    control.add("base", [], "\n".join([text, "on(1).", *facts]))
    control.ground([("base", [])])
    return sum(1 for _ in control.symbolic_atoms.by_signature("cycles", 4))


@pytest.mark.skipif(not CMS.is_dir(), reason="CMS's tables are not beside the repository")
def test_the_whole_hospital_table_has_the_cycles_that_are_known(tmp_path: Path, small: Path) -> None:
    file = tmp_path / "ioce_ptp_hospital_2019q3-2026q2.tsv"
    with lzma.open(CMS / f"{file.name}.xz", "rt") as lines:
        header, *rows = lines
    file.write_text("".join([header, *(row for row in rows if row.endswith("\t0\n"))]), encoding="utf-8")
    import_tables([file], tmp_path / "store")
    with find_conflicts(20260630, small, tmp_path / "store") as conflicts:
        assert total(conflicts, "cycles")["hospital",] == 2178


def refused(small: Path, knowledge: Knowledge, tmp_path: Path, change: Callable[[str], str]) -> str:
    shutil.copytree(default_queries(), tmp_path / "conflicts")
    file = tmp_path / "conflicts" / "cycles.lp"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(InputError) as fault:
        read_queries(tmp_path / "conflicts", knowledge.vocabulary)
    return str(fault.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("%%% ", "% ", "the first line must be"),
        ("% What ", "% Why ", "lacks a line `% What`"),
        ("c: code", "c: thing", "a kind of the vocabulary"),
        ("cycles(Table, A, B, C) :-", "rounds(Table, A, B, C) :-", "no rule concludes cycles"),
        ("cycles(Table, A, B, C) :-", "cycles(Table, A, B) :-", "takes the 4 arguments"),
        ("never(Table, A, B) :-", "edited(Table, A, B) :-", "concludes edited as well"),
        ("never(Table, A, B) :-", "ptp(Table, A, B) :-", "belongs to the knowledge base"),
        ("% @label", "% label", "has a label"),
    ],
)
def test_a_query_that_is_not_in_order_is_refused(
    small: Path, knowledge: Knowledge, tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert words in refused(small, knowledge, tmp_path, lambda text: text.replace(old, new, 1))
