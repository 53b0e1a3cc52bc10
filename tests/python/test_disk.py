"""Locks that one process holds, and files put in their place in one step."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from claimlogic import disk
from claimlogic.disk import flush, keep_newest, made_aside, put, take_lock
from claimlogic.errors import InputError

TAKE = "import sys; from pathlib import Path; from claimlogic.disk import take_lock; take_lock(Path(sys.argv[1]))"


def taken_elsewhere(path: Path) -> subprocess.CompletedProcess[str]:
    """A process that takes the lock and ends."""
    root = str(Path(disk.__file__).parents[1])
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r}); {TAKE}", str(path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_another_process_cannot_take_a_lock_that_is_held(tmp_path: Path) -> None:
    with take_lock(tmp_path / "lock"):
        assert "BlockingIOError" in taken_elsewhere(tmp_path / "lock").stderr
    assert taken_elsewhere(tmp_path / "lock").returncode == 0


def test_a_lock_is_free_when_its_process_has_ended(tmp_path: Path) -> None:
    assert taken_elsewhere(tmp_path / "lock").returncode == 0
    with take_lock(tmp_path / "lock"):
        pass


def test_a_lock_that_was_removed_before_it_was_taken_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = fcntl.flock

    def removed_first(lock: object, how: int) -> None:
        (tmp_path / "lock").unlink()
        real(lock, how)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", removed_first)
    with pytest.raises(BlockingIOError):
        take_lock(tmp_path / "lock")


def test_a_lock_that_cannot_be_made_is_not_called_held(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        take_lock(tmp_path / "nowhere" / "lock")


def test_a_file_is_on_the_disk_before_it_takes_the_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, made = tmp_path / "summary.json", tmp_path / "made"
    old.write_text("old")
    made.write_text("new")
    flushed = []
    monkeypatch.setattr(os, "fsync", lambda _handle: flushed.append(old.read_text()))
    put(made, old)
    assert flushed == ["old"]
    assert (old.read_text(), made.exists()) == ("new", False)


def test_a_file_that_cannot_be_flushed_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, made = tmp_path / "summary.json", tmp_path / "made"
    old.write_text("old")
    made.write_text("new")

    def full(_handle: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        put(made, old)
    assert old.read_text() == "old"


def test_folders_are_flushed_as_well(tmp_path: Path) -> None:
    flush(tmp_path)
    with pytest.raises(FileNotFoundError):
        flush(tmp_path / "nowhere")


def test_what_is_made_aside_takes_its_place_when_it_is_whole(tmp_path: Path) -> None:
    with made_aside(tmp_path / "index") as half:
        half.write_text("whole", encoding="utf-8")
        assert not (tmp_path / "index").exists()
    assert [(p.name, p.read_text(encoding="utf-8")) for p in tmp_path.iterdir()] == [("index", "whole")]


def test_what_fails_while_it_is_made_aside_leaves_the_old_file_alone(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("old", encoding="utf-8")

    def fail() -> None:
        with made_aside(tmp_path / "index") as half:
            half.write_text("half", encoding="utf-8")
            raise InputError("this table is not what it says", "x.lp")

    with pytest.raises(InputError):
        fail()
    assert [(p.name, p.read_text(encoding="utf-8")) for p in tmp_path.iterdir()] == [("index", "old")]


def test_the_newest_files_of_a_pattern_are_kept(tmp_path: Path) -> None:
    for age, name in enumerate(("a-1", "a-2", "a-3", "b-1")):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    keep_newest(tmp_path, "a-*", 2)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-1", "a-2", "b-1"]
