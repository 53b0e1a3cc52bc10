"""What a question is answered with. Plain values: safe to compare, to sort and to print."""

from __future__ import annotations

from dataclasses import dataclass

from claimlogic.knowledge.store import PublishedFact
from claimlogic.results import Citation, Edition
from claimlogic.terms import OPEN_END, Atom, Term, plain

Value = str | int | None
"""A code, word, text or number as a reader sees it; None is the open end of a range of days."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answers: its name, and of what kind its values are (empty where they are of several)."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """One answer, and the published facts on which it rests, with their sources.

    What the answer owes to an absence (no pair, no add-on) is in no fact; ``Answers.searched`` tells where it was
    looked for.
    """

    values: tuple[Value, ...]
    facts: tuple[PublishedFact, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answer to one question.

    ``day`` (YYYYMMDD) is None where the question does not depend on one. ``unknown`` says in words why the answer may
    lack something, ``notes`` what else belongs to it, ``not_said`` what the question does not speak of. ``editions``
    are those by which it was answered, ``sources`` the documents of all rows, ``searched`` the predicates in which it
    looks. ``version`` is the sha256 of the knowledge base.
    """

    question: str
    sentence: str
    arguments: tuple[tuple[str, Value], ...]
    day: int | None
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    unknown: tuple[str, ...]
    editions: tuple[Edition, ...]
    sources: tuple[Citation, ...]
    searched: tuple[str, ...]
    not_said: str
    version: str
    added_facts: tuple[Atom, ...] = ()

    def column(self, name: str) -> list[Value]:
        """The values of one column, in the order of the rows. Raises KeyError where there is no such column."""
        at = next((i for i, column in enumerate(self.columns) if column.name == name), None)
        if at is None:
            raise KeyError(name)
        return [row.values[at] for row in self.rows]


def value(term: Term) -> Value:
    """A term as a value of an answer."""
    if isinstance(term, int):
        return term
    return None if term == OPEN_END else plain(term)
