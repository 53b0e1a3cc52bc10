"""Two versions over the same claims: each answers as it does alone, and what both conclude alike is made once."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest
from test_bulk import Rows, by_duckdb, judged_by, known_claims, random_claims

from claimlogic import KnowledgeBase
from claimlogic.claims.model import Claim, Line
from claimlogic.screening.judging.bulk import BulkJudge
from claimlogic.screening.judging.twins import Twins
from claimlogic.screening.part import stage_claims
from claimlogic.screening.published import kept
from claimlogic.screening.published.published import Published
from claimlogic.tables.importing import import_tables
from claimlogic.terms import plain

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "tests" / "samples" / "cms"
# A few rules are enough, and sooner compiled than all of them.
SOME = ("ncci_column_two", "includes_guidance", "addon_orphaned")
UNITS = ("units_over_mue", "units_over_mue_reviewable", "units_over_mue_line")


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase(ROOT / "kb")


@pytest.fixture
def edited(tmp_path: Path) -> Callable[[str, str, str], KnowledgeBase]:
    def edit(file: str, old: str, new: str) -> KnowledgeBase:
        shutil.copytree(ROOT / "kb", tmp_path / "kb")
        path = tmp_path / "kb" / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return KnowledgeBase(tmp_path / "kb")

    return edit


def judged_together(
    base: KnowledgeBase, draft: KnowledgeBase, differing: set[str] | None
) -> tuple[list[Rows], list[Rows], set[str]]:
    """What both find on the same claims, and the names of the tables that were made for the draft."""
    connection = duckdb.connect()
    published = Published(connection, base)
    others = Published(connection, draft, beside=published, differing=differing)
    twins = Twins(
        BulkJudge(base, connection, only=SOME, published=published, prefix="base_", rows=False),
        BulkJudge(draft, connection, only=SOME, published=others, prefix="draft_", rows=False),
    )
    # A part of another kind before, of which nothing may be left.
    twins.judge(stage_claims(connection, random_claims(3), base.knowledge.vocabulary))
    before, after = twins.judge(stage_claims(connection, claims_of(base), base.knowledge.vocabulary))
    made = connection.execute("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'draft_%'").fetchall()
    return by_duckdb(connection, before), by_duckdb(connection, after), {name for (name,) in made}


def claims_of(kb: KnowledgeBase) -> list[tuple[str, Claim]]:
    return [*known_claims(kb), *random_claims(20)]


def alone(kb: KnowledgeBase, only: Sequence[str] = SOME) -> list[Rows]:
    return judged_by(BulkJudge(kb, duckdb.connect(), only=only), kb, claims_of(kb))


def test_an_edited_rule_is_judged_as_alone_and_only_what_rests_on_it_is_made_twice(
    kb: KnowledgeBase, edited: Callable[[str, str, str], KnowledgeBase]
) -> None:
    never = "line(C, L, B), line(C, L', A), pair_on(C, L', L, never),"
    draft = edited("rules/ncci/column_two.lp", never, f"{never} units(C, L, 2),")
    before, after, made = judged_together(kb, draft, set())
    assert (before, after) == (alone(kb), alone(draft))
    assert before != after
    assert "draft_concluded_finding" in made
    assert not {"draft_concluded_pair_on", "draft_concluded_parted_by", "draft_concluded_addon_on"} & made


def test_an_edited_fact_is_judged_as_alone_with_the_other_facts_loaded_once(
    kb: KnowledgeBase, edited: Callable[[str, str, str], KnowledgeBase]
) -> None:
    fact = 'includes_guidance("62323", {}, 20170101, #sup).'
    facts = f"{fact.format('ct')}\n{fact.format('fluoroscopy')}"
    draft = edited("codes/epidural.lp", facts, facts.replace("#sup", "20180101"))
    before, after, made = judged_together(kb, draft, {"includes_guidance"})
    assert (before, after) == (alone(kb), alone(draft))
    assert before != after
    assert "draft_concluded_includes_guidance_on" in made
    assert "draft_concluded_pair_on" not in made


def test_where_all_facts_may_differ_nothing_is_taken_from_the_other_version(kb: KnowledgeBase) -> None:
    before, after, made = judged_together(kb, kb, None)
    assert before == after == alone(kb)
    assert "draft_concluded_pair_on" in made


def test_facts_added_for_a_run_are_laid_over_the_rows_of_a_store(tmp_path: Path) -> None:
    kb, code, most = with_unit_limits(tmp_path / "store")
    facts = tmp_path / "facts.lp"
    facts.write_text(f'mue(practitioner, "{code}", {most + 9}, 2, 20200101, #sup).\n', encoding="utf-8")
    added = KnowledgeBase(ROOT / "kb", tables=tmp_path / "store", facts=facts)
    assert len(over_the_limit(kb, code, most)) == 1
    assert not over_the_limit(added, code, most)


def test_the_facts_of_a_large_table_are_kept_and_worked_out_again_where_the_file_is_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kb, code, most = with_unit_limits(tmp_path / "store")
    expected = over_the_limit(kb, code, most)
    monkeypatch.setattr(kept, "_LARGE", 1)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert over_the_limit(kb, code, most) == expected
    (path,) = (tmp_path / "cache" / "claimlogic").glob("dated-mue-*.parquet")
    with monkeypatch.context() as patch:
        patch.setattr(kept, "make_dated", no_work)
        assert over_the_limit(kb, code, most) == expected
    path.write_bytes(path.read_bytes()[:1000])
    assert over_the_limit(kb, code, most) == expected
    assert path.stat().st_size > 1000


def with_unit_limits(store: Path) -> tuple[KnowledgeBase, str, int]:
    """A knowledge base with a store of unit limits, a code, and the most units of it."""
    import_tables([SAMPLES / "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv"], store)
    kb = KnowledgeBase(ROOT / "kb", tables=store)
    arguments = min(kb.store.match("mue", (None,) * 6), key=str)
    return kb, plain(arguments[1]), int(arguments[2])


def over_the_limit(kb: KnowledgeBase, code: str, most: int) -> Rows:
    """What is found on a line with more units than that."""
    claim = Claim("many", "professional", (Line(1, code, most + 8, 20260715),), setting="office")
    return judged_by(BulkJudge(kb, duckdb.connect(), only=UNITS), kb, [("many", claim)])[0]


def no_work(*_: object) -> None:
    raise AssertionError("what is kept is worked out again")
