"""Charts as inline SVG: bars beside their words, one bar divided, columns over time. Colour never tells alone.

Every text is escaped here. A chart has a title and a description for those who do not see it; the figures stand in a
table beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

_ROW, _BAR, _WORDS, _WIDTH = 26, 16, 330, 820
_LEAST = 1.5  # A bar that is not nothing is to be seen.


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its words, its length, the class that colours it."""

    words: str
    count: int
    kind: str


def bars(title: str, rows: Sequence[Bar]) -> str:
    """Bars under each other, the longest first as they are given, each with its words and its count."""
    most = max((row.count for row in rows), default=1) or 1
    room = _WIDTH - _WORDS - 90
    told = []
    for place, row in enumerate(rows):
        top = place * _ROW
        length = max(_LEAST, room * row.count / most) if row.count else 0
        told.append(
            f'<text x="{_WORDS - 8}" y="{top + 15}" text-anchor="end">{escape(_cut(row.words))}</text>'
            f'<rect class="{escape(row.kind)}" x="{_WORDS}" y="{top + 3}" width="{length:.1f}" height="{_BAR}"/>'
            f'<text class="count" x="{_WORDS + length + 6:.1f}" y="{top + 15}">{row.count:,}</text>'
        )
    described = "; ".join(f"{row.words} {row.count:,}" for row in rows)
    return _svg(title, described, _WIDTH, max(1, len(rows)) * _ROW, told)


def divided(title: str, parts: Mapping[str, int]) -> str:
    """One bar divided by its parts, whose names are the classes that colour them; with a key."""
    whole = sum(parts.values()) or 1
    told, x, key = [], 0.0, 0.0
    for name, count in parts.items():
        width = _WIDTH * count / whole
        told.append(f'<rect class="{escape(name)}" x="{x:.1f}" y="0" width="{width:.1f}" height="28"/>')
        words = f"{name} {count:,} ({count / whole:.1%})"
        told.append(
            f'<rect class="{escape(name)}" x="{key:.0f}" y="40" width="12" height="12"/>'
            f'<text x="{key + 17:.0f}" y="51">{escape(words)}</text>'
        )
        x += width
        key += 32 + 7.2 * len(words)
    return _svg(title, _counted(parts), _WIDTH, 60, told)


def columns(title: str, months: Mapping[str, Mapping[str, int]]) -> str:
    """A column for each month, divided by its parts; each column is as high as its share of the fullest month."""
    most = max((sum(parts.values()) for parts in months.values()), default=1) or 1
    step = _WIDTH / max(1, len(months))
    told = []
    for place, (month, parts) in enumerate(months.items()):
        x, y = place * step, 150.0
        for name, count in parts.items():
            height = 140 * count / most
            y -= height
            told.append(
                f'<rect class="{escape(name)}" x="{x + 2:.1f}" y="{y:.1f}" width="{max(1, step - 4):.1f}" '
                f'height="{height:.1f}"/>'
            )
        # Where months stand close, not each of them has room for its name.
        if place % max(1, round(60 / step)) == 0:
            told.append(f'<text x="{x + 2:.1f}" y="166">{escape(month)}</text>')
    described = "; ".join(f"{month}: {_counted(parts)}" for month, parts in months.items())
    return _svg(title, described, _WIDTH, 172, told)


def _counted(parts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in parts.items())


def _svg(title: str, described: str, width: int, height: int, told: Sequence[str]) -> str:
    return (
        f'<svg role="img" viewBox="0 0 {width} {height}" width="100%" xmlns="http://www.w3.org/2000/svg">'
        f"<title>{escape(title)}</title><desc>{escape(described)}</desc>{''.join(told)}</svg>"
    )


def _cut(words: str, most: int = 46) -> str:
    return words if len(words) <= most else words[: most - 1] + "\u2026"
