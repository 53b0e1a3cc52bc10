"""All rules over parts of claims: the bulk run finds what the interactive engine finds, with the row behind it."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

from claimlogic import InputError, KnowledgeBase
from claimlogic.claims.facts import claim_facts
from claimlogic.claims.model import Claim, ElsewhereService, GlobalPeriod, Line
from claimlogic.knowledge_base import Options
from claimlogic.proofs.model import Proof
from claimlogic.screening.judging.bulk import BulkJudge, Judged
from claimlogic.screening.part import part_layout, stage_claims
from claimlogic.tables.importing import import_tables
from claimlogic.terms import Atom, plain, text

ROOT = Path(__file__).parents[3]
SAMPLES = ROOT / "tests" / "samples" / "cms"

CODES = [
    *("77001", "77002", "77003", "76000", "77012", "76942", "62323", "62322", "20610", "20611", "36556", "36573"),
    *("36569", "64490", "64491", "64492", "21550", "44500", "74340", "27096", "99213", "G0463", "36415", "0000X"),
]
MODIFIERS = ["26", "59", "XS", "RT", "LT", "TC", "50", "51", "25", "78"]
DAYS = [20190630, 20240701, 20240702, 20240930, 20250314, 20260401]


@pytest.fixture(scope="module")
def kb() -> KnowledgeBase:
    return KnowledgeBase(ROOT / "kb")


@pytest.fixture(scope="module")
def judge(kb: KnowledgeBase) -> BulkJudge:
    return BulkJudge(kb, duckdb.connect())


def known_claims(kb: KnowledgeBase) -> list[tuple[str, Claim]]:
    files = sorted(path for path in (ROOT / "scenarios").rglob("claim*") if path.is_file())
    files += [ROOT / "examples" / "epidural_77003.yaml", ROOT / "examples" / "office_visits.837"]
    return [(f"{path.parent.name}/{path.name}/{n}", c) for path in files for n, c in enumerate(kb.read(path))]


def random_claims(count: int) -> list[tuple[str, Claim]]:
    draw = random.Random(count)
    return [(f"claim {n:03}", random_claim(draw)) for n in range(count)]


def random_claim(draw: random.Random) -> Claim:
    day = draw.choice(DAYS)
    form, setting, bill_type = draw.choice(
        [("professional", "office", None), ("professional", "asc", None), ("professional", None, None)]
        + [("institutional", None, "131"), ("institutional", None, "0851"), ("institutional", "asc", None)]
    )
    items = ["signed_report", "separate_site", "images_saved", "real_time_guidance", "interpretation"]
    lines = []
    for number in range(1, draw.randint(2, 6)):
        held = draw.sample(items, draw.randint(0, 2))
        lines.append(
            Line(
                number=number,
                code=draw.choice(CODES),
                units=draw.choice([1, 1, 2, 5]),
                date=day if draw.random() < 0.8 else draw.choice(DAYS),
                modifiers=tuple(draw.sample(MODIFIERS, draw.randint(0, 2))),
                diagnoses=tuple(draw.sample(["M54.51", "K57.30"], draw.randint(0, 1))),
                provider=draw.choice([None, "a", "b"]),
                session=draw.choice([None, None, "1", "2"]),
                site=draw.choice([None, None, "knee"]),
                place=draw.choice([None, None, None, "22"]),
                span_days=draw.choice([1, 1, 1, 3]),
                documented=tuple(held),
                undocumented=tuple(item for item in draw.sample(items, draw.randint(0, 2)) if item not in held),
            )
        )
    elsewhere = (ElsewhereService(draw.choice(CODES), day, 1, draw.choice([None, "a"])),) if draw.random() < 0.3 else ()
    period = GlobalPeriod(draw.choice(CODES), day, draw.choice([None, "a"])) if draw.random() < 0.2 else None
    return Claim(
        id="any",
        form=form,
        lines=tuple(lines),
        setting=setting,
        place_of_service=draw.choice([None, "11", "22"]) if form == "professional" else None,
        bill_type=bill_type,
        payer=draw.choice(["medicare", "medicare", "example_health_plan"]),
        patient_age=draw.choice([None, 3, 54]),
        diagnoses=("M47.812", "D49.2") if draw.random() < 0.5 else (),
        global_period=period,
        elsewhere=elsewhere,
    )


Rows = set[tuple[object, ...]]


def by_clingo(kb: KnowledgeBase, claims: Sequence[tuple[str, Claim]], options: Options) -> list[Rows]:
    """Findings, verdicts on lines and on claims, and disputes."""
    severity = {rule: name for rule, name, _ in kb.store.match("rule", (None,) * 3)}
    found: list[Rows] = [set(), set(), set(), set()]
    for number, (_, claim) in enumerate(sorted(claims), start=1):
        facts = kb.facts_of(claim, options)
        atoms = kb._judge.answer(facts, kb.store).atoms
        reported = {atom.arguments for atom in atoms if atom.predicate == "reported"}
        for predicate, arguments in atoms:
            if predicate in ("finding", "reported"):
                rule, _, line, other = arguments
                found[0].add((number, line, rule, severity[rule], other, arguments not in reported))
            elif predicate == "verdict":
                found[1].add((number, *arguments[1:]))
            elif predicate == "claim_verdict":
                found[2].add((number, arguments[1]))
            elif predicate == "disputed":
                found[3].add((number, arguments[2], arguments[0]))
    return found


def by_duckdb(connection: duckdb.DuckDBPyConnection, judged: Judged) -> list[Rows]:
    asked = ["C, L, rule, severity, other, waived FROM " + judged.findings]
    asked += [f"* FROM {table}" for table in (judged.verdicts, judged.claims, judged.disputes)]
    return [set(connection.execute(f"SELECT {one}").fetchall()) for one in asked]


def judged_by(judge: BulkJudge, kb: KnowledgeBase, claims: Sequence[tuple[str, Claim]]) -> list[Rows]:
    part = stage_claims(judge.connection, claims, kb.knowledge.vocabulary)
    return by_duckdb(judge.connection, judge.judge(part))


def test_scenarios_examples_and_random_claims_are_judged_as_one_by_one(kb: KnowledgeBase, judge: BulkJudge) -> None:
    claims = [*known_claims(kb), *random_claims(60)]
    expected = by_clingo(kb, claims, Options())
    assert judged_by(judge, kb, claims) == expected
    assert len({finding[2] for finding in expected[0]}) > 40  # Most rules speak, so that the comparison says something.


def test_trust_and_strict_dates_are_followed(kb: KnowledgeBase) -> None:
    claims = [*known_claims(kb), *random_claims(20)]
    judge = BulkJudge(kb, duckdb.connect(), trust="article", strict_dates=True)
    found = judged_by(judge, kb, claims)
    assert found == by_clingo(kb, claims, Options(trust="article", strict_dates=True))
    assert found != by_clingo(kb, claims, Options())


def test_a_waived_finding_is_marked(kb: KnowledgeBase, judge: BulkJudge) -> None:
    lines = tuple(Line(number=n, code=code, units=1, date=20260105) for n, code in ((1, "62323"), (2, "77003")))
    claim = Claim(id="x", form="professional", lines=lines, setting="office", payer="example_health_plan")
    findings, verdicts, _, _ = judged_by(judge, kb, [("x", claim)])
    waived = {(line, rule) for _, line, rule, _, _, is_waived in findings if is_waived}
    assert {(2, "includes_guidance"), (2, "ncci_column_two")} <= waived
    assert (1, 2, "denied") not in verdicts


def test_one_part_after_another_gives_what_each_gives_alone(kb: KnowledgeBase, judge: BulkJudge) -> None:
    bare = Line(number=1, code="99213", units=1, date=20240815)
    first, second = random_claims(8), [("z", Claim(id="z", form="professional", lines=(bare,), setting="office"))]
    alone = judged_by(judge, kb, first)
    assert judged_by(judge, kb, second) == by_clingo(kb, second, Options())
    assert judged_by(judge, kb, first) == alone


def test_only_the_rules_asked_for_speak(kb: KnowledgeBase) -> None:
    judge = BulkJudge(kb, duckdb.connect(), only=["ncci_column_two"])
    claims = known_claims(kb)
    findings = judged_by(judge, kb, claims)[0]
    whole = by_clingo(kb, claims, Options())[0]
    assert findings == {finding for finding in whole if finding[2] == "ncci_column_two"} != set()


def test_an_unknown_rule_or_authority_is_refused(kb: KnowledgeBase) -> None:
    with pytest.raises(InputError, match="no rule ncci_column_three"):
        BulkJudge(kb, duckdb.connect(), only=["ncci_column_three"])
    with pytest.raises(InputError, match="no authority astrologers"):
        BulkJudge(kb, duckdb.connect(), trust="astrologers")


def test_nothing_that_is_concluded_is_null(kb: KnowledgeBase, judge: BulkJudge) -> None:
    judged_by(judge, kb, random_claims(30))
    run = judge.connection.execute
    tables = run("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'concluded%'").fetchall()
    assert len(tables) > 80
    for (table,) in tables:
        columns = run(f"SELECT column_name FROM duckdb_columns() WHERE table_name = '{table}'").fetchall()
        nulls = " OR ".join(f'"{column}" IS NULL' for (column,) in columns)
        assert run(f'SELECT count(*) FROM "{table}" WHERE {nulls}').fetchone() == (0,), table


def test_the_row_behind_a_finding_is_the_one_the_proof_ends_with(kb: KnowledgeBase, judge: BulkJudge) -> None:
    claims = dict(known_claims(kb))
    part = stage_claims(judge.connection, list(claims.items()), kb.knowledge.vocabulary)
    judged = judge.judge(part)
    rows = judge.connection.execute(
        f"SELECT claim_id, L, rule, other, fact, r.source, edition, r.line FROM {judged.findings} f"
        f" JOIN {judged.rows} r USING (row) JOIN {part.claims} USING (C)"
        " WHERE rule IN ('ncci_column_two', 'units_over_mue', 'includes_guidance', 'packaging_opps_packaged')"
    ).fetchall()
    assert {rule for _, _, rule, *_ in rows} >= {"ncci_column_two", "includes_guidance"}
    proofs: dict[tuple[str, int], Proof] = {}
    for name, line, rule, other, fact, source, edition, row in rows:
        if (name, line) not in proofs:
            proofs[name, line] = kb.why(claims[name], line)
        proof = proofs[name, line]
        assert Atom("finding", (rule, text("c"), line, other)) in proof.steps
        origins = {one for atom, places in proof.facts.items() if spaced(atom) == fact for one in places}
        assert (source, edition, row) in {(one.source, one.where, one.line) for one in origins}


def spaced(atom: Atom) -> str:
    return f"{atom.predicate}({', '.join(map(str, atom.arguments))})"


def test_a_staged_claim_says_what_its_facts_say(kb: KnowledgeBase) -> None:
    connection = duckdb.connect()
    claims = [*random_claims(40), *known_claims(kb)]
    part = stage_claims(connection, claims, kb.knowledge.vocabulary)
    layout = part_layout(kb.knowledge.vocabulary)
    expected = {
        (number, predicate, tuple(plain(value) for value in arguments[1:]))
        for number, (_, claim) in enumerate(sorted(claims), start=1)
        for predicate, arguments in claim_facts(claim)
        if predicate not in ("day", "claim")
    }
    assert (
        set(said(connection, part.claims, 1, layout.claim_columns))
        | set(said(connection, part.lines, 2, layout.line_columns))
        | set(others(connection, part.relations))
        == expected
    )
    named = connection.execute(f"SELECT C, claim_id FROM {part.claims} ORDER BY C").fetchall()
    assert named == list(enumerate(sorted(name for name, _ in claims), start=1))


def said(
    connection: duckdb.DuckDBPyConnection, table: str, key: int, columns: Sequence[str]
) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for column in columns:
        keys = "C, L" if key == 2 else "C"
        for row in connection.execute(
            f'SELECT {keys}, "{column}" FROM {table} WHERE "{column}" IS NOT NULL'
        ).fetchall():
            yield row[0], column, tuple(str(value) for value in row[1:])


def others(
    connection: duckdb.DuckDBPyConnection, relations: dict[str, str]
) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    for predicate, table in relations.items():
        for row in connection.execute(f"SELECT * FROM {table}").fetchall():
            values = tuple(str(value) for value in row[1:])
            if predicate == "modifier":
                yield row[0], "modifier_position", values
                yield row[0], "modifier", values[:-1]
            else:
                yield row[0], predicate, values


def test_a_store_takes_the_place_of_the_tables(tmp_path: Path) -> None:
    store = tmp_path / "store"
    import_tables([SAMPLES / "MCR_MUE_PractitionerServices_Eff_07-01-2026.csv"], store)
    kb = KnowledgeBase(ROOT / "kb", tables=store)
    claims = [*known_claims(kb), *random_claims(20)]
    judge = BulkJudge(kb, duckdb.connect())
    assert judged_by(judge, kb, claims) == by_clingo(kb, claims, Options())


def test_facts_added_for_a_run_are_laid_over(tmp_path: Path) -> None:
    facts = tmp_path / "facts.lp"
    facts.write_text('mue(practitioner, "99213", 9, 2, 20200101, #sup).\n', encoding="utf-8")
    kb = KnowledgeBase(ROOT / "kb", facts=facts)
    claims = [
        *known_claims(kb),
        ("many", Claim("many", "professional", (Line(1, "99213", 8, 20240815),), setting="office")),
    ]
    judge = BulkJudge(kb, duckdb.connect())
    assert judged_by(judge, kb, claims) == by_clingo(kb, claims, Options())


def test_an_order_of_texts_is_refused_by_file_and_line(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "kb", folder)
    path = folder / "rules" / "ncci" / "column_two.lp"
    old = path.read_text(encoding="utf-8")
    line = old.count("\n") + 2
    rule = "finding(ncci_column_two, C, L, L') :- line(C, L, A), line(C, L', B), same_day(C, L, L'), A < B."
    path.write_text(f"{old}\n{rule}\n", encoding="utf-8")
    with pytest.raises(InputError, match="order of texts") as refused:
        BulkJudge(KnowledgeBase(folder), duckdb.connect())
    assert refused.value.place == f"rules/ncci/column_two.lp:{line}"


def test_rules_that_leave_a_line_without_a_verdict_are_refused(tmp_path: Path) -> None:
    folder = tmp_path / "kb"
    shutil.copytree(ROOT / "kb", folder)
    path = folder / "verdict.lp"
    without = path.read_text(encoding="utf-8").replace("verdict(C, L, unknown) :- unsettled(C, L).\n", "")
    path.write_text(without, encoding="utf-8")
    kb = KnowledgeBase(folder)
    # The contractor decides with which procedures 47001 goes; guidance of it is paid where that is.
    lines = (Line(1, "47001", 1, 20240815), Line(2, "77002", 1, 20240815))
    claim = Claim("unsettled", "professional", lines, setting="office")
    assert kb.check(claim).line(2).verdict == "unknown", "what the rules say nothing of is not payable"
    with pytest.raises(InputError, match="lines: 2, verdicts: 1"):
        judged_by(BulkJudge(kb, duckdb.connect()), kb, [("unsettled", claim)])
