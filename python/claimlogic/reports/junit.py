"""A JUnit file: the cases of a run, and what failed in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement, indent, tostring


@dataclass(frozen=True, slots=True)
class JUnitCase:
    """One case: the group it belongs to, its name, and what failed, a sentence a line (none: it passed)."""

    group: str
    name: str
    failures: tuple[str, ...]


def junit(suite: str, cases: Sequence[JUnitCase]) -> str:
    """The cases as one test suite, in XML."""
    failed = sum(1 for case in cases if case.failures)
    root = Element("testsuites")
    own = SubElement(root, "testsuite", name=suite, tests=str(len(cases)), failures=str(failed), errors="0")
    for case in cases:
        told = SubElement(own, "testcase", classname=case.group, name=case.name)
        if case.failures:
            SubElement(told, "failure", message=case.failures[0]).text = "\n".join(case.failures)
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode")
