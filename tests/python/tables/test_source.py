"""A store laid over the knowledge base: which kinds it replaces, what a fact is cited as, what it costs to open."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim, Line
from claimlogic.errors import InputError
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.store import FactStore, PublishedFact
from claimlogic.tables.codec import code_number, code_term
from claimlogic.tables.source import with_tables
from claimlogic.terms import OPEN_END, Atom

from .conftest import HOSPITAL_PARTS, StoreOf

PRACTITIONER = "ncci_ptp_practitioner_2024q3_v302.tsv"
STATUS = "ioce_hcpcs_status_2019q3-2026q2.tsv"
FEE_2024, FEE_2025 = "pfs_rvu_indicators_2024_july.tsv", "PPRRVU2025_Oct.csv"

FactsOf = Callable[..., FactStore]


def test_a_kind_that_the_store_holds_is_replaced_and_others_stay(facts_of: FactsOf, knowledge: Knowledge) -> None:
    facts = facts_of([PRACTITIONER])
    assert {row[0] for row in facts.match("ptp", (None,) * 6)} == {"practitioner"}
    assert len(facts.match("ptp", (None,) * 6)) < 100
    assert facts.match("mue", (None,) * 6) == knowledge.store.match("mue", (None,) * 6)
    editions = facts.match("edition", (None,) * 5)
    assert [row for row in editions if row[0] == "ptp"] == [("ptp", "practitioner", '"2024 Q3"', 20240701, 20240930)]
    own = [row for row in knowledge.store.match("edition", (None,) * 5) if row[0] != "ptp"]
    assert sorted(row for row in editions if row[0] != "ptp") == sorted(own)


def test_editions_of_a_table_without_table_argument_count_for_all_whom_it_judges(facts_of: FactsOf) -> None:
    facts = facts_of(["ioce_addon_2019q3-2026q2.tsv", "ncci_aoc_2026q3_active.tsv"])
    found = sorted(facts.match("edition", ("addon", None, None, None, None)))
    days = (("2019 Q3 to 2026 Q2", 20190701, 20260630), ("2026 Q3", 20260701, 20260930))
    assert found == [
        ("addon", t, f'"{id}"', first, last) for t in ("hospital", "practitioner") for id, first, last in days
    ]


def test_facts_that_the_knowledge_base_states_itself_stay(facts_of: FactsOf, knowledge: Knowledge) -> None:
    facts = facts_of(["ioce_addon_2019q3-2026q2.tsv"])
    stated = ('"77001"', '"36556"', None, None)
    assert facts.match("addon_parent", stated) == knowledge.store.match("addon_parent", stated) != []


def test_a_slice_holds_the_pairs_among_the_codes_touched(facts_of: FactsOf) -> None:
    facts = facts_of([PRACTITIONER])
    found = facts.slice("ptp", {"code": ['"62323"', '"77003"', '"99999"', '"x"']})
    assert found == [Atom("ptp", ("practitioner", '"62323"', '"77003"', "with_modifier", 20240701, OPEN_END))]
    assert facts.slice("ptp", {"code": ['"62323"']}) == []
    assert facts.slice("ptp", {}) == []


def test_a_slice_for_many_codes_is_the_same_as_for_few(facts_of: FactsOf) -> None:
    facts = facts_of(HOSPITAL_PARTS)
    wanted = ['"62323"', '"77003"', '"76000"', '"64415"']
    others = [code_term(number) for number in range(1, 300)]
    assert facts.slice("ptp", {"code": [*wanted, *map(str, others)]}) == facts.slice("ptp", {"code": wanted}) != []


def test_a_slice_by_either_code_finds_both_sides(facts_of: FactsOf) -> None:
    facts = facts_of(["AOC_V2026Q3-MCR.txt"])
    by_parent = [atom.arguments[:2] for atom in facts.slice("addon_parent", {"code": ['"32400"']})]
    assert ('"77002"', '"32400"') in by_parent


def test_facts_of_every_kind(facts_of: FactsOf) -> None:
    facts = facts_of(
        [STATUS, FEE_2024, FEE_2025, "ncci_mue_practitioner_eff_2024-07-01.tsv", "AOC_V2026Q3-MCR.txt"],
        [f"April_2026_ASC_Addendum_{addendum}.csv" for addendum in ("AA", "BB", "EE")],
    )
    assert ("practitioner", '"27096"', 1, 2, 20240701, OPEN_END) in facts.match("mue", (None,) * 6)
    assert ('"77001"', 2, 20260701, OPEN_END) in facts.match("addon", ('"77001"', None, None, None))
    assert facts.match("addon_parent", ('"64494"', None, None, None)) != []
    status = facts.match("opps_status", ('"36556"', None, None, None, None))
    assert ('"36556"', '"T"', '"05182"', 20190701, 20191231) in status
    assert ('"36556"', '"J1"', '"05183"', 20210101, OPEN_END) in status
    assert facts.match("asc_indicator", ('"0075T"', None, None, None)) == [
        ('"0075T"', '"excluded"', 20260401, OPEN_END)
    ]
    assert facts.match("global_days", ('"77003"', None, None, None)) == [('"77003"', '"ZZZ"', 20240701, OPEN_END)]
    assert facts.match("component_split", ('"77003"', '"1"', None, None)) == [('"77003"', '"1"', 20240701, OPEN_END)]
    assert facts.match("bilateral", ('"36556"', None, None, OPEN_END)) == [('"36556"', '"0"', 20240701, OPEN_END)]


def test_patterns_bind_any_argument_and_nothing_fits_what_is_no_value(facts_of: FactsOf) -> None:
    facts = facts_of([PRACTITIONER])
    (fact,) = facts.match("ptp", (None, '"62323"', '"77003"', None, None, None))
    for place, value in enumerate(fact):
        pattern = [None] * 6
        pattern[place] = value
        assert fact in facts.match("ptp", pattern)
    for place, value in enumerate(("hospital", '"6232"', "77003", "sometimes", 20240702, 20240230)):
        pattern = list(fact)
        pattern[place] = value
        assert facts.match("ptp", pattern) == []


def test_a_fact_is_cited_with_file_line_edition_and_rationale(facts_of: FactsOf) -> None:
    facts = facts_of([HOSPITAL_PARTS[2]], HOSPITAL_PARTS[:0] or ["ncci_mue_practitioner_eff_2024-07-01.tsv"])
    (pair,) = facts.slice("ptp", {"code": ['"62323"', '"77003"']})
    (origin,) = facts.published(pair)
    assert (origin.file, origin.source, origin.where) == (HOSPITAL_PARTS[2], "cms_ncci_ptp_hospital", "2026 Q2")
    assert origin.note.startswith("edition 2026 Q2; rationale: ")
    (limit,) = facts.slice("mue", {"code": ['"27096"']})
    assert [p.source for p in facts.published(limit)] == ["cms_mue_practitioner"]
    assert facts.published(Atom("mue", ("practitioner", '"27096"', 7, 2, 20240701, OPEN_END))) == []


def test_a_fact_of_several_editions_names_the_first_and_the_last(facts_of: FactsOf) -> None:
    facts = facts_of(["ncci_mue_practitioner_eff_2024-07-01.tsv"], ["ncci_mue_practitioner_eff_2026-04-01.tsv"])
    (limit,) = facts.slice("mue", {"code": ['"77003"']})
    assert limit.arguments[4:] == (20240701, OPEN_END)
    assert facts.published(limit)[0].note.startswith("edition 2024 Q3 to 2026 Q2; ")


def test_an_edition_is_cited_with_the_hashes_of_its_files(facts_of: FactsOf) -> None:
    facts = facts_of([PRACTITIONER])
    edition = Atom("edition", ("ptp", "practitioner", '"2024 Q3"', 20240701, 20240930))
    (origin,) = facts.published(edition)
    assert origin.file == PRACTITIONER
    assert "sha256 " in origin.note


def listed(facts: FactStore, code: str) -> list[tuple[object, object]]:
    rows = facts.match("code", (f'"{code}"', "listed", None, None))
    return sorted((first, last) for _, _, first, last in rows)


def test_codes_are_known_for_the_days_that_a_status_file_tells(facts_of: FactsOf) -> None:
    facts = facts_of([STATUS])
    assert listed(facts, "0001A") == [(20201001, 20231231)]
    assert listed(facts, "32405") == [(19000101, 20201231)]
    assert listed(facts, "76000") == [(19000101, OPEN_END)]
    assert listed(facts, "00100") == []


def test_a_code_that_is_only_listed_may_have_begun_after_the_edition_before(facts_of: FactsOf) -> None:
    facts = facts_of([FEE_2024], [FEE_2025])
    assert listed(facts, "77003") == [(19000101, OPEN_END)]
    assert listed(facts, "77002") == [
        (20241001, OPEN_END)
    ]  # only in the later list, and the quarters between are not on hand


def test_days_that_are_told_outweigh_a_mere_list(facts_of: FactsOf, samples: Path, tmp_path: Path) -> None:
    fee = tmp_path / FEE_2024
    fee.write_text((samples / FEE_2024).read_text().replace("76000\t\tA", "0001A\t\tA"))
    facts = facts_of([STATUS, fee])
    assert listed(facts, "0001A") == [(19000101, 20190630), (20201001, 20231231), (20260701, OPEN_END)]


def test_a_listed_code_comes_into_the_slice_with_its_source(facts_of: FactsOf) -> None:
    facts = facts_of([STATUS])
    atoms = [a for a in facts.slice("code", {"code": ['"0001A"', '"76000"']}) if a.arguments[1] == "listed"]
    assert [a.arguments[0] for a in atoms] == ['"0001A"', '"76000"']
    assert [p.source for p in facts.published(atoms[0])] == ["opps_status"]


def test_facts_added_for_a_run_lie_over_the_store(facts_of: FactsOf) -> None:
    added = Atom("ptp", ("practitioner", '"62323"', '"20610"', "never", 20240701, OPEN_END))
    facts = facts_of([PRACTITIONER]).with_facts([PublishedFact(added, "more.lp", 1, "added", "", "")])
    assert added in facts.slice("ptp", {"code": ['"62323"', '"20610"']})
    assert facts.match("ptp", ("practitioner", '"62323"', '"77003"', None, None, None)) != []


def test_no_store_is_named(knowledge: Knowledge, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no store of tables"):
        with_tables(knowledge.store, tmp_path / "absent")


def test_a_knowledge_base_that_names_no_sources_is_refused(knowledge: Knowledge, store_of: StoreOf) -> None:
    bare = FactStore([], knowledge.vocabulary)
    with pytest.raises(InputError, match="names no source for ptp"):
        with_tables(bare, store_of([PRACTITIONER]))


def test_opening_a_store_imports_no_bulk_engine(store_of: StoreOf) -> None:
    path = str(Path(__file__).parents[3] / "python")
    program = (
        f"import sys; sys.path.insert(0, {path!r})\n"
        "from claimlogic import KnowledgeBase\n"
        "kb = KnowledgeBase(tables=sys.argv[1])\n"
        "kb.store.slice('ptp', {'code': ['\"62323\"']})\n"
        "print(sorted({'duckdb', 'sqlglot', 'python_calamine', 'numpy'} & set(sys.modules)))"
    )
    store = str(store_of([PRACTITIONER, STATUS]))
    done = subprocess.run([sys.executable, "-c", program, store], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def claim(date: int) -> Claim:
    lines = (Line(number=1, code="62323", units=1, date=date), Line(number=2, code="76942", units=1, date=date))
    return Claim("c", "professional", lines, setting="office", payer="medicare", patient_age=54)


def test_claims_are_judged_by_the_store(store_of: StoreOf) -> None:
    kb = KnowledgeBase(tables=store_of([PRACTITIONER, STATUS, FEE_2024, "ncci_mue_practitioner_eff_2024-07-01.tsv"]))
    result = kb.check(claim(20240815))
    (line,) = [line for line in result.lines if line.code == "76942"]
    assert line.verdict == "denied"
    assert "ncci_column_two" in {finding.rule for finding in line.findings}
    proof = kb.why(claim(20240815), line=2)
    origins = {o.file for atom, found in proof.facts.items() if atom.predicate == "ptp" for o in found}
    assert origins == {PRACTITIONER}


def test_before_the_oldest_edition_nothing_is_clean(store_of: StoreOf) -> None:
    kb = KnowledgeBase(tables=store_of([PRACTITIONER]))
    alone = Claim("c", "professional", claim(20230201).lines[:1], setting="office", payer="medicare", patient_age=54)
    result = kb.check(alone)
    assert result.verdict == "unknown"
    assert any("ptp edition for 20230201" in words for words in result.unknown)


def test_a_code_number_and_its_term_go_both_ways() -> None:
    for term in ('"00000"', '"77003"', '"0001A"', '"ZZZZZ"'):
        number = code_number(term)
        assert number is not None
        assert code_term(number) == term
    for term in ("77003", '"7700"', '"770033"', '"77o03"', 77003, '"77 03"'):
        assert code_number(term) is None
