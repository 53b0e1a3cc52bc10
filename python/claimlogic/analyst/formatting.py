"""``kb fmt``: one layout for rule text. Keeps comments, and the author's line breaks where they fit.

A statement begins a line, what continues it is indented by four, commas are followed by one space, comparisons and
``:-`` stand between two, blank lines come singly, and a rule longer than a line is broken at its conditions. Only white
space changes: the tokens stay what they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from claimlogic.analyst.linting.tokens import Statement, Token, statements, tokenize
from claimlogic.knowledge.rule_text import decoded

LINE_LENGTH = 130
_INDENT = "    "
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")
_BINARY = frozenset({":-", ":~", "=", "==", "!=", "<>", "<", "<=", ">", ">=", "+", "-", "*", "/", "\\", ":", "|"})
_BINARY_BEFORE = _BINARY | {",", ";", "(", "[", "{", "..", "**", "^", "&", "?", "@", "~", "."}


@dataclass(frozen=True, slots=True)
class Formatted:
    """A file whose layout differs, and the text that it should have."""

    path: Path
    text: str


def format_rules(rule_text: str) -> str:
    """``rule_text`` in the one layout. Text with characters that are no rule text is returned as it is."""
    tokens = tokenize(rule_text)
    if any(t.kind == "other" or t.text in ("#script", "#end") for t in tokens):
        return rule_text
    formatted = "".join(f"{line}\n" for line in _lines(tokens))
    same = [(t.kind, _trimmed(t)) for t in tokens] == [(t.kind, t.text) for t in tokenize(formatted)]
    return formatted if same else rule_text


def unformatted(directory: Path) -> list[Formatted]:
    """The rule files below ``directory`` (or the one file that it is) whose layout differs, sorted.

    Raises InputError for a file that is not text.
    """
    paths = [directory] if directory.is_file() else sorted(p for p in directory.rglob("*.lp") if p.is_file())
    found = []
    for path in paths:
        before = decoded(path.read_bytes(), str(path))
        after = format_rules(before)
        if after != before:
            found.append(Formatted(path, after))
    return found


def _trimmed(token: Token) -> str:
    if token.kind != "block":
        return token.text
    return "\n".join(line.rstrip() for line in token.text.split("\n"))


def _lines(tokens: Sequence[Token]) -> list[str]:
    lines: list[str] = []
    last: Token | None = None
    for statement in statements(tokens):
        for comment in statement.leading:
            _add_comment(lines, comment, last)
            last = comment
        if lines and (statement.tokens[0].breaks > 1):
            _blank(lines)
        lines.extend(_statement_lines(statement))
        last = statement.tokens[-1]
    for comment in _trailing(tokens):
        _add_comment(lines, comment, last)
        last = comment
    return lines


def _trailing(tokens: Sequence[Token]) -> list[Token]:
    """The comments after the last statement."""
    found: list[Token] = []
    for token in reversed(tokens):
        if not token.is_comment:
            break
        found.append(token)
    return found[::-1]


def _add_comment(lines: list[str], comment: Token, last: Token | None) -> None:
    text = _trimmed(comment).split("\n")
    if lines and comment.breaks == 0 and not (last is not None and last.kind == "comment"):
        lines[-1] += f"  {text[0]}"
        lines.extend(text[1:])
        return
    if lines and comment.breaks > 1:
        _blank(lines)
    lines.extend(text)


def _blank(lines: list[str]) -> None:
    if lines[-1]:
        lines.append("")


def _statement_lines(statement: Statement) -> list[str]:
    kept = _with_breaks(statement.tokens)
    if all(len(line) <= LINE_LENGTH for line in kept) or any(t.is_comment for t in statement.tokens):
        return kept
    at = next((i for i, t in enumerate(statement.tokens) if t.text == ":-" and t.kind == "sign"), None)
    if not at:
        return kept
    return [_joined(statement.tokens[: at + 1]), *_filled(statement.tokens[at + 1 :])]


def _with_breaks(tokens: Sequence[Token]) -> list[str]:
    """The statement with the breaks that its author chose, but none before a comma, a closing bracket or the stop."""
    lines = [""]
    spacing = _Spacing(tokens)
    for i, token in enumerate(tokens):
        closes = token.text in (",", ".", ")", "]", "}", ";") and token.kind == "sign"
        after_comment = i > 0 and tokens[i - 1].kind == "comment"
        text = _trimmed(token)
        if i and (after_comment or (token.breaks and not closes)):
            lines.append(_INDENT + text)
        else:
            lines[-1] += spacing.before(i) + text
        if token.kind == "block" and "\n" in text:
            lines[-1:] = lines[-1].split("\n")
    return lines


def _joined(tokens: Sequence[Token]) -> str:
    spacing = _Spacing(tokens)
    return "".join(spacing.before(i) + token.text for i, token in enumerate(tokens))


def _filled(body: Sequence[Token]) -> Iterable[str]:
    """The conditions of a rule, as many on a line as fit."""
    line = ""
    for condition in _conditions(body):
        text = _joined(condition)
        if line and len(line) + 1 + len(text) > LINE_LENGTH:
            yield line
            line = ""
        line = f"{line} {text}" if line else _INDENT + text
    if line:
        yield line


def _conditions(body: Sequence[Token]) -> Iterable[Sequence[Token]]:
    depth, start = 0, 0
    for i, token in enumerate(body):
        if token.kind != "sign":
            continue
        depth += (token.text in _OPENING) - (token.text in _CLOSING)
        if not depth and token.text in (",", ";"):
            yield body[start : i + 1]
            start = i + 1
    if start < len(body):
        yield body[start:]


class _Spacing:
    """The space before each token of a statement, as if it stood on one line."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._braces = _open_brackets(tokens)
        self._as_written = tokens[0].kind == "directive" and tokens[0].text not in ("#sup", "#inf", "#true", "#false")

    def before(self, i: int) -> str:
        """One blank or nothing."""
        return " " if i and self._spaced(self._tokens[i - 1], self._tokens[i], i) else ""

    def _spaced(self, last: Token, token: Token, i: int) -> bool:
        if last.is_comment or token.is_comment:
            return True
        if self._as_written:
            return token.spaced
        if last.kind != "sign" and token.kind != "sign":
            return True
        before, after = last.text if last.kind == "sign" else "", token.text if token.kind == "sign" else ""
        if after in (",", ".", ")", "]", ";") or before in ("(", "["):
            return False
        if before == ";":
            return self._braces[i - 1] != "("
        if before in (",", "{") or after == "}":
            return True
        if after == ".." or before in ("..", "@"):
            return False
        if after == "(":
            return before in _BINARY and not self._is_unary(i - 1) or last.text == "not" or before == "}"
        if after == "{":
            return True
        return not (before in ("-", "+", "~", "&", "?", "^", "|") and self._is_unary(i - 1))

    def _is_unary(self, i: int) -> bool:
        """Whether a sign has nothing on its left: ``-1``."""
        if not i:
            return True
        last = self._tokens[i - 1]
        return (last.kind == "sign" and last.text in _BINARY_BEFORE) or last.text == "not"


def _open_brackets(tokens: Sequence[Token]) -> list[str]:
    """For each token the bracket that it stands in, blank for none."""
    found: list[str] = []
    open_now: list[str] = []
    for token in tokens:
        if token.kind == "sign" and token.text in _CLOSING and open_now:
            open_now.pop()
        found.append(open_now[-1] if open_now else "")
        if token.kind == "sign" and token.text in _OPENING:
            open_now.append(token.text)
    return found
