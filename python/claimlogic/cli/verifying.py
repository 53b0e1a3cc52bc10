"""``kb witness`` and ``kb verify``: what holds of all claims up to a bound, and the smallest one of which it does not.

Exit status: 0 none found within the bound, 1 a claim found, 2 bad input, 3 the time ran out before the bound.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from claimlogic.cli.common import FOUND, LIMIT_HIT, one_of


def witness_command(
    base: str,
    draft: str | None,
    lines: int,
    codes: int,
    seconds: float,
    format: str,
    published: Path | None,
    directory: Path | None,
) -> int:
    """Print a smallest claim on which two versions differ, rule by rule, or that there is none. Raises InputError."""
    from claimlogic.analyst.impact.versions import opened_version
    from claimlogic.analyst.publishing.place import publish_folder
    from claimlogic.analyst.witness.domains import Bound
    from claimlogic.analyst.witness.witness import compare

    one_of(format, ("text", "json"))
    folder = publish_folder(published, directory)
    with opened_version(base, directory, folder) as before, opened_version(draft, directory, folder) as after:
        found = compare(before, after, Bound(lines=lines, codes=codes), seconds)
        names = before.name, after.name
    if format == "json":
        from claimlogic.reports.witness_json import witness_json

        print(witness_json(found, *names))
    else:
        from claimlogic.reports.witness_text import witness_text

        print(witness_text(found, *names))
    if found.witnesses:
        return FOUND
    return 0 if found.finished else LIMIT_HIT


def verify_command(
    names: Sequence[str], properties: Path | None, seconds: float, format: str, directory: Path | None
) -> int:
    """Print how the properties come out, all of them or those of these names. Raises InputError."""
    from claimlogic.analyst.verifying.properties import default_properties, read_properties
    from claimlogic.analyst.verifying.verify import Verifier
    from claimlogic.knowledge.load import load_knowledge

    one_of(format, ("text", "json"))
    wanted = read_properties(properties or default_properties(), tuple(names))
    verifier = Verifier(load_knowledge(directory))
    broken = unfinished = False
    for one in wanted:
        outcome = verifier.outcome(one, seconds)
        if format == "json":
            from claimlogic.reports.verify_json import verify_json

            told = verify_json(outcome)
        else:
            from claimlogic.reports.verify_text import verify_text

            told = verify_text([outcome])
        print(told, flush=True)  # The next one may take a while.
        broken = broken or outcome.counterexample is not None or bool(outcome.codes)
        unfinished = unfinished or not outcome.finished
    if broken:
        return FOUND
    return LIMIT_HIT if unfinished else 0
