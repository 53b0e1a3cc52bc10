"""Terms and atoms, written just as they stand in rule text.

A number is an ``int``. Everything else is the text that clingo would print: ``never`` is a word, ``"62323"`` (with its
quotes) is a text, ``#sup`` is the open end of a range of days. So a word and a text can never be taken for each other,
and an atom prints by joining its parts.
"""

from __future__ import annotations

import re
from typing import NamedTuple, TypeAlias

Term: TypeAlias = int | str

OPEN_END = "#sup"

_ESCAPED = re.compile(r"\\(.)")
_TERM = re.compile(r'"(?:[^"\\]|\\.)*"|[^,()]+')
_DIGITS = frozenset("-0123456789")


class Atom(NamedTuple):
    """A ground atom: a predicate and its arguments."""

    predicate: str
    arguments: tuple[Term, ...]

    def __str__(self) -> str:
        if not self.arguments:
            return self.predicate
        return f"{self.predicate}({','.join(map(str, self.arguments))})"


def printed_atom(printed: str) -> Atom:
    """The atom that is printed so. A tuple among its arguments is taken for the terms in it."""
    predicate, _, arguments = printed.partition("(")
    return Atom(predicate, tuple(int(t) if t[0] in _DIGITS else t for t in _TERM.findall(arguments)))


def text(value: str) -> str:
    """The term for a text: quoted, with backslash, quote and newline escaped as clingo reads them."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def plain(term: Term) -> str:
    """The term as a reader sees it: a text without its quotes, anything else as it is written."""
    if isinstance(term, str) and term.startswith('"'):
        return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], term[1:-1])
    return str(term)
