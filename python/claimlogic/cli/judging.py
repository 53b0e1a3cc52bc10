"""``check`` and ``why``: read claims, judge them, print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from claimlogic.cli.common import FOUND, UNKNOWN, one_of, short_wordings
from claimlogic.errors import InputError
from claimlogic.knowledge_base import KnowledgeBase, Options
from claimlogic.results import ClaimResult

_STATUS = {"denied": FOUND, "unknown": UNKNOWN}


def check_claims(
    files: Sequence[str],
    format: str,
    trust: str | None,
    strict_dates: bool,
    directory: Path | None,
    facts: Path | None,
    tables: Path | None = None,
) -> int:
    """Print the answer on every claim of every file; the exit status tells the worst. Raises InputError."""
    one_of(format, ("text", "json", "markdown"))
    kb = KnowledgeBase(directory, facts, tables)
    options = Options(trust, strict_dates)
    claims = [claim for file in files for claim in kb.read(file)]
    results = list(kb.check_all(claims, options))
    if format == "json":
        from claimlogic.reports.check_json import check_json

        for result in results:
            print(check_json(result))
    elif format == "markdown":
        from claimlogic.reports.check_markdown import check_markdown

        print(check_markdown(results, short_wordings(kb.store, _codes(results))))
    else:
        from claimlogic.reports.check_text import print_check

        print_check(results, short_wordings(kb.store, _codes(results)))
    return exit_status(result.verdict for result in results)


def explain_claims(
    file: str,
    claim_id: str | None,
    line: int | None,
    format: str,
    depth: int | None,
    trust: str | None,
    strict_dates: bool,
    directory: Path | None,
    facts: Path | None,
    tables: Path | None = None,
) -> int:
    """Print the proof for every claim of a file; the exit status tells the worst verdict. Raises InputError."""
    one_of(format, ("text", "json", "html", "markdown"))
    from claimlogic.reports import proofs

    kb = KnowledgeBase(directory, facts, tables)
    options = Options(trust, strict_dates)
    claims = kb.read(file)
    if claim_id is not None:
        claims = [claim for claim in claims if claim.id == claim_id]
        if not claims:
            raise InputError(f"the file holds no claim {claim_id}", "--claim")
    if format == "html" and len(claims) > 1:
        raise InputError(f"a page shows one claim and the file holds {len(claims)}; choose one with --claim ID", file)
    knowledge = replace(kb.knowledge, store=kb.store)
    verdicts: list[str] = []
    for claim in claims:
        proof = kb.why(claim, line, options)
        verdicts.extend(str(root.arguments[2]) for root in proof.roots)
        print(proofs.render(proof, knowledge, format, depth))
    return exit_status(verdicts)


def exit_status(verdicts: Iterable[str]) -> int:
    """1 where something is denied, else 4 where something is unknown, else 0."""
    found = set(verdicts)
    return next((status for verdict, status in _STATUS.items() if verdict in found), 0)


def _codes(results: Sequence[ClaimResult]) -> set[str]:
    return {line.code for result in results for line in result.lines}
