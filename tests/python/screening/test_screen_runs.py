"""A screening run: what it writes, how it ends, that it goes on where it was, and that no claim is lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import duckdb
import pytest
from screen_files import ROW, contents, fetch, lines, row, write_csv, write_parquet

from claimlogic.cli.main import run as command_line
from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.reports.screen_html import screen_html
from claimlogic.reports.screen_text import screen_text
from claimlogic.screening import screen as screening
from claimlogic.screening.run import open_run
from claimlogic.screening.screen import Plan, screen
from claimlogic.screening.summary import Summary


class Silent:
    """Nobody watches."""

    def tell(self, step: str) -> None: ...

    def advance(self, done: int, claims: int) -> None: ...


@pytest.fixture(scope="session")
def kb() -> KnowledgeBase:
    return KnowledgeBase()


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """Three claims: an epidural with guidance beside it (denied), the epidural alone, and one that cannot be read."""
    rows = [
        *lines("epidural", "62323", "77003"),
        *lines("alone", "62323"),
        *lines("broken", "62323", service_unit_quantity="zero"),
    ]
    return write_csv(tmp_path / "claims.csv", rows)


def run(kb: KnowledgeBase, claims: Path | str, output: Path, **plan: object) -> Summary:
    return screen(kb, Plan(str(claims), output, engine="clingo", **plan), Options(), Silent())  # type: ignore[arg-type]


def status(*arguments: object) -> int:
    with pytest.raises(SystemExit) as end:
        command_line([str(each) for each in ("screen", *arguments)])
    return int(end.value.code or 0)


def test_findings_name_line_rule_other_line_and_denial(kb: KnowledgeBase, claims: Path, tmp_path: Path) -> None:
    run(kb, claims, tmp_path / "out")
    columns = "claim_id, line, code, rule, severity, other_line, other_code, waived, group_code, carc, rarc"
    found = fetch(tmp_path / "out" / "findings" / "*.parquet", columns)
    denied = [each for each in found if each[4] == "deny"]
    assert denied == [
        ("epidural", 2, "77003", "includes_guidance", "deny", 1, "62323", False, "CO", "97", "M15"),
        ("epidural", 2, "77003", "ncci_column_two", "deny", 1, "62323", False, "CO", "236", None),
    ]
    assert fetch(tmp_path / "out" / "lines" / "*.parquet", "claim_id, line, code, verdict") == [
        ("alone", 1, "62323", "payable"),
        ("epidural", 1, "62323", "payable"),
        ("epidural", 2, "77003", "denied"),
    ]
    assert fetch(tmp_path / "out" / "claims" / "*.parquet", "claim_id, verdict, lines, uncoded_lines") == [
        ("alone", "payable", 1, 0),
        ("epidural", "denied", 2, 0),
    ]
    assert fetch(tmp_path / "out" / "quarantine.parquet") == [("broken", "", "claims.csv", 4, "bad_units")]


def test_the_summary_counts_what_was_read_and_found(kb: KnowledgeBase, claims: Path, tmp_path: Path) -> None:
    summary = run(kb, claims, tmp_path / "out")
    assert summary.input | {"columns": []} == {
        "files": 1, "columns": [], "rows": 4, "claims": 3, "claims_judged": 2, "claims_quarantined": 1, "lines": 3,
        "rows_quarantined": 1,
    }  # fmt: skip
    assert summary.claims == {"denied": 1, "payable": 1}
    rules = {rule["rule"]: rule for rule in summary.rules}
    assert rules["includes_guidance"]["findings"] == 1
    assert rules["includes_guidance"]["lines"] == 1
    assert {(pair["code"], pair["other_code"]) for pair in summary.pairs} == {("77003", "62323")}
    written = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert written["claims"] == summary.claims
    by_rule = fetch(tmp_path / "out" / "summary_by_rule.parquet", "rule, findings")
    assert ("includes_guidance", 1) in by_rule


def test_what_the_data_do_not_hold_is_said(kb: KnowledgeBase, tmp_path: Path) -> None:
    bare = write_csv(
        tmp_path / "bare.csv", [row(hcpcs_modifier_1="59", hcpcs_modifier_2="LT", service_unit_quantity="")]
    )
    said = {limit["name"] for limit in run(kb, bare, tmp_path / "bare").limits}
    assert {"few_modifiers", "no_units", "no_line_status", "no_record", "each_claim_alone"} <= said
    modifiers = {f"hcpcs_modifier_{n}": code for n, code in enumerate(("59", "LT", "26"), start=1)}
    full = write_csv(tmp_path / "full.csv", [row(**modifiers, x_line_status="paid", x_documented="signed_report")])
    said = {limit["name"] for limit in run(kb, full, tmp_path / "full").limits}
    assert not {"few_modifiers", "no_modifiers", "no_units", "no_line_status", "no_record", "no_line_dates"} & said


@pytest.mark.parametrize(
    ("rows", "options", "expected"),
    [
        (lines("c", "62323", "77003"), (), 1),
        (lines("c", "62323"), (), 0),
        (lines("c", "ZZZZZ"), (), 4),
        ([*lines("c", "62323", "77003"), row(claim_id="")], (), 2),
        ([*lines("c", "62323", "77003"), row(claim_id="")], ("--quarantine-ok",), 1),
    ],
)
def test_the_exit_status_tells_the_worst(
    rows: list[dict[str, str]], options: tuple[str, ...], expected: int, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "claims.csv", rows)
    assert status(path, "-o", tmp_path / "out", "--engine", "clingo", *options) == expected


def test_a_finished_run_is_not_made_again_and_ends_alike(claims: Path, tmp_path: Path) -> None:
    arguments = (claims, "-o", tmp_path / "out", "--engine", "clingo")
    assert status(*arguments) == 2
    before = contents(tmp_path / "out")
    assert not any(name.startswith(".work") for name in before)
    assert status(*arguments, "--quarantine-ok") == 1
    assert contents(tmp_path / "out") == before


def test_parts_do_not_change_what_is_found(kb: KnowledgeBase, tmp_path: Path) -> None:
    rows = [each for n in range(7) for each in lines(f"c{n}", "62323", "77003", *(["20610"] * (n % 3)))]
    path = write_parquet(tmp_path / "claims.parquet", rows)
    whole, cut = run(kb, path, tmp_path / "whole"), run(kb, path, tmp_path / "cut", part_size=2)
    assert len(list((tmp_path / "cut" / "findings").iterdir())) == 4
    for kind in ("findings", "lines", "claims"):
        assert fetch(tmp_path / "cut" / kind / "*.parquet") == fetch(tmp_path / "whole" / kind / "*.parquet")
    assert (cut.claims, cut.rules, cut.pairs) == (whole.claims, whole.rules, whole.pairs)


def test_a_run_that_fails_in_the_middle_goes_on_with_the_same_bytes(
    kb: KnowledgeBase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [each for n in range(6) for each in lines(f"c{n}", "62323", "77003")]
    path = write_parquet(tmp_path / "claims.parquet", [*rows, row(claim_id="", claim_line_number="9")])
    run(kb, path, tmp_path / "whole", part_size=2)
    judged: list[int] = []
    real = screening.assemble

    def failing(*arguments: object) -> object:
        judged.append(1)
        if len(judged) == 3:
            raise KeyboardInterrupt
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(screening, "assemble", failing)
    with pytest.raises(KeyboardInterrupt):
        run(kb, path, tmp_path / "cut", part_size=2)
    assert (tmp_path / "cut" / "findings" / "part-00002.parquet").exists()
    assert not (tmp_path / "cut" / "summary.json").exists()
    run(kb, path, tmp_path / "cut", part_size=2)
    assert len(judged) == 3 + 1  # the two parts that were done are not judged again
    assert contents(tmp_path / "cut") == contents(tmp_path / "whole")


def test_a_run_that_is_killed_goes_on_with_the_same_bytes(tmp_path: Path) -> None:
    rows = [each for n in range(60) for each in lines(f"c{n:03}", "62323", "77003")]
    path = write_parquet(tmp_path / "claims.parquet", rows)

    def command(output: Path) -> list[str]:
        told = ("screen", str(path), "-o", str(output), "--engine", "clingo", "--part-size", "10")
        return [sys.executable, "-m", "claimlogic", *told]

    killed = subprocess.Popen(command(tmp_path / "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not list((tmp_path / "killed").glob(".work/counts/*")) and time.monotonic() < until:
        assert killed.poll() is None, "the run ended before a part was seen"
        time.sleep(0.02)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "killed" / "summary.json").exists()
    for output in ("killed", "whole"):
        assert subprocess.run(command(tmp_path / output), capture_output=True, check=False).returncode == 1
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_a_folder_goes_on_only_with_what_it_began_with(kb: KnowledgeBase, claims: Path, tmp_path: Path) -> None:
    run(kb, claims, tmp_path / "out")
    with pytest.raises(InputError, match="the options are others"):
        run(kb, claims, tmp_path / "out", part_size=7)
    claims.write_text(claims.read_text() + "\n")
    with pytest.raises(InputError, match="the claims have changed"):
        run(kb, claims, tmp_path / "out")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="no folder of a run"):
        run(kb, claims, tmp_path / "other")
    assert (tmp_path / "other" / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize("there", [True, False])
def test_a_run_that_could_not_begin_leaves_no_trace(
    kb: KnowledgeBase, claims: Path, tmp_path: Path, there: bool
) -> None:
    if there:
        (tmp_path / "out").mkdir()
    with pytest.raises(InputError, match="no engine magic"):
        screen(kb, Plan(str(claims), tmp_path / "out", engine="magic"), Options(), Silent())
    assert (tmp_path / "out").exists() == there
    run(kb, claims, tmp_path / "out")


def test_a_run_that_has_done_something_stays_to_be_gone_on_with(tmp_path: Path) -> None:
    def cut_short() -> None:
        with open_run(tmp_path / "out", {}) as begun:
            begun.begin_part(0)
            raise InputError("the disk is full")

    with pytest.raises(InputError, match="disk"):
        cut_short()
    with open_run(tmp_path / "out", {}) as again:
        assert again.has_work


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    with open_run(tmp_path / "out", {}), pytest.raises(InputError, match="another run"), open_run(tmp_path / "out", {}):
        pass


def test_files_without_rows_are_screened_and_damaged_ones_are_named(kb: KnowledgeBase, tmp_path: Path) -> None:
    header = tmp_path / "header.csv"
    header.write_text(",".join(ROW) + "\n")
    summary = run(kb, header, tmp_path / "nothing")
    assert (summary.input["claims"], summary.input["rows"], summary.claims, summary.rules) == (0, 0, {}, [])
    assert fetch(tmp_path / "nothing" / "findings" / "*") == []
    assert "0 claims read" in screen_text(summary)
    assert "Claims screened" in screen_html(summary)
    damaged = write_parquet(tmp_path / "damaged.parquet", [row(claim_id=f"{n:06}") for n in range(5000)])
    content = bytearray(damaged.read_bytes())
    content[2000:2600] = b"\xff" * 600
    damaged.write_bytes(content)
    with pytest.raises(InputError, match=r"damaged.parquet: this file cannot be read as Parquet"):
        run(kb, damaged, tmp_path / "damaged")


def test_files_of_several_namings_are_one_run(kb: KnowledgeBase, tmp_path: Path) -> None:
    summary = run(kb, Path(__file__).parent / "samples", tmp_path / "out")
    assert (summary.input["files"], summary.input["claims"], summary.input["claims_quarantined"]) == (4, 4, 0)
    assert [each["naming"] for each in summary.input["columns"]] == [
        "CMS RIF carrier", "CMS LDS carrier", "CMS RIF outpatient", "DE-SynPUF"
    ]  # fmt: skip
    found = fetch(tmp_path / "out" / "lines" / "*", "claim_id, line, verdict")
    assert ("9000000002", 2, "uncoded") in found
    assert ("9000000001", 2, "denied") in found


def test_a_claim_that_is_lost_on_the_way_fails_the_run(
    kb: KnowledgeBase, claims: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from claimlogic.screening import findings

    monkeypatch.setattr(findings, "_CLAIMS", findings._CLAIMS.replace("ORDER BY C", "WHERE C > 1 ORDER BY C"))
    with pytest.raises(InputError, match="3 claims were read and 2 are accounted for"):
        run(kb, claims, tmp_path / "out")
    assert not (tmp_path / "out" / "summary.json").exists()


def test_an_option_that_makes_no_sense_is_named(kb: KnowledgeBase, claims: Path, tmp_path: Path) -> None:
    for plan, told in ((Plan(str(claims), tmp_path / "a", memory="much"), "--memory"),
                       (Plan(str(claims), tmp_path / "b", engine="abacus"), "--engine")):  # fmt: skip
        with pytest.raises(InputError, match=told):
            screen(kb, plan, Options(), Silent())
    with pytest.raises(InputError, match="no authority"):
        screen(kb, Plan(str(claims), tmp_path / "c", engine="clingo"), Options(trust="nobody"), Silent())


def test_spark_that_is_not_installed_is_named(
    kb: KnowledgeBase, claims: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.errors", None)
    with pytest.raises(InputError, match=r"install claimlogic\[spark\]"):
        screen(kb, Plan(str(claims), tmp_path / "out", engine="spark"), Options(), Silent())


def test_the_compiled_rules_find_what_clingo_finds(kb: KnowledgeBase, tmp_path: Path) -> None:
    codes = ("62323", "77003", "20610", "77002", "64483", "64493", "76942", "99213", "J1100", "71046", "ZZZZZ", "62322")
    rows = [
        row(
            claim_id=f"c{n:03}", claim_line_number=str(line), hcpcs_code=codes[(n * 5 + line * line * (n % 7)) % 12],
            hcpcs_modifier_1=("", "59", "26", "")[(n + line) % 4], service_unit_quantity=str(1 + (n * line) % 11 // 9),
            place_of_service_code=("11", "22", "24")[n % 3], claim_line_start_date=("2024-08-15", "2025-02-03")[n % 2],
            claim_line_end_date="", rendering_npi=str(n * line % 3),
        )
        for n in range(200)
        for line in (1, 2, 3)
    ]  # fmt: skip
    path = write_parquet(tmp_path / "claims.parquet", rows)
    run(kb, path, tmp_path / "clingo")
    screen(kb, Plan(str(path), tmp_path / "duckdb"), Options(), Silent())
    known = "claim_id, line, code, rule, severity, other_line, other_code, waived, group_code, carc, rarc"
    assert fetch(tmp_path / "duckdb" / "findings" / "*", known) == fetch(tmp_path / "clingo" / "findings" / "*", known)
    rows = fetch(tmp_path / "duckdb" / "findings" / "*", "published, row, code, other_code, rule")
    pairs = [each for each in rows if each[4] == "ncci_column_two"]
    assert pairs
    assert all(row.startswith(f'ptp(practitioner, "{other}", "{code}", ') for _, row, code, other, _ in pairs)
    for kind in ("lines", "claims"):
        assert fetch(tmp_path / "duckdb" / kind / "*") == fetch(tmp_path / "clingo" / kind / "*")


def test_nothing_of_a_patient_is_written(kb: KnowledgeBase, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "claims.csv", [row(x_birth_date="1961-02-03"), row(claim_id="c2", hcpcs_code="?")])
    run(kb, path, tmp_path / "out")
    for file in (tmp_path / "out").rglob("*.parquet"):
        told = str(duckdb.sql(f"SELECT * FROM '{file}'").fetchall())
        assert "SECRET" not in told
        assert "1961" not in told
    assert "SECRET" not in (tmp_path / "out" / "summary.json").read_text()


def test_the_page_is_whole_and_asks_for_nothing(kb: KnowledgeBase, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "claims.csv", [
        *lines("a", "62323", "77003", "ZZZZZ"),
        *lines("b", "62323", claim_line_start_date="2024-09-01", claim_line_end_date=""),
        row(claim_id=""),
    ])  # fmt: skip
    page = screen_html(run(kb, path, tmp_path / "out"))
    body = page.split("<main>")[1].split("</main>")[0]
    tree = ElementTree.fromstring(f"<main>{body}</main>")  # well-formed
    charts = list(tree.iter("{http://www.w3.org/2000/svg}svg"))
    assert len(charts) >= 5
    assert all(chart.get("role") == "img" and chart[0].text and chart[1].text for chart in charts)
    assert not any(word in page for word in ("<script", "src=", "<link", "@import", "url("))
    assert "2 denied" not in body
    assert "1 could not be read" not in body  # a row without an id is no claim
    for said in ("Claims by verdict", "What is not payable", "Pairs of codes denied most", "Set apart", "2024-09"):
        assert said in page


def test_the_page_escapes_what_it_shows(kb: KnowledgeBase, tmp_path: Path) -> None:
    found = run(kb, write_csv(tmp_path / "claims.csv", lines("a", "62323", "77003")), tmp_path / "out")
    nasty = Summary(**{
        **{name: getattr(found, name) for name in found.__dataclass_fields__},
        "notes": ["<script>alert(1)</script>"],
        "rules": [{**rule, "title": '"><img src=x>'} for rule in found.rules],
        "pairs": [{**pair, "code": "<b>"} for pair in found.pairs],
    })  # fmt: skip
    page = screen_html(nasty)
    assert "<script" not in page
    assert "<img" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page


def test_the_text_says_what_a_reader_needs(kb: KnowledgeBase, claims: Path, tmp_path: Path) -> None:
    told = screen_text(run(kb, claims, tmp_path / "out"))
    assert told.startswith("3 claims read: 2 judged, 1 set apart\n  claims  1 denied, 1 payable\n")
    assert "includes_guidance (CO-97 M15)" in told
    assert "the units are no whole number" in told
    assert "each claim is judged alone" in told
