"""Where the files are that come with claimlogic: inside the package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def shipped(*parts: str) -> Path:
    """The file or folder with this path, such as ``shipped("queries", "ask")``."""
    inside = PACKAGE.joinpath(*parts)
    return inside if inside.exists() else PACKAGE.parent.parent.joinpath(*parts)
