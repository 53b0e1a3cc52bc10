"""The facts of kb/codes, against each other and against the rows of the tables."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from tests.python.code_facts import (
    GUIDANCE,
    NAMES_ANY_CODE,
    OPEN,
    TABLES,
    UNPAIRED,
    UNPAIRED_BY_CT,
    Row,
    Value,
    facts,
    guidance_pairs,
    lines,
    overlap,
    pairs,
    table,
    vocabulary,
)

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
