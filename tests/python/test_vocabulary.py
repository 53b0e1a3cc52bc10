"""The vocabulary against the rules, facts and tables of kb/: each predicate is there once, and says what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from claimlogic.knowledge.checks import atoms_of
from claimlogic.knowledge.load import Knowledge
from claimlogic.knowledge.parse import ParsedFile, parse_rules
from claimlogic.knowledge.rules import AtomPattern
from claimlogic.knowledge.vocabulary import Predicate, Vocabulary, is_vocabulary, vocabulary_of
from claimlogic.proofs.model import Pattern
from claimlogic.reports.wording import Wording

ROOT = Path(__file__).resolve().parents[2]
KB = ROOT / "kb"

# What an argument of these kinds is called, wherever it stands; K is a line or a service among others.
LETTERS = {"claim": {"C"}, "line": {"L", "L'", "K"}, "encounter": {"E"}}


@cache
def declared() -> Vocabulary:
    return vocabulary_of(KB)


@cache
def parsed() -> tuple[ParsedFile, ...]:
    return tuple(
        parse_rules(path.read_text(encoding="utf-8"), path.relative_to(KB).as_posix(), 0)
        for path in sorted(KB.rglob("*.lp"))
        if not is_vocabulary(path.relative_to(KB).as_posix())
    )


def atoms() -> Iterator[tuple[AtomPattern, str]]:
    """Every atom of a rule and every fact, with its file and line."""
    for file in parsed():
        for rule in file.rules:
            yield from ((atom, rule.place) for atom in atoms_of(rule))
        for fact in file.facts:
            yield AtomPattern(fact.atom.predicate, fact.atom.arguments), f"{file.file}:{fact.line}"


def concluded() -> set[str]:
    return {rule.head.predicate for file in parsed() for rule in file.rules}


def derived_only() -> list[Predicate]:
    return [p for p in declared().predicates.values() if p.derived and not p.given]


def test_every_predicate_is_declared_with_its_arity() -> None:
    predicates = declared().predicates
    missing = sorted(
        {
            f"{place}: {atom.predicate}/{len(atom.arguments)}"
            for atom, place in atoms()
            if atom.predicate not in predicates or len(predicates[atom.predicate].arguments) != len(atom.arguments)
        }
    )
    assert not missing, "declare it in vocabulary/"


def test_every_table_file_holds_a_declared_predicate() -> None:
    tables = {path.name.split(".")[0].split("__")[0] for path in KB.rglob("*.tsv*")}
    assert tables <= {p.name for p in declared().predicates.values() if "tables" in p.givers}


def test_every_declared_predicate_is_used() -> None:
    used = {atom.predicate for atom, _ in atoms()}
    used |= {path.name.split(".")[0].split("__")[0] for path in KB.rglob("*.tsv*")}
    # The witness names all that a claim may say, read or not.
    for path in {*(ROOT / "queries").rglob("*.lp")} - {ROOT / "queries" / "witness.lp"}:
        used |= set(re.findall(r"\b([a-z]\w*)\(", re.sub(r"%.*", "", path.read_text(encoding="utf-8"))))
    for path in (ROOT / "python" / "claimlogic").rglob("*.py"):
        used |= set(re.findall(r'"([a-z]\w*)"', path.read_text(encoding="utf-8")))
    assert not set(declared().predicates) - used


def test_what_is_derived_is_concluded_by_a_rule() -> None:
    assert not {p.name for p in derived_only()} - concluded()


def test_constants_are_among_those_of_their_kind() -> None:
    strange = set()
    for atom, place in atoms():
        predicate = declared().predicates.get(atom.predicate)
        for name, argument in zip(predicate.kinds if predicate else (), atom.arguments, strict=False):
            constants = declared().kinds[name].constants
            if constants and isinstance(argument, str) and argument not in constants:
                strange.add(f"{place}: {argument} is no {name}")
    assert not strange


def test_arguments_have_names_of_their_own() -> None:
    for predicate in declared().predicates.values():
        assert len(set(predicate.arguments)) == len(predicate.arguments), predicate.name
        for name, kind in zip(predicate.arguments, predicate.kinds, strict=True):
            assert re.fullmatch(r"[A-Z][A-Za-z]*'?", name), f"{predicate.name}: {name}"
            assert name in LETTERS.get(kind, {name}), f"{predicate.name}: {name} is a {kind}"


def test_every_kind_is_used() -> None:
    assert set(declared().kinds) == {kind for p in declared().predicates.values() for kind in p.kinds}


@pytest.fixture(scope="module")
def wording(rules_without_tables: Knowledge) -> Wording:
    return Wording(rules_without_tables)


@pytest.mark.parametrize("predicate", derived_only(), ids=lambda p: p.name)
def test_a_derived_predicate_reads_as_a_sentence(predicate: Predicate, wording: Wording) -> None:
    told = re.split(r"(?<=[\w)])[.;](?:\s|$)", predicate.meaning, maxsplit=1)[0]
    silent = [
        name
        for name, kind in zip(predicate.arguments, predicate.kinds, strict=True)
        if kind != "claim" and name not in ("From", "To") and not re.search(rf"(?<![\w'-]){name}(?![\w'])", told)
    ]
    assert len(silent) < 2, "name the arguments in the meaning, or all but one, which is added at its end"
    open_everywhere = Pattern(predicate.name, (None,) * len(predicate.arguments))
    sentence = wording.no_evidence(open_everywhere)
    assert sentence.startswith("there is no evidence that "), "a clause with a verb that the wording knows"
    assert not sentence.endswith("."), "a meaning ends in a word: L' and its full stop are not told apart"
