"""Something to mend in a draft, as the child tells it."""

from __future__ import annotations

from dataclasses import dataclass

from claimlogic.errors import InputError


@dataclass(frozen=True, slots=True)
class Remark:
    """Where, what, what to do, and the lint check that found it (blank for none)."""

    file: str
    line: int
    problem: str
    remedy: str
    check: str = ""


def remark_of(fault: InputError) -> Remark:
    """A fault in parts: its place ends with a line where there is one, and its problem with a remedy."""
    file, _, line = fault.place.rpartition(":")
    problem, _, remedy = fault.problem.partition("; ")
    remedy = remedy or "say it with facts and plain rules"
    return Remark(file, int(line), problem, remedy) if line.isdigit() else Remark(fault.place, 1, problem, remedy)
