"""Claims from a file or from standard input, in whatever of the formats they are written."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from claimlogic.errors import InputError

if TYPE_CHECKING:
    from claimlogic.claims.model import Claim
    from claimlogic.claims.values import Allowed

MAX_BYTES = 64 * 1024 * 1024


def read_claims(source: str | Path, allowed: Allowed) -> list[Claim]:
    """Every claim of a file, or of standard input where ``source`` is ``-``.

    What the file is, its content tells: X12 begins with ISA, JSON with a bracket, all else is read as YAML. ``allowed``
    holds the words that the vocabulary knows, by kind (``form``, ``setting``, ``biller``, ``item``). Raises InputError;
    its place begins with the file.
    """
    place = "standard input" if str(source) == "-" else str(source)
    try:
        return claims_from_text(read_text(source), allowed)
    except InputError as error:
        raise InputError(error.problem, f"{place}: {error.place}" if error.place else place) from None


def claims_from_text(text: str, allowed: Allowed) -> list[Claim]:
    """Every claim of a text in any of the formats. Raises InputError."""
    start = text.lstrip("\ufeff \t\r\n")
    if not start:
        raise InputError("there is nothing in it")
    if re.match(r"ISA[^0-9A-Za-z]", start):
        from claimlogic.claims.x12 import claims_from_x12

        return claims_from_x12(start)
    if start.startswith("ST"):
        from claimlogic.claims.x12_segments import refuse_bare_transaction

        refuse_bare_transaction(start)
    # The parsers and the schema are imported by what needs them: they cost more time than a claim takes to judge.
    from claimlogic.claims.documents import claims_from_data
    from claimlogic.claims.notation import parse_json, parse_yaml

    whole = text.removeprefix("\ufeff")  # with its blank lines, which the parsers count
    return claims_from_data(parse_json(whole) if start[0] in "{[" else parse_yaml(whole), allowed)


def read_text(source: str | Path) -> str:
    """The text of a file, or of standard input where ``source`` is ``-``. Raises InputError, without the file."""
    return _text(_content(source))


def _content(source: str | Path) -> bytes:
    try:
        if str(source) == "-":
            content = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            with Path(source).open("rb") as file:
                content = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise InputError("there is no such file") from None
    except IsADirectoryError:
        raise InputError("this is a folder: name the file in it") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "the name cannot be used"
        raise InputError(f"cannot be read: {reason}") from None
    if len(content) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES // 1024 // 1024} MB: split it, or screen it in bulk")
    return content


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("written in UTF-16: save it as UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if content.lstrip(b" \t\r\n").startswith(b"ISA"):
            # X12 is often written in Latin-1. Only names can hold such letters, and names are not read.
            return content.decode("latin-1")
        line = content.count(b"\n", 0, error.start) + 1
        raise InputError("not written in UTF-8: save it as UTF-8", f"line {line}") from None
