"""What README and docs show is what happens."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "scenarios").glob("README.md")),
]
PLACEHOLDERS = re.compile(r"\b[A-Z]{3,}\b|\.\.\.")
ANSWERS = (0, 1, 4)


def run(command: str) -> subprocess.CompletedProcess[str]:
    arguments = shlex.split(command, comments=True)[1:]
    return subprocess.run(
        [sys.executable, "-m", "claimlogic", *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )


def commands() -> list[tuple[str, str]]:
    found = []
    for document in DOCUMENTS:
        for line in document.read_text(encoding="utf-8").splitlines():
            if line.startswith("    claimlogic ") and not PLACEHOLDERS.search(line.split("#")[0]):
                found.append((document.relative_to(ROOT).as_posix(), line.strip()))
    return found


@pytest.mark.parametrize(("document", "command"), commands())
def test_a_command_that_a_document_shows_gives_an_answer(document: str, command: str) -> None:
    done = run(command)
    assert done.returncode in ANSWERS, done.stderr
    assert done.stdout


def shown_answers() -> list[tuple[str, str]]:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```text\n\$ (claimlogic [^\n]*)\n(.*?)```", readme, re.DOTALL)


def test_the_readme_shows_an_answer_to_each_question() -> None:
    commands = {command.split()[1] for command, _ in shown_answers()}
    assert {"check", "fix", "allowed", "whynot", "ask"} <= commands


@pytest.mark.parametrize(("command", "shown"), shown_answers())
def test_an_answer_in_the_readme_is_the_real_one(command: str, shown: str) -> None:
    # The version of the knowledge base changes with every word of it.
    hide = re.compile(r"(?i)knowledge base [0-9a-f]{12}")
    assert hide.sub("", shown).strip() == hide.sub("", run(command).stdout).strip()


@pytest.mark.parametrize("document", ["docs/editing-rules.md", "docs/testing-rules.md"])
def test_what_a_walk_through_the_commands_shows_is_what_happens(document: str) -> None:
    script = ROOT / "scripts" / "run_document.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check", document], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_walk_of_editing_shows_every_step() -> None:
    walk = (ROOT / "docs" / "editing-rules.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^\$ claimlogic kb (\w+)", walk, re.MULTILINE))
    assert {"lint", "fmt", "test", "cover", "mutate", "diff", "witness", "publish", "log", "try"} <= shown


def test_the_python_of_the_readme_runs() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.search(r"```python\n(.*?)```", readme, re.DOTALL)
    assert shown is not None
    done = subprocess.run(
        [sys.executable, "-c", shown[1] + "\nassert result.verdict == 'denied'"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
