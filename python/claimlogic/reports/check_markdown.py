"""The answer on claims as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from claimlogic.reports.check_notes import LAST_LINE, cited, denial, message, notes
from claimlogic.reports.markdown import code, escaped
from claimlogic.reports.words import SIGNS
from claimlogic.results import ClaimResult, Finding, LineResult


def check_markdown(results: Sequence[ClaimResult], shorts: Mapping[str, str]) -> str:
    """The answers as Markdown. ``shorts`` gives codes a wording of our own."""
    blocks = [block for result in results for block in _claim(result, shorts)]
    return "\n\n".join([*blocks, LAST_LINE])


def _claim(result: ClaimResult, shorts: Mapping[str, str]) -> list[str]:
    table = ["| line | code | what | verdict |", "|---|---|---|---|"]
    table += [
        f"| {line.line} | {escaped(line.code)} | {escaped(shorts.get(line.code, ''))} | {_verdict(line.verdict)} |"
        for line in result.lines
    ]
    blocks = [f"## {escaped(result.claim)}: {_verdict(result.verdict)}", "\n".join(table)]
    blocks += [_findings(line) for line in result.lines if line.findings]
    told = notes(result)
    if told:
        blocks += ["### Notes", "\n".join(f"- {escaped(note)}" for note in told)]
    return [*blocks, f"Knowledge base {code(result.version[:12])}"]


def _verdict(verdict: str) -> str:
    return f"{SIGNS.get(verdict, '')} {verdict}".strip()


def _findings(line: LineResult) -> str:
    items = [_finding(finding, line.line) for finding in line.findings]
    return "\n".join([f"### Line {line.line}: {escaped(line.code)}, {line.verdict}", "", *items])


def _finding(finding: Finding, line: int) -> str:
    severity = "waived" if finding.waived_by else finding.severity
    parts = [denial(finding.denial), *(cited(citation) for citation in finding.citations)]
    told = [code(finding.rule), *(escaped(part) for part in parts if part)]
    if finding.waived_by:
        told.append(f"{finding.severity}, waived by {code(finding.waived_by)}")
    return f"- **{severity}**: {escaped(message(finding, line))} ({'; '.join(told)})"
