"""Rule text as tokens, comments included, by clingo's own lexing.

Clingo's parser forgets where comments and line breaks stood; the formatter and some checks need them. Joining the
tokens with the space between them gives the text back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from claimlogic.knowledge.scan import block_end

Kind = Literal["comment", "block", "text", "number", "word", "variable", "directive", "sign", "other"]
"""``comment`` runs to the end of its line, ``block`` is ``%* ... *%``, ``other`` is no token of rule text."""

_TOKEN = re.compile(
    r"""
    (?P<comment>%(?!\*)[^\n]*)
  | (?P<text>"(?:[^"\\\n]|\\["\\n])*")
  | (?P<number>0x[0-9A-Fa-f]+|0o[0-7]+|0b[01]+|0|[1-9][0-9]*)
  | (?P<directive>\#[A-Za-z_]+\+?)
  | (?P<variable>_*[A-Z][A-Za-z0-9_']*|_(?![A-Za-z0-9_']))
  | (?P<word>[_']*[a-z][A-Za-z0-9_']*)
  | (?P<sign>:-|:~|\.\.|\*\*|<=|>=|!=|==|<>|[-.,;:(){}\[\]|=<>+*/\\^~&?@])
  | (?P<other>.)
    """,
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True, slots=True)
class Token:
    """A token, its place and line, how many line breaks stand before it, and whether any space does."""

    kind: Kind
    text: str
    at: int
    line: int
    breaks: int
    spaced: bool

    @property
    def last_line(self) -> int:
        """The line on which it ends."""
        return self.line + self.text.count("\n")

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment of either kind."""
        return self.kind in ("comment", "block")


@dataclass(frozen=True, slots=True)
class Statement:
    """The tokens of one statement with its final full stop; ``leading`` are the comments between it and the last."""

    leading: tuple[Token, ...]
    tokens: tuple[Token, ...]

    @property
    def line(self) -> int:
        """The line on which the statement begins."""
        return self.tokens[0].line

    @property
    def code(self) -> tuple[Token, ...]:
        """Its tokens without comments."""
        return tuple(t for t in self.tokens if not t.is_comment)


def tokenize(rule_text: str) -> list[Token]:
    """The tokens of ``rule_text``; what is no rule text comes as ``other``, one character each."""
    found: list[Token] = []
    at, line = 0, 1
    while True:
        space = _SPACE.match(rule_text, at)
        assert space is not None
        breaks = space[0].count("\n")
        line += breaks
        at = space.end()
        if at == len(rule_text):
            return found
        if rule_text.startswith("%*", at):
            kind, end = _block(rule_text, at)
        else:
            matched = _TOKEN.match(rule_text, at)
            assert matched is not None
            assert matched.lastgroup is not None
            kind, end = matched.lastgroup, matched.end()
        text = rule_text[at:end]
        if kind == "comment":
            text = text.rstrip()
        found.append(Token(kind, text, at, line, breaks, bool(space[0])))  # type: ignore[arg-type]
        line += text.count("\n")
        at = end


def statements(tokens: Sequence[Token]) -> Iterator[Statement]:
    """The statements, each to its full stop; the last one even where it has none."""
    leading: list[Token] = []
    current: list[Token] = []
    for token in tokens:
        if not current and token.is_comment:
            leading.append(token)
            continue
        current.append(token)
        if token.kind == "sign" and token.text == ".":
            yield Statement(tuple(leading), tuple(current))
            leading, current = [], []
    if any(not t.is_comment for t in current):
        yield Statement(tuple(leading), tuple(current))


def _block(rule_text: str, at: int) -> tuple[str, int]:
    """A block comment, which may hold others; one that is not closed is no token."""
    end = block_end(rule_text, at + 2)
    return ("other", at + 1) if end is None else ("block", end)
