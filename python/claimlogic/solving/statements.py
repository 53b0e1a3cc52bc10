"""Facts and rule text into a solver. Rule text comes again with every claim, so each text is parsed only once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import clingo
import clingo.ast

from claimlogic.terms import Atom


def add_facts(control: clingo.Control, facts: Iterable[Atom]) -> None:
    """Add facts to the base of a program."""
    control.add("base", [], "\n".join(f"{p}({','.join(map(str, a))})." if a else f"{p}." for p, a in facts))


def add_statements(control: clingo.Control, texts: Iterable[str]) -> None:
    """Add rule text to a program, to its base unless a text says `#program`.

    Raises RuntimeError where clingo does not accept it.
    """
    with clingo.ast.ProgramBuilder(control) as builder:
        for text in texts:
            for statement in _parsed(text):
                builder.add(statement)


@lru_cache(maxsize=8192)
def _parsed(text: str) -> tuple[clingo.ast.AST, ...]:
    statements: list[clingo.ast.AST] = []
    clingo.ast.parse_string(text, statements.append, logger=lambda _code, _message: None)
    return tuple(statements[1:])  # The first one says `#program base`, which is where a program begins anyway.
