"""A run over a folder: its manifest, its parts, and the rule that a run goes on only with what it began with.

    OUT/run.json              what the run is over: input files, knowledge base, tables, options
    OUT/findings/part-00001.parquet ... lines/ claims/
    OUT/quarantine.parquet    summary_by_rule.parquet   summary_by_pair.parquet   summary.json
    OUT/.work/                what an unfinished run needs to go on; gone at the end

A part is done when its folder of counts stands in ``.work``: it is named so last, after the files of its answers.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from claimlogic.disk import flush, put, take_lock
from claimlogic.errors import InputError

FORMAT = 1
RUN, SUMMARY, WORK = "run.json", "summary.json", ".work"
_LOCK = "lock"
PARTED = ("findings", "lines", "claims")
_ASKED = {
    "inputs": "the claims have changed, or others are given",
    "knowledge_base": "the knowledge base has changed",
    "tables": "the store of tables has changed, or another is given",
    "facts": "other facts are laid over the knowledge base",
    "options": "the options are others",
    "version": "it was made by another version",
    "format": "it was made by another version",
}


class Run:
    """The folder of a run, held by one process at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.work = folder / WORK

    @property
    def finished(self) -> bool:
        """Whether everything is done: the summary is written last."""
        return (self.folder / SUMMARY).is_file()

    def summary(self) -> dict[str, Any]:
        """The summary of a finished run. Raises InputError where it is damaged."""
        try:
            found: dict[str, Any] = json.loads((self.folder / SUMMARY).read_text(encoding="utf-8"))
        except ValueError:
            raise InputError("this summary is damaged; remove the folder and run again", str(self.folder)) from None
        return found

    def counts(self, part: int) -> Path:
        """The folder of a part's counts; it is there when the part is done."""
        return self.work / "counts" / name_of(part)

    def is_done(self, part: int) -> bool:
        """Whether a part needs no more judging."""
        return self.counts(part).is_dir()

    def begin_part(self, part: int) -> Path:
        """An empty folder for a part's files."""
        made = self.work / f"{name_of(part)}.new"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        return made

    def end_part(self, part: int, made: Path) -> None:
        """Put a part's answers in their place, and then its counts, which makes it done."""
        for kind in PARTED:
            (self.folder / kind).mkdir(exist_ok=True)
            put(made / f"{kind}.parquet", self.folder / kind / f"{name_of(part)}.parquet")
        for path in made.iterdir():
            flush(path)
        self.counts(part).parent.mkdir(exist_ok=True)
        os.replace(made, self.counts(part))
        flush(self.counts(part).parent)

    def write(self, name: str, text: str) -> None:
        """Write a file of the run in one step."""
        made = self.work / f"{name}.new"
        made.write_text(text, encoding="utf-8")
        put(made, self.folder / name)

    @property
    def has_work(self) -> bool:
        """Whether there is anything to go on with."""
        return any(path.name != _LOCK for path in self.work.iterdir())

    def forget(self, made: bool) -> None:
        """Leave the folder as it was before; ``made`` tells that there was none."""
        (self.folder / RUN).unlink()
        shutil.rmtree(self.work)
        if made:
            self.folder.rmdir()

    def close(self, summary: str) -> None:
        """Write the summary, which makes the run finished, and clear what was needed for going on."""
        self.write(SUMMARY, summary)
        flush(self.folder)
        shutil.rmtree(self.work, ignore_errors=True)


@contextmanager
def open_run(folder: Path, asked: Mapping[str, Any]) -> Iterator[Run]:
    """The run in ``folder``, begun or gone on with. ``asked`` is what it is over, as it will stand in ``run.json``.

    A run that ends with InputError before any of its work is done leaves no trace, so that it can be asked for
    otherwise. Raises InputError where the folder holds something else or a run over something else, and where another
    process is at it.
    """
    run = Run(folder)
    made = not folder.exists()
    _check_folder(folder)
    try:
        run.work.mkdir(parents=True, exist_ok=True)
        lock = take_lock(run.work / _LOCK)
    except BlockingIOError:
        raise InputError("another run is writing into this folder; wait for it", str(folder)) from None
    except OSError as fault:
        raise InputError(f"this folder cannot be written ({fault.strerror})", str(folder)) from None
    with lock:
        try:
            _check_same(folder, asked)
            begun = not (folder / RUN).is_file()
            if begun:
                run.write(RUN, json.dumps(asked, indent=1, sort_keys=True) + "\n")
            try:
                yield run
            except InputError:
                if begun and not run.finished and not run.has_work:
                    run.forget(made)
                raise
        finally:
            if run.finished:
                shutil.rmtree(run.work, ignore_errors=True)


def name_of(part: int) -> str:
    """The name of a part's files; ``part`` counts from 0."""
    return f"part-{part + 1:05}"


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not {RUN, WORK} & {each.name for each in folder.iterdir()}):
        raise InputError("this is no folder of a run; give one that is empty or not there yet", str(folder))


def _check_same(folder: Path, asked: Mapping[str, Any]) -> None:
    try:
        found = json.loads((folder / RUN).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except ValueError:
        found = {}
    wanted = json.loads(json.dumps(asked))
    for key, problem in _ASKED.items():
        if found.get(key) != wanted.get(key):
            raise InputError(
                f"the run in this folder cannot go on: {problem}. Give another folder with -o, or remove this one",
                str(folder),
            )
