"""Work on text that nobody vouches for, in a child process that can do nothing but compute and answer.

A keeper starts in a session of its own, in an empty folder, with an empty environment and no descriptor but its pipes,
and loads what the work needs. For each job it forks a child, which gives up for good the right to open or start
anything, and only then looks at the job. What the child spends of processor, memory, time and output is limited. That
it was stopped is an outcome with a name, never an answer.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any

READY, ANSWERED = b"R", b"A"
LIMITS = ("cpu", "time", "memory", "output", "crash")

_CHILD = Path(__file__).with_name("child.py")
_CHUNK = 65_536
_MEGABYTE = 1 << 20
_START_SECONDS = 60.0  # For our own work, before any job.
_GRACE_SECONDS = 5.0  # For the keeper to tell that time is up, before it is killed itself.


@dataclass(frozen=True, slots=True)
class Limits:
    """What a job may spend: seconds of processor and of time, bytes of memory (all its address space) and of output."""

    cpu_seconds: int = 4
    wall_seconds: float = 12.0
    memory_bytes: int = 512 * _MEGABYTE
    output_bytes: int = 2 * _MEGABYTE


class LimitHit(Exception):
    """A job was stopped before it answered. ``limit`` is one of LIMITS; crash means that it fell over by itself."""

    def __init__(self, limit: str) -> None:
        self.limit = limit
        super().__init__(limit)


class Isolation:
    """A keeper and the jobs that it is given, one at a time. To be closed, or used with ``with``.

    ``task`` ("module:function") is called with ``setup`` in the keeper, which may still read files, and returns a
    function; that one is called with each job in a child that can open nothing. ``setup`` is trusted, jobs are not.
    """

    def __init__(self, task: str, setup: Mapping[str, Any], limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._begin = {"task": task, "setup": dict(setup), "limits": asdict(self._limits)}
        self._keeper: _Keeper | None = None

    def __enter__(self) -> Isolation:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def run(self, job: Mapping[str, Any]) -> Any:
        """What the task answers on a job, as JSON values: to be checked like any input. Raises LimitHit."""
        if self._keeper is None:
            self._keeper = _Keeper({**self._begin, "path": [p for p in sys.path if p]})
        try:
            seconds = self._limits.wall_seconds + _GRACE_SECONDS
            told = self._keeper.exchange(job, seconds, self._limits.output_bytes)
        except BaseException:
            self.close()  # A keeper that was interrupted may yet answer, and the next job would take it for its own.
            raise
        if told[:1] != ANSWERED:
            limit = told.decode("ascii", "replace")
            raise LimitHit(limit if limit in LIMITS else "crash")
        try:
            return json.loads(told[1:])
        except (ValueError, RecursionError):
            raise LimitHit("crash") from None

    def close(self) -> None:
        """Kill the keeper and whatever it started."""
        if self._keeper is not None:
            self._keeper.end()
            self._keeper = None


def run_isolated(task: str, setup: Mapping[str, Any], job: Mapping[str, Any], limits: Limits | None = None) -> Any:
    """What ``task`` answers on one job, in an isolation of its own. Raises LimitHit."""
    with Isolation(task, setup, limits) as isolation:
        return isolation.run(job)


class _Keeper:
    """The keeper's process and its two pipes, neither of which can block."""

    def __init__(self, begin: Mapping[str, Any]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="claimlogic-")
        os.chmod(self._folder.name, 0o500)
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(_CHILD)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env={},
            close_fds=True,
            start_new_session=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._given: IO[bytes] = self._process.stdin
        self._taken: IO[bytes] = self._process.stdout
        os.set_blocking(self._given.fileno(), False)
        os.set_blocking(self._taken.fileno(), False)
        try:
            if self.exchange(begin, _START_SECONDS, len(READY)) != READY:
                raise LimitHit("crash")
        except BaseException:
            self.end()
            raise

    def exchange(self, message: Mapping[str, Any], seconds: float, most: int) -> bytes:
        """Send a message and return the reply: a length of four bytes, then as many. Raises LimitHit."""
        body = json.dumps(message, ensure_ascii=True).encode("ascii")
        unsent = memoryview(len(body).to_bytes(4, "big") + body)
        deadline = time.monotonic() + seconds
        received = bytearray()
        with selectors.DefaultSelector() as watched:
            watched.register(self._taken, selectors.EVENT_READ)
            watched.register(self._given, selectors.EVENT_WRITE)
            while (wanted := _wanted(received)) > len(received):
                if wanted > most + 64:
                    raise LimitHit("output")
                left = deadline - time.monotonic()
                if left <= 0:
                    raise LimitHit("time")
                for key, _ in watched.select(left):
                    if key.fileobj is self._given:
                        unsent = self._send(unsent)
                        if not unsent:
                            watched.unregister(self._given)
                    elif chunk := os.read(self._taken.fileno(), min(_CHUNK, wanted - len(received))):
                        received += chunk
                    else:
                        raise LimitHit("crash")
        return bytes(received[4:])

    def end(self) -> None:
        """Kill the whole group and wait, so that nothing is left of it."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        for pipe in (self._given, self._taken):
            with suppress(OSError):
                pipe.close()
        self._process.wait()
        self._folder.cleanup()

    def _send(self, unsent: memoryview) -> memoryview:
        try:
            return unsent[os.write(self._given.fileno(), unsent[:_CHUNK]) :]
        except BlockingIOError:
            return unsent
        except BrokenPipeError:
            return unsent[:0]  # It has ended; reading tells.


def _wanted(received: bytearray) -> int:
    """How many bytes a reply has, as far as is known."""
    return 4 if len(received) < 4 else 4 + int.from_bytes(received[:4], "big")
