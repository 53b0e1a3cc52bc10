"""The text of a rule file, and what is said of a file that has none."""

from __future__ import annotations

from pathlib import Path

from claimlogic.errors import InputError


def read_rule_text(path: Path, file: str) -> str:
    """The text of a file with the line ends of Unix; ``file`` is what a fault calls it.

    Raises InputError, with the line where there is one, for a file that cannot be read or is not text.
    """
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise InputError(f"this file cannot be read ({fault.strerror})", file) from None
    return decoded(content, file).replace("\r\n", "\n").replace("\r", "\n")


def decoded(content: bytes, file: str) -> str:
    """The text that these bytes are, as it stands. Raises InputError, with the line, where they are not UTF-8."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as fault:
        line = content.count(b"\n", 0, fault.start) + 1
        raise InputError("this is not UTF-8 text; save the file as UTF-8", f"{file}:{line}") from None
