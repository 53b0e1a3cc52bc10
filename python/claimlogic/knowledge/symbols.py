"""Clingo's symbols as terms."""

from __future__ import annotations

import clingo

from claimlogic.errors import InputError
from claimlogic.terms import OPEN_END, Term, text


def symbol_term(symbol: clingo.Symbol, place: str = "") -> Term:
    """A clingo symbol as a term. Raises InputError for functions, tuples and ``#inf``."""
    if symbol.type == clingo.SymbolType.Number:
        return symbol.number
    if symbol.type == clingo.SymbolType.String:
        return text(symbol.string)
    if symbol.type == clingo.SymbolType.Supremum:
        return OPEN_END
    if symbol.type == clingo.SymbolType.Function and not symbol.arguments and symbol.name and symbol.positive:
        return symbol.name
    raise InputError(f"{symbol} is not a number, a word or a text", place)
