"""What lint found as JUnit XML: one test case a check, failed where it found something."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from claimlogic.analyst.linting.model import Check, Finding


def lint_junit(findings: Sequence[Finding], checks: Iterable[Check]) -> str:
    """The findings as one test suite."""
    every = tuple(checks)
    failed = {f.check for f in findings}
    suite = Element("testsuite", name="kb lint", tests=str(len(every)), failures=str(len(failed)), errors="0")
    for check in every:
        case = SubElement(suite, "testcase", classname=check.group, name=check.id)
        own = [f for f in findings if f.check == check.id]
        if own:
            failure = SubElement(case, "failure", message=f"{check.title}: {len(own)} found")
            failure.text = "\n".join(f"{f.file}:{f.line}: {f.sentence}; {f.remedy}" for f in own)
    root = Element("testsuites")
    root.append(suite)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")
