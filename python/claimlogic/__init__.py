"""claimlogic: how medical procedure codes relate, as rules that a person can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from claimlogic.errors import InputError
    from claimlogic.knowledge_base import KnowledgeBase, Options

__all__ = ["InputError", "KnowledgeBase", "Options"]

_HOMES = {"InputError": "errors", "KnowledgeBase": "knowledge_base", "Options": "knowledge_base"}


def __getattr__(name: str) -> Any:
    """Import what is asked for only then: the command line needs little of the whole."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f"claimlogic.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'claimlogic' has no attribute {name!r}")
