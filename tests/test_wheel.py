"""The wheel carries the knowledge base with it: installed elsewhere, it answers from any folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds nothing but the unpacked wheel."""
    built = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(built), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = built.glob("*.whl")
    target = tmp_path_factory.mktemp("installed")
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    return target


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "XDG_CACHE_HOME": str(folder / "cache")}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=folder, env=environment, check=False
    )


def test_the_installed_wheel_judges_a_claim_from_another_folder(installed: Path, tmp_path: Path) -> None:
    claim = ROOT / "examples" / "epidural_77003.yaml"
    done = run(installed, tmp_path, "-m", "claimlogic", "check", str(claim), "--format", "json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["verdict"] == "denied"


def test_the_installed_wheel_is_what_runs_and_it_compiles_nothing(installed: Path, tmp_path: Path) -> None:
    code = "import claimlogic; print(claimlogic.__file__); claimlogic.KnowledgeBase()"
    done = run(installed, tmp_path, "-c", code)
    assert Path(done.stdout.strip()).is_relative_to(installed), done.stderr
    assert not (tmp_path / "cache").exists()


def test_the_installed_wheel_explains_each_check(installed: Path, tmp_path: Path) -> None:
    names = "from claimlogic.analyst.linting.pages import page; from claimlogic.analyst.linting.registry import CHECKS"
    code = f"{names}; [page(check) for check in CHECKS]"
    done = run(installed, tmp_path, "-c", code)
    assert done.returncode == 0, done.stderr
    done = run(installed, tmp_path, "-m", "claimlogic", "kb", "lint", "--explain", "cross_product")
    assert done.stdout == (ROOT / "docs" / "lint" / "cross_product.md").read_text(encoding="utf-8"), done.stderr


def test_the_installed_wheel_tries_a_draft(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.lp").write_text('#include "/etc/passwd".', encoding="utf-8")
    done = run(installed, tmp_path, "-m", "claimlogic", "kb", "try", "mine.lp")
    assert (done.returncode, "#include may not stand here" in done.stdout) == (2, True), done.stderr
    (tmp_path / "mine.lp").write_text("%%% Mine\n% Not modelled   nothing known.\n", encoding="utf-8")
    done = run(installed, tmp_path, "-m", "claimlogic", "kb", "try", "mine.lp")
    assert (done.returncode, "nothing found by lint" in done.stdout) == (0, True), done.stderr
