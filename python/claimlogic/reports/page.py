"""The frame of an HTML page that needs nothing else: no script, no style sheet, no request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

# Nothing is loaded, and what stands in a page cannot make it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_LIGHT = {"ink": "#1b1b1b", "soft": "#595959", "rule": "#c8c8c8", "paper": "#fff"}
_DARK = {"ink": "#ececec", "soft": "#b0b0b0", "rule": "#4a4a4a", "paper": "#161616"}


def page(title: str, style: str, main: Iterable[str], footer: str) -> str:
    """A page in light or dark, as the reader has it; ``main`` and ``footer`` are HTML, ``title`` is text."""
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            "<body>",
            "<main>",
            *main,
            "</main>",
            f"<footer>{footer}</footer>",
            "</body>",
            "</html>",
        ]
    )


def style(width: int, colours: Mapping[str, tuple[str, str]], rules: str) -> str:
    """The style of a page of at most ``width`` rem: its own colours, light and dark by name, and its own rules.

    Every page has the colours ``ink``, ``soft``, ``rule`` and ``paper``.
    """
    light = f"{_named(_LIGHT)}\n  {_named({name: pair[0] for name, pair in colours.items()})}"
    dark = f"{_named(_DARK)}\n  {_named({name: pair[1] for name, pair in colours.items()})}"
    return f"""
:root {{ color-scheme: light dark; {light} }}
@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}
body {{ margin: 0 auto; max-width: {width}rem; padding: 1rem 1.25rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }}
{rules.strip()}
"""


def _named(colours: Mapping[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in colours.items())
