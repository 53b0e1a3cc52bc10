"""What rule text may not hold, found before clingo reads it.

Clingo opens what ``#include`` names while it parses, ends the process over one curly quote outside a text, and exhausts
the stack on deep nesting: its syntax tree comes too late for these. So the text is scanned first, by clingo's own
lexing, and what has no place in a knowledge base never reaches the parser. ``parse.py`` allows the rest by its tree.
"""

from __future__ import annotations

import re
import unicodedata

from claimlogic.errors import InputError

PLAIN_DIRECTIVES = frozenset({"#sum", "#count", "#min", "#max", "#sup", "#true", "#false"})
"""The words with ``#`` that facts and rules are written with."""

LARGEST = 2**31 - 1
_DEEPEST = 64
_LONGEST_CHAIN = 200

CLOSE_COMMENT = "end it with *%, on a line without % before it"
PLAIN_ASCII = "write plain ASCII outside texts and comments"
COUNT_SMALLER = "write identifiers in quotes; count in smaller units"
DIRECTIVE = "{} may not stand here; say it with facts and plain rules"

_SKIPPED = re.compile(r'%\*|%[^\n]*|"(?:[^"\\\n]|\\["\\n])*"')
_BLOCK_EDGE = re.compile(r"%\*|\*%|%[^\n]*")
_NOT_NEWLINE = re.compile(r"[^\n]")
_STRANGE = re.compile(r"[^\n\t -~]|\"")
_HASH = re.compile(r"#(?:[A-Za-z_][A-Za-z0-9_']*\+?)?")
_NUMBER = re.compile(r"(?<![A-Za-z0-9_'])(?:0[xX][0-9A-Fa-f]+|0[oO][0-7]+|0[bB][01]+|[0-9]+)")
_BRACKET = re.compile(r"[][(){}]")
_LINKED = re.compile(r"[^,;:.]+")
_OPERATOR = re.compile(r"[-+*/\\^?~|<>=!]")


def scan(rule_text: str, file: str) -> None:
    """Raises InputError, with file and line, for the first thing that may not reach the parser."""
    _refuse_invisible(rule_text, file)
    bare = without_comments_and_texts(rule_text, file)
    if strange := _STRANGE.search(bare):
        what = (
            'a text is not closed on its line, or holds a backslash before something else than \\, " and n'
            if strange[0] == '"'
            else f"character {strange[0]!r} is not rule text"
        )
        raise InputError(f"{what}; {PLAIN_ASCII}", _place(file, bare, strange.start()))
    for found in _HASH.finditer(bare):
        if found[0] not in PLAIN_DIRECTIVES:
            raise InputError(DIRECTIVE.format(found[0]), _place(file, bare, found.start()))
    for sign, what in (("@", "a function of the solver"), ("&", "a theory atom")):
        if (at := bare.find(sign)) >= 0:
            raise InputError(f"{sign} begins {what}; say it with facts and plain rules", _place(file, bare, at))
    for found in _NUMBER.finditer(bare):
        if is_too_large(found[0]):
            problem = f"{shortened(found[0])} is larger than {LARGEST}, and would be read as another number"
            raise InputError(f"{problem}; {COUNT_SMALLER}", _place(file, bare, found.start()))
    _refuse_deep(bare, file)


def is_too_large(number: str) -> bool:
    """Whether a number as written is past 32 bits, which clingo wraps in silence."""
    # The length first: Python refuses to read a number of thousands of digits.
    return len(number) > 40 or int(number, 0 if number[:1] == "0" and number[1:2].isalpha() else 10) > LARGEST


def shortened(written: str) -> str:
    """A part of a text as a message shows it."""
    return written if len(written) <= 40 else f"{written[:37]}..."


def without_comments_and_texts(rule_text: str, file: str) -> str:
    """The text with comments and quoted texts blanked, so that all else keeps its place.

    Raises InputError for a block comment that is not closed.
    """
    parts, at = [], 0
    while found := _SKIPPED.search(rule_text, at):
        end = block_end(rule_text, found.end()) if found[0] == "%*" else found.end()
        if end is None:
            raise InputError(f"this comment is not closed; {CLOSE_COMMENT}", _place(file, rule_text, found.start()))
        parts += [rule_text[at : found.start()], _NOT_NEWLINE.sub(" ", rule_text[found.start() : end])]
        at = end
    return "".join([*parts, rule_text[at:]])


def block_end(rule_text: str, inside: int) -> int | None:
    """Where a block comment ends, None where it does not; ``inside`` is the place after its ``%*``.

    A block comment may hold others, and ends of comments that clingo does not see: those behind a ``%`` on their line.
    """
    depth, at = 1, inside
    while depth:
        edge = _BLOCK_EDGE.search(rule_text, at)
        if edge is None:
            return None
        depth += {"%*": 1, "*%": -1}.get(edge[0], 0)
        at = edge.end()
    return at


def _refuse_invisible(rule_text: str, file: str) -> None:
    """Refuse what does not show: control characters, and those that turn the direction of a line, comments included."""
    if rule_text.isascii() and rule_text.replace("\n", "").replace("\r\n", "").isprintable():
        return
    for at, character in enumerate(rule_text):
        hidden = character not in "\n\t" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        if hidden and not rule_text.startswith("\r\n", at):
            problem = f"character {character!a} does not show; remove it"
            raise InputError(problem, _place(file, rule_text, at))


def _refuse_deep(bare: str, file: str) -> None:
    depth = 0
    for found in _BRACKET.finditer(bare):
        depth = depth + 1 if found[0] in "([{" else max(0, depth - 1)
        if depth > _DEEPEST:
            problem = f"brackets stand {_DEEPEST} deep; write helper predicates"
            raise InputError(problem, _place(file, bare, found.start()))
    for found in _LINKED.finditer(bare):
        if len(found[0]) > _LONGEST_CHAIN and len(_OPERATOR.findall(found[0])) > _LONGEST_CHAIN:
            problem = f"more than {_LONGEST_CHAIN} operators in a row; write helper predicates"
            raise InputError(problem, _place(file, bare, found.start()))


def _place(file: str, rule_text: str, at: int) -> str:
    return f"{file}:{rule_text.count(chr(10), 0, at) + 1}"
