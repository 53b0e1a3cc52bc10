"""Text made safe for Markdown."""

from __future__ import annotations

import re


def escaped(text: str) -> str:
    """The text with everything escaped that Markdown would take for its own."""
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """The text as code."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def sentence_case(text: str) -> str:
    """The text with a capital first letter."""
    return text[:1].upper() + text[1:]
