"""Query files: a header of comments that says what is asked, and rule text below.

    %%% The title, as a sentence
    %
    % Asks        what a field of the header says;
    %             a line indented as far as this goes on with it
    % Example     ...

Which fields there are, the kind of query says. The header ends with the first line that is no comment.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from claimlogic.errors import InputError

_TITLE = "%%% "
_MORE = re.compile(r"%\s{4,}(\S.*)")
_COMMENT = re.compile(r"^%.*\n?", re.MULTILINE)
_NAMED = re.compile(r"\b([a-z]\w*)\(")


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a query file says: its title, and its fields by name."""

    title: str
    fields: Mapping[str, str]


def read_header(query: str, file: str, title: str, needed: Collection[str], optional: Collection[str] = ()) -> Header:
    """The header of a query file's text, with fields of these names; any other line is a remark.

    ``title`` says what its first line ought to tell. Raises InputError, at line 1 of ``file``, where it has no title,
    or lacks a field that is ``needed``.
    """
    lines = query.splitlines()
    if not lines or not lines[0].startswith(_TITLE):
        raise InputError(f"the first line must be `{_TITLE}` and {title}", f"{file}:1")
    fields = _fields(lines[1:], (*needed, *optional))
    for name in needed:
        if name not in fields:
            raise InputError(f"the header lacks a line `% {name}`", f"{file}:1")
    return Header(lines[0].removeprefix(_TITLE).strip(), fields)


def without_comments(query: str) -> str:
    """The rule text of a query, without the lines that are comments."""
    return _COMMENT.sub("", query)


def predicates_named(rules: str) -> frozenset[str]:
    """The predicates that a text without comments names."""
    return frozenset(_NAMED.findall(rules))


def _fields(lines: Sequence[str], names: Collection[str]) -> dict[str, str]:
    field = re.compile(rf"% ({'|'.join(names)})\s+(\S.*)")
    fields: dict[str, str] = {}
    current = ""
    for line in lines:
        if not line.startswith("%"):
            break
        if found := field.fullmatch(line):
            current = found[1]
            fields[current] = found[2].strip()
        elif current and (found := _MORE.fullmatch(line)):
            fields[current] += " " + found[1].strip()
        else:
            current = ""
    return fields
