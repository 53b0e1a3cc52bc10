"""The command line as a stranger meets it: exit status, wrong input, pipes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from claimlogic.cli.main import run

ROOT = Path(__file__).parent.parent
EPIDURAL = str(ROOT / "examples" / "epidural_77003.yaml")


def claimlogic(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "claimlogic", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        input=given,
        env={**os.environ, **environment},
        cwd=ROOT,
        check=False,
    )


def test_a_denied_claim_ends_with_status_1_and_the_contract_s_json() -> None:
    done = claimlogic("check", EPIDURAL, "--format", "json")
    answer = json.loads(done.stdout)
    assert done.returncode == 1
    assert answer["verdict"] == "denied"
    assert {"claim", "verdict", "kb", "lines", "unknown", "carried_forward"} <= set(answer)
    finding = next(f for f in answer["lines"][1]["findings"] if f["rule"] == "includes_guidance")
    assert finding["severity"] == "deny"
    assert finding["with_lines"] == [1]
    assert finding["denial"] == {"group": "CO", "carc": "97", "rarc": ["M15"]}
    assert {"id", "where", "authority"} <= set(finding["sources"][0])


@pytest.mark.parametrize(
    ("lines", "status"),
    [('{code: "62323"}', 0), ('{code: "77002"}', 1), ('{code: "99999"}', 4)],
    ids=["nothing denied", "something denied", "something unknown"],
)
def test_the_exit_status_tells_the_worst(lines: str, status: int) -> None:
    claim = f"id: a\nform: professional\nsetting: office\ndate: 2024-08-15\nlines:\n  - {lines}\n"
    assert claimlogic("check", "-", given=claim).returncode == status


def test_several_files_are_answered_in_their_order() -> None:
    done = claimlogic("check", EPIDURAL, str(ROOT / "examples" / "office_visits.837"), "--format", "json")
    assert [json.loads(line)["claim"] for line in done.stdout.splitlines()][0] == "epidural-1"
    assert len(done.stdout.splitlines()) == 2


def test_piped_output_has_no_colour() -> None:
    assert "\x1b" not in claimlogic("check", EPIDURAL).stdout
    assert "\x1b" not in claimlogic("check", EPIDURAL, FORCE_COLOR="1", NO_COLOR="1").stdout


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (["check", "no-such-file.yaml"], "", "no-such-file.yaml"),
        (["check", "-"], "lines: [", "line 1"),
        (["check", "-"], "id: a\nform: professional\ndate: 2025-03-14\nlines:\n  - {code: 62323}\n", "in quotes"),
        (["check", "-"], 'id: a\nform: professional\ndate: 2025-02-30\nlines:\n  - {code: "62323"}\n', "date"),
        (["check", "-"], "id: a\nform: professional\ndate: 2025-03-14\nlinse: []\n", "linse"),
        (["check", "-"], "ISA*00*not really", "ISA"),
        (["check", EPIDURAL, "--trust", "nobody"], "", "cms_manual"),
        (["check", EPIDURAL, "--format", "xml"], "", "markdown"),
        (["check", EPIDURAL, "--kb", "docs"], "", "vocabulary.lp"),
        (["why", EPIDURAL, "--line", "9"], "", "lines 1, 2"),
        (["why", EPIDURAL, "--claim", "other"], "", "other"),
    ],
)
def test_bad_input_ends_with_status_2_and_says_what_to_do(arguments: list[str], given: str, said: str) -> None:
    done = claimlogic(*arguments, given=given)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_facts_added_for_a_run_change_the_answer_and_are_named(tmp_path: Path) -> None:
    claim = tmp_path / "claim.yaml"
    claim.write_text(
        "id: a\nform: professional\nsetting: office\ndate: 2024-08-15\n"
        'lines:\n  - {code: "62273", units: 1}\n  - {code: "77003", units: 2}\n'
    )
    facts = tmp_path / "what_if.lp"
    facts.write_text('mue(practitioner, "77003", 5, 3, 20240101, #sup).\n')
    before = json.loads(claimlogic("check", str(claim), "--format", "json").stdout)
    after = json.loads(claimlogic("check", str(claim), "--format", "json", "--facts", str(facts)).stdout)
    assert before["added_facts"] == []
    assert len(after["added_facts"]) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("mue(practitioner, 77003, 5, 3, 20240101, #sup).", "in quotes"),
        ("mue(practitioner).", "6 arguments"),
        ("made_up(1).", "made_up"),
        ('mue(practitioner, "77003", 5, 3, 20240101, #sup) :- foo.', "only facts"),
        ('mue(practitioner, "77003", 5', "what_if.lp"),
        ('#include "x.lp".', "what_if.lp"),
    ],
)
def test_facts_that_cannot_be_used_are_refused_with_their_line(tmp_path: Path, text: str, said: str) -> None:
    facts = tmp_path / "what_if.lp"
    facts.write_text(text)
    done = claimlogic("check", EPIDURAL, "--facts", str(facts))
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("format", ["text", "json", "html", "markdown"])
def test_why_shows_the_proof_in_every_format(format: str) -> None:
    done = claimlogic("why", EPIDURAL, "--line", "2", "--format", format)
    assert done.returncode == 1
    assert "77003" in done.stdout


NOT_TEXT = b"%%% A title\n\xff\xfe"


@pytest.mark.parametrize("command", [["fix", EPIDURAL], ["ask", "parents", "77002"], ["kb", "lint"], ["kb", "sql"]])
def test_rule_text_that_is_no_text_is_told_with_its_line(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "vocabulary.lp").write_text("%%% Nothing\n", encoding="utf-8")
    (tmp_path / "bad.lp").write_bytes(NOT_TEXT)
    done = claimlogic(*command, "--kb", str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == "claimlogic: bad.lp:2: this is not UTF-8 text; save the file as UTF-8\n"


def test_a_property_that_is_no_text_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "mine.lp").write_bytes(NOT_TEXT)
    done = claimlogic("kb", "verify", "--properties", str(tmp_path))
    assert done.returncode == 2
    assert "mine.lp:2: this is not UTF-8 text" in done.stderr


@pytest.mark.parametrize("lines", [0, 1])
def test_a_reader_that_closes_the_pipe_is_no_error_and_no_denial(lines: int) -> None:
    command = [sys.executable, "-m", "claimlogic", "kb", "sql"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        for _ in range(lines):
            running.stdout.readline()
        running.stdout.close()
        told = running.stderr.read()
    assert (running.returncode, told) == (0, b"")


def test_output_that_cannot_be_written_is_told() -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "claimlogic", "check", EPIDURAL]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False)
    assert done.returncode == 2
    assert done.stderr == "claimlogic: No space left on device\n"


def test_a_command_that_is_interrupted_ends_as_other_programs_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("claimlogic.cli.judging.check_claims", interrupted)
    with pytest.raises(SystemExit) as ended:
        run(["check", EPIDURAL])
    assert ended.value.code == 130
