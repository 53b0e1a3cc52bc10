"""``kb test``: every rule test, dispute, overlay and scenario, with the difference in words where one fails."""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from claimlogic.analyst.cases import Case, read_cases, rules_without_test
from claimlogic.analyst.rule_tests import LOOKED_AT
from claimlogic.knowledge.load import Knowledge, load_knowledge
from claimlogic.knowledge.slicing import Slicer
from claimlogic.knowledge.store import FactStore
from claimlogic.solving.answer import Answer
from claimlogic.solving.joins import Joiner
from claimlogic.solving.judge import SHOWN, speaks

_POLL_SECONDS = 0.5
# What a scenario looks at, and what a rule test does.
_LOOKED_AT = {True: SHOWN, False: LOOKED_AT}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that did not come out as expected, and the differences in words."""

    case: str
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestReport:
    """The cases that were run, which failed, and how long it took."""

    __test__ = False

    names: tuple[str, ...]
    failures: tuple[Failure, ...]
    seconds: float

    @property
    def cases(self) -> int:
        """How many were run."""
        return len(self.names)


class Bench:
    """A knowledge base set up for many cases: its rules cut once for each shape of claim, its facts read once."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self._slicers = {
            is_scenario: Slicer(knowledge.rules, knowledge.vocabulary, [name for name, _ in shown])
            for is_scenario, shown in _LOOKED_AT.items()
        }
        self._joiner = Joiner(knowledge.rules)
        # The first shelf holds the rule text's facts, the second the tables; a rule test brings its own rows.
        self._without_tables = FactStore(knowledge.store.shelves[:1], knowledge.vocabulary)

    def answer(self, case: Case) -> Answer:
        """The answer on a case."""
        store = self.knowledge.store if case.is_scenario else self._without_tables
        cut = self._slicers[case.is_scenario].cut(case.facts, store)
        # A scenario tells a finding that it did not expect by its sentence, and which overlay waived it.
        watched = [rule for rule in cut.rules if speaks(rule)] if case.reads_sentences else ()
        return self._joiner.solve(cut.facts, cut.rules, watched, _LOOKED_AT[case.is_scenario])


def run_tests(directory: Path, processes: int | None = None) -> TestReport:
    """Run all that lies beside the knowledge base in ``directory``, in two processes where there are two processors.

    Raises InputError, with file and line, for rules or a test that cannot be read.
    """
    begun = time.perf_counter()
    load_knowledge(directory)  # Compiled once, before the processes open it.
    shares = shared(run_share, directory, processes)
    failures = [Failure(f"rules/{name}", ("this rule has no test file",)) for name in rules_without_test(directory)]
    failures += sorted((f for _, found in shares for f in found), key=lambda f: f.case)
    names = sorted(name for run, _ in shares for name in run)
    return TestReport(tuple(names), tuple(failures), time.perf_counter() - begun)


def shared(work: Callable[[Path, tuple[int, int]], T], directory: Path, processes: int | None) -> list[T]:
    """What ``work`` returns for each share of the cases, one process a share."""
    count = processes or min(2, os.cpu_count() or 1)
    if count == 1:
        return [work(directory, (0, 1))]
    method = "fork" if "fork" in multiprocessing.get_all_start_methods() and sys.platform == "linux" else "spawn"
    with ProcessPoolExecutor(count, multiprocessing.get_context(method)) as pool:
        return list(pool.map(work, [directory] * count, [(k, count) for k in range(count)]))


def run_share(directory: Path, share: tuple[int, int]) -> tuple[list[str], list[Failure]]:
    """The names of a share's cases, and those of them that fail."""
    knowledge = load_knowledge(directory)
    cases = read_cases(directory, knowledge, share)
    return [case.name for case in cases], failing(Bench(knowledge), cases)


def failing(bench: Bench, cases: Sequence[Case]) -> list[Failure]:
    """The cases that do not come out as expected."""
    found = []
    for case in cases:
        if differences := case.differences(bench.answer(case)):
            found.append(Failure(case.name, tuple(differences)))
    return found


def changes(directory: Path) -> Iterator[None]:
    """Wait, again and again, until a file of the knowledge base, its tests or scenarios has changed."""
    seen = _stamps(directory)
    while True:
        time.sleep(_POLL_SECONDS)
        now = _stamps(directory)
        if now != seen:
            seen = now
            yield


def _stamps(directory: Path) -> dict[str, tuple[int, int]]:
    found = {}
    for folder in (directory, directory.parent / "tests", directory.parent / "scenarios"):
        for path in folder.rglob("*"):
            if path.suffix in (".lp", ".tsv", ".xz", ".yaml"):
                try:
                    stat = path.stat()
                except FileNotFoundError:
                    continue  # Gone between listing and looking: the next look tells.
                found[str(path)] = (stat.st_mtime_ns, stat.st_size)
    return found
