"""Run what a document shows, in a copy of the repository, and hold what comes out against what it says.

``python scripts/run_document.py docs/editing-rules.md`` writes the answers into the document; with ``--check`` it
changes nothing, tells where they differ, and ends with 1. A block under "`name`:" is a file to write; a ``text`` block
holds commands after ``$``, each with its answer; a ``python`` block is run. Hashes, times and counts of what the
repository holds are not held against each other.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Without the scenarios, and the tests that no rule must have: they answer the same and take time.
COPIED = ("kb", "queries", "tests/rules", "tests/payers")

_BLOCK = re.compile(r"(?:`([\w./]+)`:\n\n)?```(\w+)\n(.*?)```", re.DOTALL)
_COUNTED = "tests and scenarios|tests|scenarios|rule files|tables|rules serve|claims of|lines|codes|modifiers|days"
_HIDDEN = (
    (re.compile(r"\b[0-9a-f]{12,64}\b"), "HASH"),
    (re.compile(r"\b\d{4}-\d\d-\d\dT[\d:]+Z"), "TIME"),
    (re.compile(r"\b\d+\.\d s\b"), "SECONDS"),
    (re.compile(rf"\b\d[\d,]*(?= (?:{_COUNTED})\b)"), "N"),
    (re.compile(r"(?<=can reach )\d[\d,]*"), "N"),
    (re.compile(r"\s+"), " "),
)


@dataclass(frozen=True)
class Answer:
    """A command and what came out, and where its block begins in the document."""

    command: str
    shown: str
    real: str


def run_document(text: str, folder: Path) -> tuple[str, list[Answer]]:
    """The document with real answers, and each answer beside the one that it shows. Works in ``folder``."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name)
    (folder / "scenarios").mkdir()
    parts, answers, at = [], [], 0
    for block in _BLOCK.finditer(text):
        name, kind, body = block.groups()
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(body, encoding="utf-8")
        elif kind == "python":
            answers.append(Answer("the Python block", "", _run([sys.executable, "-c", body], folder)))
        elif kind == "text":
            found = [Answer(command, shown, _answer(command, folder)) for command, shown in _commands(body)]
            answers += found
            parts += [text[at : block.start(3)], *(f"$ {a.command}\n{a.real}" for a in found)]
            at = block.end(3)
    return "".join([*parts, text[at:]]), answers


def _commands(body: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


def _answer(command: str, folder: Path) -> str:
    arguments = shlex.split(command)
    if arguments[0] == "claimlogic":
        arguments = [sys.executable, "-m", *arguments]
        if arguments[3:4] == ["kb"] and arguments[4] in ("cover", "mutate"):
            return _run(arguments, _overlays_alone(folder))
    return _run(arguments, folder)


def _overlays_alone(folder: Path) -> Path:
    """Another copy, with the tests of overlays only: no other reaches an overlay, and they need minutes."""
    alone = folder / "alone"
    shutil.rmtree(alone, ignore_errors=True)
    for name in ("kb", "queries", "scenarios", "tests/payers"):
        shutil.copytree(folder / name, alone / name)
    return alone


def _run(arguments: list[str], folder: Path) -> str:
    path = os.pathsep.join([str(ROOT / "python"), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path, "NO_COLOR": "1"}
    done = subprocess.run(
        arguments, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    return done.stdout + done.stderr


def _essence(answer: str) -> str:
    for pattern, instead in _HIDDEN:
        answer = pattern.sub(instead, answer)
    return answer.strip()


def main(arguments: list[str]) -> int:
    """Fill a document in, or check it."""
    check = "--check" in arguments
    status = 0
    for document in (Path(a) for a in arguments if not a.startswith("-")):
        with tempfile.TemporaryDirectory() as folder:
            filled, answers = run_document(document.read_text(encoding="utf-8"), Path(folder))
        if not check:
            document.write_text(filled, encoding="utf-8")
            continue
        for answer in answers:
            if _essence(answer.shown) != _essence(answer.real):
                print(f"{document}: {answer.command}\nit shows\n{answer.shown}\nand answers\n{answer.real}")
                status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
