"""The vocabulary: what each predicate says, who gives it, and of what kind its arguments are.

Read from the ``%*! ... *%`` comments of ``kb/vocabulary.lp`` and of the files in ``kb/vocabulary/``; nothing about a
predicate is known anywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from claimlogic.errors import InputError
from claimlogic.knowledge.rule_text import read_rule_text

VOCABULARY = "vocabulary.lp"
"""The file by which a knowledge base is known."""

_DOC = re.compile(r"%\*!(.*?)\*%", re.DOTALL)
_KIND = re.compile(r"\s*kind\s+(\w+)\s+(\S.*)", re.DOTALL)
_HEAD = re.compile(r"\s*(\w+)\(([^)]*)\)\s*\n(.*)", re.DOTALL)
_BASES = ("text", "number", "word")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of argument: its base (text, number, word) and, for an enumeration, its constants."""

    name: str
    base: str
    constants: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Predicate:
    """One predicate of the vocabulary.

    ``givers`` are among claim, encounter, codes, tables, rules; ``derived`` may hold besides (a disputed fact).
    ``slice_arguments`` are the positions that decide whether a row matters to a claim: all (``slice_all``), or any.
    ``published`` is the kind of CMS table that gives its facts, blank for none.
    """

    name: str
    arguments: tuple[str, ...]
    kinds: tuple[str, ...]
    givers: frozenset[str]
    derived: bool
    meaning: str
    key: tuple[int, ...]
    slice_arguments: tuple[int, ...]
    slice_all: bool
    published: str = ""

    @property
    def stored(self) -> bool:
        """Whether facts of it stand in the knowledge base (and not only in a claim or an encounter)."""
        return bool(self.givers & {"codes", "tables", "rules"})

    @property
    def given(self) -> bool:
        """Whether facts of it are given, by whomever."""
        return bool(self.givers)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All kinds and predicates by name."""

    kinds: Mapping[str, Kind]
    predicates: Mapping[str, Predicate]

    def words(self) -> dict[str, frozenset[str]]:
        """For each enumerated kind its constants: what a claim may say."""
        return {kind.name: kind.constants for kind in self.kinds.values() if kind.constants}


def is_vocabulary(name: str) -> bool:
    """Whether a file, by its name in a knowledge base, declares predicates: `vocabulary.lp`, all in `vocabulary/`."""
    return name == VOCABULARY or name.startswith(f"{VOCABULARY.removesuffix('.lp')}/")


def read_vocabulary(texts: Mapping[str, str]) -> Vocabulary:
    """The vocabulary in rule text by file name; files of other kinds are passed over.

    Raises InputError naming file and line of a declaration that cannot be read.
    """
    declared = [
        (body, f"{file}:{line}")
        for file in sorted(filter(is_vocabulary, texts))
        for line, body in _declarations(texts[file])
    ]
    found_kinds = [_kind(found[1], found[2]) for body, _ in declared if (found := _KIND.fullmatch(body))]
    kinds = {kind.name: kind for kind in found_kinds}
    predicates: dict[str, Predicate] = {}
    for body, place in declared:
        if _KIND.fullmatch(body):
            continue
        predicate = _predicate(body, place)
        if predicate.name in predicates:
            raise InputError(f"predicate {predicate.name} is declared twice; keep one declaration", place)
        for name in predicate.kinds:
            if name not in kinds:
                raise InputError(f"kind {name} of {predicate.name} is not declared; declare it in {VOCABULARY}", place)
        if predicate.published and predicate.published not in _constants(kinds, "published"):
            raise InputError(f"{predicate.published} is no constant of the kind published; add it there", place)
        predicates[predicate.name] = predicate
    return Vocabulary(kinds, predicates)


def vocabulary_of(directory: Path) -> Vocabulary:
    """The vocabulary of the knowledge base in ``directory``. Raises InputError as ``read_vocabulary`` does."""
    paths = [directory / VOCABULARY, *(directory / VOCABULARY).with_suffix("").rglob("*.lp")]
    names = {path: path.relative_to(directory).as_posix() for path in paths}
    return read_vocabulary({name: read_rule_text(path, name) for path, name in names.items()})


def _constants(kinds: Mapping[str, Kind], name: str) -> frozenset[str]:
    return kinds[name].constants if name in kinds else frozenset()


def _declarations(text: str) -> Iterator[tuple[int, str]]:
    for found in _DOC.finditer(text):
        yield text.count("\n", 0, found.start()) + 1, found[1].strip()


def _kind(name: str, rest: str) -> Kind:
    first = rest.split()[0]
    if first in _BASES:
        return Kind(name, first)
    return Kind(name, "word", frozenset(word.strip() for word in rest.split("|")))


def _predicate(body: str, place: str) -> Predicate:
    found = _HEAD.fullmatch(body)
    if not found:
        raise InputError("a declaration reads `name(Arguments)`, a meaning, and `Args:`", place)
    name, arguments = found[1], tuple(a.strip() for a in found[2].split(","))
    fields = _fields(found[3])
    kinds = dict(part.split(": ", 1) for part in re.split(r",\s+(?=\S+: )", fields.get("Args", "")) if part)
    if set(kinds) != set(arguments):
        raise InputError(f"`Args:` of {name} must give a kind to each of {', '.join(arguments)}", place)
    kind_names = tuple(re.split(r"[ ,]", kinds[a])[0] for a in arguments)
    role, _, meaning = fields["meaning"].partition(":")
    positions = {a: i for i, a in enumerate(arguments)}
    wanted = fields.get("Slice", "")
    named = [a for a in re.split(r"\s+(?:and|or)\s+|,\s*(?:or|and)?\s*", wanted) if a]
    unknown = [a for a in (*(n for n in named if n != "all"), *_names(fields.get("Key", ""))) if a not in positions]
    if unknown:
        raise InputError(f"{unknown[0]} is no argument of {name}", place)
    if named == ["all"]:
        named = []
    elif not named:
        named = [a for a, kind in zip(arguments, kind_names, strict=True) if kind in ("code", "icd", "modifier")][:1]
    return Predicate(
        name=name,
        arguments=arguments,
        kinds=kind_names,
        givers=frozenset(_givers(role)),
        derived="derived" in role,
        meaning=" ".join(meaning.split()),
        key=tuple(positions[a] for a in _names(fields.get("Key", ""))),
        slice_arguments=tuple(positions[a] for a in named),
        slice_all=" or " not in f" {wanted} ",
        published=fields.get("Published", ""),
    )


def _givers(role: str) -> set[str]:
    return {
        giver
        for giver in ("claim", "encounter", "codes", "tables", "rules")
        if re.search(rf"\bby (?:the )?{giver}\b", role)
    }


def _names(listed: str) -> list[str]:
    return [name.strip() for name in listed.split(",") if name.strip()]


def _fields(text: str) -> dict[str, str]:
    fields: dict[str, str] = {"meaning": ""}
    current = "meaning"
    for line in text.splitlines():
        if found := re.match(r"(Args|Key|Slice|Published):\s*(.*)", line):
            current = found[1]
            fields[current] = found[2]
        else:
            fields[current] += " " + line.strip()
    return {name: value.strip() for name, value in fields.items()}
