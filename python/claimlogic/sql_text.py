"""Values and names written into SQL text, for what takes no parameters: file names, settings, lists of columns."""

from __future__ import annotations


def quoted(value: object) -> str:
    """A text in SQL, quotation marks included."""
    return "'" + str(value).replace("'", "''") + "'"


def named(name: str) -> str:
    """The name of a column or a table in SQL, quotation marks included."""
    return '"' + name.replace('"', '""') + '"'
