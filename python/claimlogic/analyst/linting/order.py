"""Whether a rule's comparisons can hold together: a small decision procedure over differences."""

from __future__ import annotations

from collections.abc import Sequence

from claimlogic.knowledge.rules import BodyItem, Comparison, Expression, Operation, Variable, written

_ZERO = "0"
_Bounds = dict[tuple[str, str], int]


def contradiction(body: Sequence[BodyItem]) -> str:
    """Why the comparisons of a body cannot all hold, blank where they may.

    Sides are read as a variable or a number, plus or minus a number; others are left out. ``x - y <= n`` for all of
    them is a graph, and they contradict where a cycle sums up to less than nothing.
    """
    comparisons = [item for item in body if isinstance(item, Comparison)]
    bounds: _Bounds = {}
    for item in comparisons:
        _note(item, bounds)
    names = sorted({name for pair in bounds for name in pair})
    for k in names:
        for i in names:
            for j in names:
                if (i, k) in bounds and (k, j) in bounds:
                    _tighten(bounds, i, j, bounds[i, k] + bounds[k, j])
    told = " and ".join(written(item) for item in comparisons)
    if any(bounds.get((name, name), 0) < 0 for name in names):
        return f"{told} contradict each other" if len(comparisons) > 1 else f"{told} never holds"
    for item in comparisons:
        if item.operator == "!=" and _forced_equal(item, bounds):
            return f"{told} contradict each other" if len(comparisons) > 1 else f"{told} never holds"
    return _two_words(comparisons)


def _note(item: Comparison, bounds: _Bounds) -> None:
    left, right = _linear(item.left), _linear(item.right)
    if left is None or right is None:
        return
    (x, a), (y, b) = left, right
    if item.operator in ("<=", "=", "<"):
        _tighten(bounds, x, y, b - a - (item.operator == "<"))
    if item.operator in (">=", "=", ">"):
        _tighten(bounds, y, x, a - b - (item.operator == ">"))


def _tighten(bounds: _Bounds, x: str, y: str, n: int) -> None:
    bounds[x, y] = min(n, bounds.get((x, y), n))


def _forced_equal(item: Comparison, bounds: _Bounds) -> bool:
    left, right = _linear(item.left), _linear(item.right)
    if left is None or right is None:
        return False
    (x, a), (y, b) = left, right
    if x == y:
        return a == b
    return bounds.get((x, y), b - a + 1) <= b - a and bounds.get((y, x), a - b + 1) <= a - b


def _linear(side: Expression) -> tuple[str, int] | None:
    """A side as variable and number; ``0`` stands for no variable. Words and texts are not ordered here."""
    if isinstance(side, int):
        return _ZERO, side
    if isinstance(side, Variable):
        return side.name, 0
    if isinstance(side, Operation) and side.operator in "+-" and isinstance(side.right, int):
        inner = _linear(side.left)
        return inner and (inner[0], inner[1] + (side.right if side.operator == "+" else -side.right))
    if isinstance(side, Operation) and side.operator == "+" and isinstance(side.left, int):
        inner = _linear(side.right)
        return inner and (inner[0], inner[1] + side.left)
    return None


def _two_words(comparisons: Sequence[Comparison]) -> str:
    """A variable that would be two words at once, or a word compared with another."""
    values: dict[str, set[str]] = {}
    for item in comparisons:
        sides = (item.left, item.right)
        constants = [s for s in sides if isinstance(s, str)]
        if len(constants) == 2 and (item.operator == "=") != (constants[0] == constants[1]):
            return f"{written(item)} never holds"
        variables = [s.name for s in sides if isinstance(s, Variable)]
        if item.operator == "=" and len(constants) == 1 and variables:
            values.setdefault(variables[0], set()).add(constants[0])
    for name, words in values.items():
        if len(words) > 1:
            return f"{name} would be {' and '.join(sorted(words))} at once"
    return ""
