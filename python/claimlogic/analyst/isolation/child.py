"""The other side of ``keeper.py``, run as a script: the keeper, and the child that it forks for each job.

Nothing of claimlogic is imported before the first message has said where it is. The keeper hands jobs on unread.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

_CHUNK = 65_536
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024
Run = Callable[[Any], Any]


def main() -> None:
    """Load, say that it is done, and answer jobs until no more come."""
    begin = json.loads(_read_message())
    sys.path[:] = begin["path"]
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    module, _, function = begin["task"].partition(":")
    run: Run = getattr(importlib.import_module(module), function)(begin["setup"])
    _write_message(b"R")
    while job := _read_message():
        _write_message(_keep(run, job, begin["limits"]))


def _keep(run: Run, job: bytes, limits: Mapping[str, Any]) -> bytes:
    """What a child answers on a job, or the name of the limit that stopped it."""
    taken, given = os.pipe()
    child = os.fork()
    if child == 0:
        _work(run, job, given, limits)
    os.close(given)
    said, stopped = bytearray(), ""
    deadline = time.monotonic() + limits["wall_seconds"]
    while not stopped:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([taken], [], [], left)[0]:
            stopped = "time"
            break
        chunk = os.read(taken, _CHUNK)
        if not chunk:
            break
        said += chunk
        stopped = "output" if len(said) > limits["output_bytes"] else ""
    os.close(taken)
    if stopped:
        os.kill(child, signal.SIGKILL)
    _, status, spent = os.wait4(child, 0)
    if not stopped and status == 0 and said:
        return bytes(said)
    return (stopped or _reason(status, spent.ru_maxrss * _RSS_UNIT, limits["memory_bytes"])).encode("ascii")


def _reason(status: int, memory_bytes: int, most: int) -> str:
    """Why a child ended that was not killed here."""
    # Only the limit on processor time kills it, first gently, then not.
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
        return "cpu"
    # The solver does not always survive to tell that it was given no memory.
    return "memory" if memory_bytes > most // 2 else "crash"


def _work(run: Run, job: bytes, given: int, limits: Mapping[str, Any]) -> None:
    """Answer a job, sealed off; never returns."""
    try:
        for descriptor in (0, 1):
            os.close(descriptor)
        _seal(limits["cpu_seconds"], limits["memory_bytes"])
        answer = _answer(run, job)
        while answer:
            answer = answer[os.write(given, answer[:_CHUNK]) :]
    except BaseException:
        os._exit(1)
    os._exit(0)


def _answer(run: Run, job: bytes) -> bytes:
    try:
        return b"A" + json.dumps(run(json.loads(job))).encode("ascii")
    except MemoryError:
        return b"memory"
    except Exception:  # Whatever it is, it is told by its name only: its text may hold anything.
        return b"crash"


def _seal(cpu_seconds: int, memory_bytes: int) -> None:
    """Give up, for good, to open anything, to start anything, and to spend more than is allowed."""
    # Descriptors that are open stay so: the pipe to the keeper, and the read-only index of the knowledge base.
    _limit(resource.RLIMIT_NOFILE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_AS, memory_bytes)


def _limit(what: int, soft: int, hard: int | None = None) -> None:
    try:
        resource.setrlimit(what, (soft, soft if hard is None else hard))
    except (ValueError, OSError):
        # macOS keeps no limit on address space; the clock of the keeper stands in.
        if what not in (resource.RLIMIT_AS, resource.RLIMIT_NPROC):
            raise


def _read_message() -> bytes:
    """The next message: a length of four bytes, then as many; nothing at the end."""
    length = _read(4)
    return _read(int.from_bytes(length, "big")) if len(length) == 4 else b""


def _read(count: int) -> bytes:
    found = b""
    while len(found) < count and (chunk := os.read(0, min(_CHUNK, count - len(found)))):
        found += chunk
    return found if len(found) == count else b""


def _write_message(message: bytes) -> None:
    left = len(message).to_bytes(4, "big") + message
    while left:
        left = left[os.write(1, left[:_CHUNK]) :]


if __name__ == "__main__":
    main()
