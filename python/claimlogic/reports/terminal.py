"""Where a text report goes: a terminal in its own width and colours, or a pipe, plain and 100 columns wide."""

from __future__ import annotations

import os
import shutil
import sys
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 100


def width_and_colour() -> tuple[int, bool]:
    """The columns of standard output, and whether it takes colour: a terminal, and NO_COLOR is not set."""
    terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size((WIDTH, 0)).columns if terminal else WIDTH
    return width, terminal and not os.environ.get("NO_COLOR")


def console_into(written: StringIO, width: int, colour: bool) -> Console:
    """A console that writes into ``written`` and takes nothing from the environment."""
    from rich.console import Console

    return Console(
        file=written,
        width=max(width, 40),
        force_terminal=colour,
        no_color=not colour,
        color_system="standard" if colour else None,
        highlight=False,
        markup=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
