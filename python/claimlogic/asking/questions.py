"""A question as its file describes it: the sentence, the arguments, the columns, an example, what is read.

    %%% Which procedures does this add-on go with?
    %
    % Asks        the parents listed for an add-on on the day
    % Arguments   code: code
    % Answers     parent: code, since: day, until: day
    % Example     parents 77002 --on 2026-08-01
    % Reads       addon, addon_parent
    % Not said    whether the two are paid together

``Arguments`` and ``Answers`` give each name its kind; ``= practitioner`` after a kind is a default. Whether a question
depends on a day is told by its rules. The name of the file is the name of the question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from claimlogic.asking.answers import Column
from claimlogic.errors import InputError, did_you_mean
from claimlogic.knowledge.query_files import read_header
from claimlogic.knowledge.rule_text import read_rule_text
from claimlogic.shipped import shipped

_NEEDED = ("Asks", "Answers", "Example", "Reads")
_OPTIONAL = ("Arguments", "Not said")
_NAMED = re.compile(r"(\w+): (\w+)(?: = (\w+))?")

DAY = "day"


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a question: its name, its kind, and what it is where nothing is said (None: it must be said)."""

    name: str
    kind: str
    default: str | None = None

    def __str__(self) -> str:
        return self.name.upper() if self.default is None else f"[{self.name.upper()}={self.default}]"


@dataclass(frozen=True, slots=True)
class Question:
    """A named question: what its header says, and its file."""

    name: str
    path: Path
    sentence: str
    asks: str
    arguments: tuple[Argument, ...]
    columns: tuple[Column, ...]
    example: str
    reads: tuple[str, ...]
    not_said: str

    @property
    def usage(self) -> str:
        """How it is asked: its name and arguments."""
        return " ".join((self.name, *map(str, self.arguments)))

    def example_call(self) -> tuple[list[str], str | None]:
        """The arguments of the example, and its day where it names one."""
        import shlex

        _, *words = shlex.split(self.example)
        if "--on" in words:
            at = words.index("--on")
            return words[:at] + words[at + 2 :], words[at + 1]
        return words, None


def default_questions() -> Path:
    """The questions that come with claimlogic."""
    return shipped("queries", "ask")


def read_questions(directory: Path) -> dict[str, Question]:
    """The questions in a folder by name, sorted. Raises InputError, with file and line, for an incomplete header."""
    return {path.stem: read_question(path) for path in _files(directory)}


def named(directory: Path, name: str) -> Question:
    """The question of this name. Raises InputError, with the nearest name, where there is none."""
    files = {path.stem: path for path in _files(directory)}
    if name in files:
        return read_question(files[name])
    hint = did_you_mean(name, files, "claimlogic ask --list shows them all")
    raise InputError(f"there is no question {name!r}; {hint}", "ask")


def _files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*.lp"))


@lru_cache(maxsize=256)
def read_question(path: Path) -> Question:
    """The question of one file."""
    place = f"{path.parent.name}/{path.name}"
    header = read_header(read_rule_text(path, place), place, "the question as a sentence", _NEEDED, _OPTIONAL)
    fields = header.fields
    arguments = tuple(Argument(n, k, d) for n, k, d in _named(fields.get("Arguments", ""), place))
    question = Question(
        name=path.stem,
        path=path,
        sentence=header.title,
        asks=fields["Asks"],
        arguments=arguments,
        columns=tuple(Column(n, k if k != "any" else "") for n, k, _ in _named(fields["Answers"], place)),
        example=fields["Example"],
        reads=tuple(re.split(r",\s*", fields["Reads"])),
        not_said=fields.get("Not said", ""),
    )
    if question.example.split()[0] != question.name:
        raise InputError(f"the example must begin with {question.name}", f"{place}:1")
    return question


def _named(listed: str, place: str) -> list[tuple[str, str, str | None]]:
    found = []
    for part in re.split(r",\s*", listed) if listed else ():
        fits = _NAMED.fullmatch(part)
        if not fits:
            raise InputError(f"{part!r} must read `name: kind`, with `= default` where there is one", f"{place}:1")
        found.append((fits[1], fits[2], fits[3]))
    return found
