"""What was published, refused or rolled back, and the log, as text and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from claimlogic.analyst.publishing.publish import Published, Refused
from claimlogic.analyst.publishing.read import Entry
from claimlogic.reports.diff_words import KIND_WORDS, summary
from claimlogic.reports.lint_text import lint_text
from claimlogic.reports.words import counted

_WIDTH = 100
_NAMES = {"rule_files": "rule file", "tables": "table", "scenarios": "scenario", "tests": "test"}


def published_text(published: Published) -> str:
    """What was published, and in short what it changes."""
    entry = published.entry
    if not published.new:
        return f"{entry.bundle} is current already; nothing is published"
    lines = [f"published {entry.bundle}", f"  knowledge base {entry.kb_version}", f"  {_contents(entry.counts)}"]
    if published.impact is None:
        lines.append("  the first that is published here, so there is nothing to compare it with")
    else:
        lines.append(f"  against {published.impact.base}, which was current:")
        for words in summary(published.impact):
            lines += textwrap.wrap(words, _WIDTH, initial_indent="    ", subsequent_indent="    ")
        lines.append(f"  kb diff {published.impact.base} tells more")
    return "\n".join(lines)


def refused_text(refused: Refused) -> str:
    """Why nothing was published."""
    lines = ["not published"]
    if refused.lint:
        lines += ["", lint_text(refused.lint)]
    if refused.failures:
        lines.append("")
        for failure in refused.failures:
            lines.append(failure.case)
            lines.extend(f"  {words}" for words in failure.differences)
        lines.append(f"{counted(len(refused.failures), 'test')} failed")
    return "\n".join(lines)


def published_json(published: Published | Refused) -> str:
    """Either as one JSON object on one line."""
    if isinstance(published, Refused):
        document: dict[str, object] = {
            "published": None,
            "lint": [asdict(finding) for finding in published.lint],
            "tests": [asdict(failure) for failure in published.failures],
        }
    else:
        document = {"published": published.entry.bundle, "new": published.new, "entry": asdict(published.entry)}
    return json.dumps(document, ensure_ascii=False, sort_keys=True)


def log_text(log: Sequence[Entry]) -> str:
    """The log, the newest entry first; the first is current."""
    if not log:
        return "nothing is published here yet"
    lines: list[str] = []
    for entry in reversed(log):
        current = "  (current)" if entry is log[-1] else ""
        lines.append(f"{entry.bundle[:12]}  {entry.date}  {entry.action}{current}")
        lines.append(f"    knowledge base {entry.kb_version[:12]}; {_contents(entry.counts)}")
        if entry.changed:
            told = ", ".join(
                f"{KIND_WORDS[kind]} {entry.changed[kind]:,}" for kind in KIND_WORDS if kind in entry.changed
            )
            lines.append(f"    against {entry.before[:12]}, lines: {told}")
        lines += textwrap.wrap(entry.message, _WIDTH, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def log_json(log: Sequence[Entry]) -> str:
    """The log, the newest entry first: one JSON object a line."""
    documents = ({**asdict(entry), "current": entry is log[-1]} for entry in reversed(log))
    return "\n".join(json.dumps(document, ensure_ascii=False, sort_keys=True) for document in documents)


def _contents(counts: Mapping[str, int]) -> str:
    return ", ".join(counted(counts.get(name, 0), noun) for name, noun in _NAMES.items())
