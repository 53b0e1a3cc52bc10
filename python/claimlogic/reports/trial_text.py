"""What came of trying a draft, for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from claimlogic.analyst.isolation.remark import Remark
from claimlogic.analyst.isolation.trial import Trial, TriedClaim, TriedLine

_STOPPED = {
    "cpu": "it took too much processor time",
    "time": "it took too long",
    "memory": "it took too much memory",
    "output": "it said too much",
    "crash": "it fell over",
}


def stopped_text(limit: str) -> str:
    """Why a draft gave no answer; ``limit`` as in ``LimitHit``."""
    return f"the draft was stopped: {_STOPPED[limit]}; nothing is known of its verdicts. Make its rules smaller"


def trial_text(trial: Trial) -> str:
    """What is wrong with the draft; else what lint found in it and what it changes on the claims."""
    if trial.refused:
        lines = [*_remarks(trial.refused), "refused: the draft was not run"]
        return "\n".join(lines)
    lines = list(_remarks(trial.remarks))
    for claim in trial.claims:
        lines += _claim(claim)
    changed, judged = len(trial.changed), len(trial.claims)
    found = f"{len(trial.remarks)} found by lint" if trial.remarks else "nothing found by lint"
    lines.append(f"{found}; {changed} of {judged} claims changed" if judged else found)
    lines.append(f"draft {trial.version[:12]}")
    return "\n".join(lines)


def _remarks(remarks: Sequence[Remark]) -> Iterator[str]:
    for file, group in groupby(remarks, key=lambda r: r.file):
        yield file
        for remark in group:
            yield f"  {remark.line}: {remark.problem}"
            check = f"  [{remark.check}]" if remark.check else ""
            if remark.remedy or check:
                yield f"      {remark.remedy}{check}"


def _claim(claim: TriedClaim) -> Iterator[str]:
    yield claim.claim
    for line in claim.lines:
        became = line.after if line.after == line.before else f"{line.before} -> {line.after}"
        yield f"  {line.line:>2}  {line.code}  {became}"
        if line.after != line.before:
            yield from _reasons(line)


def _reasons(line: TriedLine) -> Iterator[str]:
    for said in line.says:
        if said.waived_by:
            yield f"      {said.rule} is waived by {said.waived_by}"
        elif said.severity != "advise":
            yield f"      {said.rule}: {said.message}"
