"""The walls around a draft, with every check off: what they alone hold back."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from claimlogic.analyst.isolation.keeper import Isolation, LimitHit, Limits, run_isolated

ROOT = Path(__file__).parents[3]
CANARY = "ZZCANARY-4711"
SECONDS = 25.0

TASK = """
import ctypes, os, socket, sys, time
import clingo

def prepare(setup):
    return lambda job: globals()[job["do"]](setup, job)

def tell(work):
    try:
        return repr(work())
    except OSError as fault:
        return type(fault).__name__ + " " + str(fault.errno)

def read(setup, job):
    return tell(lambda: open(setup["secret"]).read())

def write(setup, job):
    return tell(lambda: open(setup["marker"], "w").write("x"))

def connect(setup, job):
    return tell(lambda: socket.socket())

def start(setup, job):
    return tell(lambda: os.system("touch " + setup["marker"]))

def surroundings(setup, job):
    return [dict(os.environ), sys.flags.isolated]

def solve(setup, job):
    control = clingo.Control(logger=lambda code, message: None)
    control.add("base", [], job["text"])
    control.ground([("base", [])])
    control.solve()
    return [str(a.symbol) for a in control.symbolic_atoms]

def fall(setup, job):
    ctypes.string_at(0)

def sleep(setup, job):
    time.sleep(60)

def spin(setup, job):
    while True:
        pass

def grow(setup, job):
    return len(bytearray(1 << 40))

def talk(setup, job):
    return "x" * (8 << 20)

def fail(setup, job):
    raise RuntimeError(open(setup["secret"]))

def kill_keeper(setup, job):
    os.kill(os.getppid(), 9)
    time.sleep(60)

def echo(setup, job):
    return job["text"]
"""


@pytest.fixture(scope="module")
def walls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Isolation, Path]]:
    home = tmp_path_factory.mktemp("walls")
    (home / "no_checks_at_all.py").write_text(TASK, encoding="utf-8")
    (home / "secret.lp").write_text(f"{CANARY} is here\n", encoding="utf-8")
    setup = {"secret": str(home / "secret.lp"), "marker": str(home / "marker")}
    limits = Limits(cpu_seconds=1, wall_seconds=3.0, memory_bytes=400 << 20, output_bytes=1 << 20)
    sys.path.insert(0, str(home))
    try:
        with Isolation("no_checks_at_all:prepare", setup, limits) as isolation:
            yield isolation, home
    finally:
        sys.path.remove(str(home))
    assert not (home / "marker").exists()


@pytest.mark.parametrize("do", ["read", "write", "connect"])
def test_nothing_can_be_opened(do: str, walls: tuple[Isolation, Path]) -> None:
    assert walls[0].run({"do": do}) == "OSError 24"


def test_no_process_that_writes_can_be_started(walls: tuple[Isolation, Path]) -> None:
    with suppress(LimitHit):
        walls[0].run({"do": "start"})
    assert not (walls[1] / "marker").exists()


@pytest.mark.parametrize(
    ("do", "limit"),
    [("fall", "crash"), ("sleep", "time"), ("spin", "cpu"), ("grow", "memory"), ("talk", "output"), ("fail", "crash")],
)
def test_what_stops_a_job_has_a_name(do: str, limit: str, walls: tuple[Isolation, Path]) -> None:
    with pytest.raises(LimitHit) as stopped:
        walls[0].run({"do": do})
    assert stopped.value.limit == limit
    assert walls[0].run({"do": "echo", "text": "alive"}) == "alive"


def test_a_job_that_kills_its_keeper_ends_with_it(walls: tuple[Isolation, Path]) -> None:
    with pytest.raises(LimitHit, match="crash"):
        walls[0].run({"do": "kill_keeper"})
    assert walls[0].run({"do": "echo", "text": "alive"}) == "alive"


@pytest.mark.parametrize(
    "text",
    [
        '#include "{secret}".',
        '#include "/dev/zero".',
        '#script (python)\nopen("{marker}", "w")\n#end.',
        "p(0). p(X+1) :- p(X).",
        "p(f(X)) :- p(X). p(0).",
        "p(1..2147483647).",
        "a(" * 200_000 + "1" + ")" * 200_000 + ".",
        "a(\u201c).",
    ],
)
def test_the_solver_alone_reads_nothing_and_is_stopped(text: str, walls: tuple[Isolation, Path]) -> None:
    isolation, home = walls
    text = text.replace("{secret}", str(home / "secret.lp")).replace("{marker}", str(home / "marker"))
    begun = time.monotonic()
    with pytest.raises(LimitHit):
        isolation.run({"do": "solve", "text": text})
    assert time.monotonic() - begun < SECONDS
    assert isolation.run({"do": "echo", "text": "alive"}) == "alive"


def test_the_child_sees_no_environment(walls: tuple[Isolation, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", CANARY)
    environment, isolated = walls[0].run({"do": "surroundings"})
    assert CANARY not in str(environment)
    assert isolated == 1


def test_no_module_of_ours_lets_the_solver_run_scripts() -> None:
    code = (
        "import importlib, pkgutil, claimlogic, clingo\n"
        "for found in pkgutil.walk_packages(claimlogic.__path__, 'claimlogic.'):\n"
        "    if not found.name.endswith('__main__'):\n"
        "        importlib.import_module(found.name)\n"
        "try:\n"
        "    clingo.Control(logger=lambda c, m: None).add('base', [], '#script (python)\\n#end.')\n"
        "except RuntimeError:\n"
        "    print('refused')\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.stdout == "refused\n", done.stderr


def test_nothing_is_left_of_an_isolation(walls: tuple[Isolation, Path], tmp_path: Path) -> None:
    def children() -> set[str]:
        listed = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
        return {line.split()[0] for line in listed.splitlines() if "isolation/child.py" in line}

    before = children()
    sys.path.insert(0, str(walls[1]))
    try:
        setup = {"secret": "", "marker": str(tmp_path / "marker")}
        with pytest.raises(LimitHit, match="time"):
            run_isolated("no_checks_at_all:prepare", setup, {"do": "sleep"}, Limits(wall_seconds=0.5))
    finally:
        sys.path.remove(str(walls[1]))
    assert children() <= before
