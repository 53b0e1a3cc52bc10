"""Faults that a person can mend: what is wrong, where, and what to do."""

from __future__ import annotations


class InputError(Exception):
    """Something given to claimlogic cannot be used as it is. The command line ends with status 2.

    ``problem`` says what is wrong and what to do, ``place`` where (file, then line, segment or field). Neither holds
    anything of a patient.
    """

    def __init__(self, problem: str, place: str = "") -> None:
        self.problem = problem
        self.place = place
        super().__init__(f"{place}: {problem}" if place else problem)
