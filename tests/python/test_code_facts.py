"""The facts of kb/codes and the rows of kb/tables, against what CMS's tables and the articles say."""

from __future__ import annotations

import csv
import importlib
import lzma
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import clingo
import pytest

ROOT = Path(__file__).resolve().parents[2]
KB = ROOT / "kb"
CODES = KB / "codes"
TABLES = KB / "tables"
CMS = ROOT.parent / "shared" / "cms"

Value = str | int
Fact = tuple[Value, ...]
Row = dict[str, str]

OPEN = "#sup"
GUIDANCE = {
    "fluoroscopy": {"77001", "77002", "77003"},
    "ct": {"77012"},
    "mr": {"77021"},
    "ultrasound": {"76937", "76942"},
}
GUIDANCE_CODES = {"76000", "76937", "76942", "77001", "77002", "77003", "77012", "77021"}

# Codes that contain imaging although no edit says so: facts marked as unverified.
UNPAIRED = {"64415", "64416", "64417", "64445", "64446", "64447", "64448", "64466", "64467", "64468", "64469"}
UNPAIRED_BY_CT = {"0200T", "0201T"}

# A list of CMS's that names codes whether or not we answer for them.
NAMES_ANY_CODE = {"paid_beside_comprehensive"}

SINCE_2020 = [
    "64400",
    "64405",
    "64408",
    "64415",
    "64416",
    "64417",
    "64418",
    "64420",
    "64421",
    "64425",
    "64430",
    "64435",
    "64445",
    "64446",
    "64447",
    "64448",
    "64450",
    "64455",
]


# --- reading


@cache
def vocabulary() -> dict[str, tuple[list[str], list[str], list[str]]]:
    """Each predicate's argument names, their kinds, and its key."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in (KB / "vocabulary").glob("*.lp"))
    found = {}
    for name, body in re.findall(r"%\*! (\w+)\([^)]*\)\n(.*?)\*%", text, re.DOTALL):
        args = re.search(r"^Args: (.*)$", body, re.MULTILINE)
        if args is None:
            continue
        pairs = [arg.split(":") for arg in args.group(1).strip().split(",")]
        key = re.search(r"^Key: (.*)$", body, re.MULTILINE)
        names = [name.strip() for name, _ in pairs]
        keys = [part.strip() for part in key.group(1).split(",")] if key else names
        found[name] = (names, [kind.strip() for _, kind in pairs], keys)
    return found


def value(symbol: clingo.Symbol) -> Value:
    """A symbol as Python has it."""
    if symbol.type == clingo.SymbolType.String:
        return symbol.string
    if symbol.type == clingo.SymbolType.Number:
        return symbol.number
    return str(symbol)


@cache
def facts() -> dict[str, set[Fact]]:
    """Every fact of kb/codes, sources.lp, coverage.lp and the editions, by predicate."""
    control = clingo.Control(logger=lambda *_: None)
    for path in [*sorted(CODES.glob("*.lp")), KB / "sources.lp", KB / "coverage.lp", TABLES / "editions.lp"]:
        control.load(str(path))
    control.ground([("base", [])])
    found: defaultdict[str, set[Fact]] = defaultdict(set)
    for atom in control.symbolic_atoms:
        found[atom.symbol.name].add(tuple(value(argument) for argument in atom.symbol.arguments))
    return found


def lines(name: str) -> Iterator[str]:
    """The lines of a table after its source."""
    path = TABLES / name
    with lzma.open(path, "rt") if name.endswith(".xz") else path.open(encoding="utf-8") as text:
        next(text)
        yield from text


@cache
def table(name: str) -> list[Row]:
    """The rows of a small table."""
    return list(csv.DictReader(lines(name), delimiter="\t"))


@cache
def guidance_pairs(setting: str) -> list[Row]:
    """The pairs of a setting's table with a guidance code on either side."""
    wanted = re.compile(r"\t(?:" + "|".join(sorted(GUIDANCE_CODES)) + r")\t")
    found = lines(f"ptp__{setting}.tsv.xz")
    return list(csv.DictReader([next(found), *(line for line in found if wanted.search(line))], delimiter="\t"))


def holds(row: Row, day: int) -> bool:
    """Whether a row holds on a day."""
    return int(row["From"]) <= day and (row["To"] == OPEN or day <= int(row["To"]))


def overlap(row: Row, since: Value, to: Value) -> bool:
    """Whether a row holds on one of these days."""
    return (to == OPEN or int(row["From"]) <= int(to)) and (row["To"] == OPEN or int(since) <= int(row["To"]))


def parents(addon: str, day: int) -> set[str]:
    """An add-on's parents on a day, by the table."""
    return {row["P"] for row in table("addon_parent.tsv") if row["A"] == addon and holds(row, day)}


def pairs(setting: str, day: int) -> dict[tuple[str, str], Row]:
    """The guidance pairs that hold on a day."""
    return {(row["A"], row["B"]): row for row in guidance_pairs(setting) if holds(row, day)}


def guided_by(setting: str, code: str, day: int = 20240801) -> set[str]:
    """The guidance codes that are column 2 of a code."""
    return {b for a, b in pairs(setting, day) if a == code and b in GUIDANCE_CODES}


# --- add-ons


def test_parents_on_2026_08_01() -> None:
    assert len(parents("77002", 20260801)) == 72
    assert len(parents("77003", 20260801)) == 14
    assert {"62268", "62269"} <= parents("77002", 20260801)
    assert {"64449", "64510", "64517", "64520", "64610"} <= parents("77003", 20260801)


def test_parents_on_2019_08_15() -> None:
    assert parents("77002", 20190815) == (parents("77002", 20260801) - set(SINCE_2020)) | {"32405", "55700"}
    assert parents("77003", 20190815) == (parents("77003", 20260801) - {"64449"}) | {"62270", "62272"}


def test_parents_on_2020_01_02() -> None:
    assert parents("77002", 20200102) == parents("77002", 20260801) | {"32405", "55700"}
    assert parents("77003", 20200102) == parents("77003", 20260801)


@pytest.mark.parametrize(
    ("addon", "parent", "last"),
    [("77002", "32405", 20201231), ("77002", "55700", 20251231), ("77003", "62270", 20191231)],
)
def test_parent_until(addon: str, parent: str, last: int) -> None:
    assert [row["To"] for row in table("addon_parent.tsv") if (row["A"], row["P"]) == (addon, parent)] == [str(last)]


def test_types_of_the_guidance_addons() -> None:
    rows = {row["A"]: (row["Type"], row["From"], row["To"]) for row in table("addon.tsv")}
    assert rows["77001"] == rows["76937"] == ("2", "20130401", OPEN)
    assert rows["77002"] == rows["77003"] == ("1", "20170101", OPEN)
    assert not {"76000", "76942", "77012", "77021"} & set(rows)
    assert not parents("77001", 20260801)


def test_parents_of_77001_are_not_paired_with_it() -> None:
    ours = {str(parent) for addon, parent, *_ in facts()["addon_parent"] if addon == "77001"}
    assert len(ours) == 19
    for setting in ("practitioner", "hospital"):
        paired = {a for (a, b) in pairs(setting, 20240801) if b == "77001"}
        assert not ours & paired
        assert {"36568", "36569", "36572", "36573", "36584", "36595", "36596", "36597"} <= paired


def test_chains_and_cross_region_parents() -> None:
    assert parents("64492", 20250101) == {"64490", "64491"}
    assert parents("64494", 20250101) == {"64490", "64493"}
    assert parents("64494", 20221231) == {"64493"}


# --- units


@pytest.mark.parametrize(
    ("codes", "limit", "indicator"),
    [
        ("77001 76937 62270 62273 62328", "2", "3"),
        ("77002 77003 77012 77021 76942 62320 62321 62322 62323 62324 62325 62326 62327 62329", "1", "3"),
        ("76000", "3", "3"),
        ("27096 64479 64483 64490 64491 64492 64493 64494 64495", "1", "2"),
        ("G0260 20605 20610 20611 36555 36556 36557 36558 36560 36561 36568 36569 36571", "2", "3"),
        ("64480 64484", "4", "3"),
        ("20600", "6", "3"),
        ("36563 36565 36572 36573", "1", "3"),
    ],
)
def test_unit_limits(codes: str, limit: str, indicator: str) -> None:
    for setting, editions in (("practitioner", 2), ("hospital", 1)):
        for code in codes.split():
            rows = [row for row in table(f"mue__{setting}.tsv") if row["Code"] == code]
            assert [(row["N"], row["Mai"]) for row in rows] == [(limit, indicator)] * editions, code


# --- pairs


@pytest.mark.parametrize("setting", ["practitioner", "hospital"])
def test_pairs_among_guidance_codes(setting: str) -> None:
    expected = {
        "77001": "77002 76000 76942",
        "77002": "77003 76000",
        "77003": "76000",
        "77012": "77002 77003 77001 76000",
        "77021": "77002 77003 77012 77001 76000",
        "76942": "77002 77003 77012 77021",
        "76937": "76000 76942 77002",
        "76000": "76942",
    }
    inside = {pair: row for pair, row in pairs(setting, 20240801).items() if set(pair) <= GUIDANCE_CODES}
    assert set(inside) == {(a, b) for a, parts in expected.items() for b in parts.split()}
    assert {row["Indicator"] for row in inside.values()} == {"with_modifier"}


@pytest.mark.parametrize("setting", ["practitioner", "hospital"])
@pytest.mark.parametrize(
    ("codes", "guidance"),
    [
        ("20600 20605 20610", "76000 77001 76942"),
        ("20604 20606 20611", "76000 77001 77002 77003 77012 77021 76942"),
        ("27096 G0260", "76000 77001 77002 77003 77012 76942"),
        ("62270 62272", "76000 77001 77002 77012"),
        ("62328 62329", "76000 77001 77002 77003 77012 77021 76942"),
        ("62273 62284 64510 64520", "76000 77001 77002"),
        ("62320 62321 62322 62323 62324 62325 62326 62327", "76000 77001 77002 77003 77012 76942"),
        ("64490 64491 64492 64493 64494 64495", "76000 77001 77002 77003 77012 77021 76942"),
        ("64451 64633 64635", "76000 77001 77002 77003 77012"),
        ("64625", "76000 77002 77003 77012 77021 76942"),
        ("36555 36556 36561 36563 36580 36589", "76000 77002 76942"),
        ("36568 36569 36572 36573 36584", "76000 77001 77002 77012 77021 76942 76937"),
        ("36597", "77001 77002 76942"),
        ("44500", ""),
        ("74340 43752", "76000 77001 77002"),
    ],
)
def test_guidance_matrix(setting: str, codes: str, guidance: str) -> None:
    for code in codes.split():
        assert guided_by(setting, code) == set(guidance.split()), code


def test_direction_depends_on_the_setting() -> None:
    assert pairs("practitioner", 20240801)["77001", "36598"]["Indicator"] == "never"
    assert ("36598", "77001") not in pairs("practitioner", 20240801)
    assert pairs("hospital", 20240801)["36598", "77001"]["Indicator"] == "never"
    assert ("77001", "36598") not in pairs("hospital", 20240801)


def test_hospital_pairs_begin_on_their_day() -> None:
    for code in ("64415", "64416", "64417", "64445", "64446", "64447", "64448"):
        assert "77002" not in guided_by("hospital", code, 20250930)
        assert {"77002", "77003"} <= guided_by("hospital", code, 20251001)
        assert "77002" not in guided_by("practitioner", code)


def test_pairs_carry_their_reason() -> None:
    assert pairs("practitioner", 20240801)["77002", "77003"]["rationale"] == "Mutually exclusive procedures"


# --- settings and fees


def test_status_by_setting() -> None:
    status = {row["Code"]: (row["Status"], row["To"]) for row in table("opps_status.tsv") if holds(row, 20260101)}
    surgical = {row["Code"]: row["Indicator"] for row in table("asc_indicator.tsv") if holds(row, 20260501)}
    for code in ("77001", "77002", "77003", "77012", "77021", "76942", "76937"):
        assert status[code][0] == "N"
        assert surgical[code] == "N1"
    assert status["76000"][0] == "S"
    assert surgical["76000"] == "Z3"
    for code in ("36555", "36556", "36561", "36569", "36573", "21550", "20206", "32408", "64633"):
        assert status[code][0] == "J1"
    assert "27096" not in surgical
    assert surgical["G0260"] == "A2"


def test_fee_schedule_indicators() -> None:
    days = {row["Code"]: row["Days"] for row in table("global_days.tsv") if holds(row, 20250101)}
    split = {row["Code"]: row["Indicator"] for row in table("component_split.tsv") if holds(row, 20250101)}
    both = {row["Code"]: row["Indicator"] for row in table("bilateral.tsv") if holds(row, 20250101)}
    assert [days[code] for code in ("77001", "77002", "77003", "76937")] == ["ZZZ"] * 4
    assert [days[code] for code in ("76000", "77012", "77021", "76942")] == ["XXX"] * 4
    assert [days[code] for code in ("62323", "36561", "64633")] == ["000", "010", "010"]
    assert {split[code] for code in ("76000", "77001", "77002", "77003", "77012", "77021", "76942")} == {"1"}
    assert split["62323"] == "0"
    assert both["64490"] == both["20610"] == "1"


def test_bilateral_facts_follow_the_fee_schedule() -> None:
    latest = {row["Code"]: row["Indicator"] for row in table("bilateral.tsv") if row["To"] == OPEN}
    assert {code for code, *_ in facts()["bilateral_by_modifier"]} == {code for code in latest if latest[code] == "1"}


# --- code facts


def test_every_code_named_has_its_facts() -> None:
    coded = {code for code, *_ in facts()["code"]}
    worded = {code for code, _ in facts()["short"]}
    assert coded == worded
    for predicate, rows in facts().items():
        kinds = vocabulary()[predicate][1] if predicate not in NAMES_ANY_CODE else []
        for column in (number for number, kind in enumerate(kinds) if kind == "code"):
            assert {row[column] for row in rows} <= coded, predicate


def test_every_family_named_has_a_code() -> None:
    families = {family for _, family, *_ in facts()["code"]}
    for predicate, column in (("fluoroscopy_inside", 0), ("family_site", 0), ("icd_purpose", 1)):
        assert {row[column] for row in facts()[predicate]} <= families


def test_every_diagnosis_named_is_dated_and_worded() -> None:
    dated = {row[0] for row in facts()["icd"]}
    assert {dx for dx, source, _ in facts()["icd_short"] if source == "icd10cm"} == dated
    for predicate, columns in (("excludes1", (0, 1)), ("icd_site", (0,)), ("icd_purpose", (0,)), ("systemic", (0,))):
        assert {row[column] for row in facts()[predicate] for column in columns} <= dated


def test_facts_agree_with_the_vocabulary() -> None:
    for predicate, rows in facts().items():
        names, kinds, keys = vocabulary()[predicate]
        assert all(len(row) == len(kinds) for row in rows), predicate
        for row in rows:
            for kind, found in zip(kinds, row, strict=True):
                assert kind != "day" or found == OPEN or 19990101 <= int(found) <= 20991231, (predicate, row)
        columns = [names.index(key) for key in keys]
        counted = Counter(tuple(row[column] for column in columns) for row in rows)
        assert not [key for key, count in counted.items() if count > 1], predicate


def test_table_keys_are_unique() -> None:
    for path in sorted(TABLES.glob("*.tsv")):
        names, _, keys = vocabulary()[path.name.partition(".")[0].partition("__")[0]]
        rows = table(path.name)
        assert list(rows[0])[: len(names)] == names, path.name
        counted = Counter(tuple(row[key] for key in keys) for row in rows)
        assert not [key for key, count in counted.items() if count > 1], path.name


@pytest.mark.parametrize("setting", ["practitioner", "hospital"])
def test_pairs_are_sorted_and_their_keys_unique(setting: str) -> None:
    found = lines(f"ptp__{setting}.tsv.xz")
    assert next(found).split("\t")[:6] == vocabulary()["ptp"][0]
    before: list[str] = []
    for line in found:
        row = line.split("\t", 5)
        key = [row[1], row[2], row[4]]
        assert before < key, line
        before = key


def test_age_ranges() -> None:
    under = {"36555", "36557", "36560", "36568", "36570", "36572"}
    ages = {code: (low, high) for code, low, high, *_ in facts()["age_range"]}
    assert ages == {**dict.fromkeys(under, (0, 4)), **{str(int(code) + 1): (5, 124) for code in under}}
    twins = facts()["age_twin"]
    assert {(code, str(int(code) + 1)) for code in under} <= twins
    assert {(other, code) for code, other in twins} == twins


def test_included_guidance_is_paired_with_its_code() -> None:
    paired: defaultdict[str, set[str]] = defaultdict(set)
    for setting in ("practitioner", "hospital"):
        for row in guidance_pairs(setting):
            paired[row["A"]].add(row["B"])
    for code, modality, *_ in facts()["includes_guidance"]:
        if code not in UNPAIRED and not (code in UNPAIRED_BY_CT and modality == "ct"):
            assert GUIDANCE[str(modality)] & paired[str(code)], (code, modality)


def test_what_takes_guidance_is_not_paired_with_it() -> None:
    found: defaultdict[tuple[str, str], list[Row]] = defaultdict(list)
    for setting in ("practitioner", "hospital"):
        for row in guidance_pairs(setting):
            found[row["A"], row["B"]].append(row)
    for procedure, guidance, since, to in facts()["takes_guidance"]:
        assert not [row for row in found[str(procedure), str(guidance)] if overlap(row, since, to)], procedure


def test_what_takes_guidance_does_not_contain_it() -> None:
    contains: defaultdict[Value, list[Row]] = defaultdict(list)
    for code, _, since, to in facts()["includes_guidance"]:
        contains[code].append({"From": str(since), "To": str(to)})
    for procedure, _, since, to in facts()["takes_guidance"]:
        assert not [row for row in contains[procedure] if overlap(row, since, to)], procedure


def test_the_procedures_of_the_articles_take_their_equivalents() -> None:
    taken = {(procedure, guidance) for procedure, guidance, *_ in facts()["takes_guidance"]}
    assert {(code, guidance) for code in ("20206", "21550") for guidance in ("77012", "77021", "76942")} <= taken
    assert {("20610", "77012"), ("20610", "77021")} <= taken
    assert ("20610", "76942") not in taken


def test_ultrasound_does_not_make_an_epidural_a_guided_one() -> None:
    included = {(code, modality) for code, modality, *_ in facts()["includes_guidance"]}
    for code in ("62321", "62323", "62325", "62327"):
        assert {modality for named, modality in included if named == code} == {"fluoroscopy", "ct"}
    assert not {code for code, _ in included} & {"62320", "62322", "62324", "62326", "36568", "36569", "20610", "62270"}


def test_twins_differ_by_their_guidance() -> None:
    included = {(code, modality) for code, modality, *_ in facts()["includes_guidance"]}
    for without, guided, modality, *_ in facts()["twin"]:
        assert (guided, modality) in included
        assert (without, modality) not in included


def test_larger_procedures_are_pairs_for_that_reason() -> None:
    wanted = {(code, part) for code, part, *_ in facts()["larger_procedure"]}
    reasons = {pair: row["rationale"] for pair, row in pairs("practitioner", 20240801).items()}
    for pair in wanted:
        if pair[1] == "76000":
            assert reasons[str(pair[0]), "76000"] == "CPT Separate procedure definition", pair


def test_what_77001_contains_is_paired_with_it() -> None:
    parts = {str(part) for code, part, *_ in facts()["contains"] if code == "77001"}
    assert parts == {"36005", "71045", "71046", "71047", "75820", "75822", "75825", "75827"}
    for setting in ("practitioner", "hospital"):
        assert {("77001", part) for part in parts} <= set(pairs(setting, 20240801))


def test_ended_codes_say_what_follows() -> None:
    ended = {code for code, *_, to in facts()["code"] if to != OPEN}
    told = {row[0] for row in facts()["successor"] | facts()["no_successor"]}
    assert told <= ended
    assert ended - told == {"55700"}, "its successors of 2026 are not in the knowledge base"
    assert ("76001", "76000") in {row[:2] for row in facts()["hint"]}


def test_modifiers_of_the_manual() -> None:
    assert len({modifier for modifier, *_ in facts()["ptp_modifier"]}) == 44
    assert not {"22", "26", "50", "51", "76", "77"} & {modifier for modifier, *_ in facts()["ptp_modifier"]}


def test_facility_places() -> None:
    facility = {place for place, _, kind, *_ in facts()["place"] if kind == "facility"}
    expected = ["19", "21", "22", "23", "24", "26", "31", "34", "41", "42", "51", "52", "53", "56", "61"]
    assert facility == {*expected, "02"}


# --- form


def code_files() -> list[Path]:
    """The fact files."""
    return [*sorted(CODES.glob("*.lp")), TABLES / "editions.lp"]


@pytest.mark.parametrize("path", code_files(), ids=lambda path: path.stem)
def test_every_fact_stands_under_a_source(path: Path) -> None:
    known = {row[0] for row in facts()["source"]}
    source = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("% @source "):
            match = re.fullmatch(r'% @source (\w+), "[^"]+"', line)
            assert match, line
            source = match.group(1)
            assert source in known, source
        elif line and not line.startswith("%"):
            assert source, line
            assert re.fullmatch(r"[a-z]\w*\(.*\)\.", line), line


@pytest.mark.parametrize("path", code_files(), ids=lambda path: path.stem)
def test_file_is_tidy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.startswith("%%% ")
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    block: list[str] = []
    for line in [*text.splitlines(), ""]:
        if line and not line.startswith("%"):
            block.append(line)
            continue
        assert block == sorted(block), f"{path.name}: {block[:1]}"
        block = []


def test_tables_name_a_known_source() -> None:
    known = {row[0] for row in facts()["source"]}
    for path in sorted(TABLES.glob("*.tsv*")):
        with lzma.open(path, "rt") if path.suffix == ".xz" else path.open(encoding="utf-8") as text:
            match = re.fullmatch(r'# @source (\w+), "[^"]+"\n', next(text))
        assert match, path.name
        assert match.group(1) in known, path.name


def test_readme_counts_the_rows() -> None:
    text = (TABLES / "README.md").read_text(encoding="utf-8")
    for path in sorted(TABLES.glob("*.tsv")):
        assert f"| `{path.name}` | {len(table(path.name)):,} |" in text
    assert f"Named codes: {len(facts()['short'])}." in text


def test_editions_of_both_settings() -> None:
    named = {(published, setting, name) for published, setting, name, *_ in facts()["edition"]}
    assert ("ptp", "practitioner", "2024 Q3 (v30.2)") in named
    assert ("ptp", "hospital", "I/OCE 20.2-27.1") in named
    assert len(named) == 13


# --- against CMS's files, where they lie beside the project


@pytest.fixture(scope="module")
def cutter() -> Iterator[ModuleType]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / "scripts"))
        yield importlib.import_module("cut_tables")


def test_the_script_reads_the_named_codes(cutter: ModuleType) -> None:
    assert cutter.named_codes(CODES) == {code for code, _ in facts()["short"]}
    assert cutter.editions_text() == (TABLES / "editions.lp").read_text(encoding="utf-8")


@pytest.mark.skipif(not CMS.is_dir(), reason="CMS's files are not beside the project")
def test_cutting_again_gives_the_same_bytes(cutter: ModuleType) -> None:
    codes = cutter.named_codes(CODES)
    found = [*cutter.cut_limits(CMS, codes), *cutter.cut_settings(CMS, codes), *cutter.cut_fees(CMS, codes)]
    assert len(found) == 9
    for cut in found:
        assert cutter.as_bytes(cut) == (TABLES / cut.file).read_bytes(), cut.file


@pytest.mark.skipif(not CMS.is_dir(), reason="CMS's files are not beside the project")
def test_ages_and_days_agree_with_the_status_file() -> None:
    ages: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)
    last: dict[str, str] = {}
    with lzma.open(CMS / "ioce_hcpcs_status_2019q3-2026q2.tsv.xz", "rt") as text:
        for row in csv.DictReader(text, delimiter="\t"):
            ages[row["hcpcs"]].add((int(row["low_age"]), int(row["high_age"])))
            last[row["hcpcs"]] = max(last.get(row["hcpcs"], ""), row["effective_to"] or "99999999")
    for code, low, high, *_ in facts()["age_range"]:
        assert ages[str(code)] == {(low, high)}
    ranged = {str(row[0]) for row in facts()["age_range"]}
    for code, *_, to in facts()["code"]:
        if str(code) in last:
            assert last[str(code)] == ("99999999" if to == OPEN else str(to)), code
            assert str(code) in ranged or ages[str(code)] == {(0, 124)}, code
