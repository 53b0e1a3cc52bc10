"""Published facts that two versions do not share: curated facts and table rows, paired by key where they have one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from claimlogic.analyst.impact.versions import Version
from claimlogic.knowledge.vocabulary import Predicate
from claimlogic.terms import Atom, Term, plain

# The shelves of a loaded knowledge base: rule text, then tables.
_TEXT, _TABLES = 0, 1
_TABLES_FOLDER = "tables/"


@dataclass(frozen=True, slots=True)
class FactChange:
    """A published fact that was added, removed, or whose key has another value now (changed).

    ``file`` and ``line`` tell where it stands, in the draft unless it was removed; ``words`` tell what differs.
    ``about`` is the rule of which a rule file says this, blank for facts of codes.
    """

    kind: str
    before: Atom | None
    after: Atom | None
    file: str
    line: int
    is_row: bool
    words: tuple[str, ...]
    about: str = ""

    @property
    def atoms(self) -> tuple[Atom, ...]:
        """The atoms that hold in one version only."""
        return tuple(atom for atom in (self.before, self.after) if atom is not None)


def fact_changes(base: Version, draft: Version, files: Sequence[str]) -> list[FactChange]:
    """The facts that differ; ``files`` are those whose bytes do. Rows of the tables come after the rest."""
    in_text = _predicates(base, _TEXT) | _predicates(draft, _TEXT)
    in_tables = _predicates(base, _TABLES) | _predicates(draft, _TABLES)
    tables = [name for name in files if name.startswith(_TABLES_FOLDER)]
    if not any(name.endswith(".lp") for name in tables):
        in_tables &= {Path(name).name.split(".")[0].split("__")[0] for name in tables}
    found: list[FactChange] = []
    for shelf, predicates in ((_TEXT, in_text), (_TABLES, in_tables if tables else frozenset())):
        for predicate in sorted(predicates):
            found += _of_predicate(predicate, shelf, base, draft)
    return sorted(found, key=lambda c: (c.is_row, c.file, c.line, str(c.after or c.before)))


def _predicates(version: Version, shelf: int) -> frozenset[str]:
    return version.knowledge.store.shelves[shelf].predicates


def _of_predicate(predicate: str, shelf: int, base: Version, draft: Version) -> list[FactChange]:
    before, after = (_held(version, predicate, shelf) for version in (base, draft))
    gone: dict[tuple[Term, ...], list[tuple[Term, ...]]] = defaultdict(list)
    for arguments in sorted(before - after, key=str):
        gone[_key(base, predicate, arguments)].append(arguments)
    found = []
    for arguments in sorted(after - before, key=str):
        paired = gone.get(_key(draft, predicate, arguments), [])
        found.append(_change(draft, predicate, shelf, paired.pop(0) if paired else None, arguments))
    lost = [arguments for group in gone.values() for arguments in group]
    return found + [_change(base, predicate, shelf, arguments, None) for arguments in lost]


def _held(version: Version, predicate: str, shelf: int) -> set[tuple[Term, ...]]:
    declared = version.knowledge.vocabulary.predicates.get(predicate)
    if declared is None or predicate not in _predicates(version, shelf):
        return set()
    return set(version.knowledge.store.shelves[shelf].match(predicate, (None,) * len(declared.arguments)))


def _key(version: Version, predicate: str, arguments: tuple[Term, ...]) -> tuple[Term, ...]:
    """What tells of one thing: the key without its days, or all arguments where there is none."""
    declared = version.knowledge.vocabulary.predicates[predicate]
    key = [arguments[at] for at in declared.key if declared.kinds[at] != "day"]
    return (len(arguments), *key) if key else arguments


def _change(
    version: Version, predicate: str, shelf: int, before: tuple[Term, ...] | None, after: tuple[Term, ...] | None
) -> FactChange:
    """A change of a fact that stands in ``version``: the draft, or the base where it is gone."""
    declared = version.knowledge.vocabulary.predicates[predicate]
    arguments = after or before or ()
    places = version.knowledge.store.shelves[shelf].published(predicate, arguments)
    file, line = min((file, line) for file, line, *_ in places)
    about = ""
    if declared.givers == {"rules"} and "rule" in declared.kinds:
        about = str(arguments[declared.kinds.index("rule")])
    return FactChange(
        kind="added" if before is None else "removed" if after is None else "changed",
        before=Atom(predicate, before) if before is not None else None,
        after=Atom(predicate, after) if after is not None else None,
        file=file,
        line=line,
        is_row=shelf == _TABLES,
        words=_value_words(before, after, declared) if before is not None and after is not None else (),
        about=about,
    )


def _value_words(before: Sequence[Term], after: Sequence[Term], declared: Predicate) -> tuple[str, ...]:
    return tuple(
        f"{name} is {plain(new)}, was {plain(old)}"
        for name, old, new in zip(declared.arguments, before, after, strict=True)
        if old != new
    )
