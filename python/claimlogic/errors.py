"""Faults that a person can mend: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(Exception):
    """Something given to claimlogic cannot be used as it is. The command line ends with status 2.

    ``problem`` says what is wrong and what to do, ``place`` where (file, then line, segment or field). Neither holds
    anything of a patient.
    """

    def __init__(self, problem: str, place: str = "") -> None:
        self.problem = problem
        self.place = place
        super().__init__(f"{place}: {problem}" if place else problem)


def did_you_mean(written: str, known: Iterable[str], otherwise: str, most: int = 1) -> str:
    """The known names nearest to what is written, ``most`` of them, as a question; ``otherwise`` where none is near.

    What is written is not repeated: it may be content.
    """
    near = get_close_matches(written, list(known), n=most, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else otherwise
