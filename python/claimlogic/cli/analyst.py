"""``kb lint``, ``fmt``, ``test``, ``cover`` and ``mutate``: for those who edit the rules.

Exit status: 0 nothing found, 1 something found, 2 bad input.
"""

from __future__ import annotations

from pathlib import Path

from claimlogic.cli.common import BAD_INPUT, FOUND, one_of
from claimlogic.errors import InputError
from claimlogic.knowledge.load import default_directory


def lint_command(directory: Path | None, format: str) -> int:
    """Print what is wrong in the rule text of a knowledge base: text, json, sarif or junit. Raises InputError."""
    from claimlogic.analyst.linting.registry import CHECKS, lint

    one_of(format, ("text", "json", "sarif", "junit"))
    findings = lint(directory or default_directory())
    if format == "json":
        from claimlogic.reports.lint_json import lint_json

        told = lint_json(findings)
    elif format == "sarif":
        from claimlogic.reports.lint_sarif import lint_sarif

        told = lint_sarif(findings, CHECKS.values())
    elif format == "junit":
        from claimlogic.reports.lint_junit import lint_junit

        told = lint_junit(findings, CHECKS.values())
    else:
        from claimlogic.reports.lint_text import lint_text

        told = lint_text(findings)
    if told:
        print(told)
    return FOUND if findings else 0


def explain_command(check: str) -> int:
    """Print the page of a check. Raises InputError for a check that there is not."""
    from claimlogic.analyst.linting.pages import page

    print(page(check), end="")
    return 0


def test_command(directory: Path | None, watch: bool, format: str) -> int:
    """Run every rule test and scenario of a knowledge base, with ``watch`` again after each change until stopped."""
    from claimlogic.analyst.testing import changes

    one_of(format, ("text", "json", "junit"))
    folder = directory or default_directory()
    status = _test_once(folder, format, watch)
    if watch:
        try:
            for _ in changes(folder):
                status = _test_once(folder, format, watch)
        except KeyboardInterrupt:
            pass
    return status


def _test_once(folder: Path, format: str, watch: bool) -> int:
    from claimlogic.analyst.testing import run_tests
    from claimlogic.reports.lint_tests import tests_json, tests_junit, tests_text

    try:
        report = run_tests(folder)
    except InputError as fault:
        if not watch:
            raise
        print(fault, flush=True)  # Half-written rules are what watching is for.
        return BAD_INPUT
    told = {"json": tests_json, "junit": tests_junit}.get(format, tests_text)
    print(told(report), flush=True)
    return FOUND if report.failures else 0


def cover_command(directory: Path | None, format: str, minimum: float | None, rule: str | None = None) -> int:
    """Print what the tests see of the rules; 1 where any of the three percentages is below ``minimum``.

    Of one ``rule`` the text names the tests as well.
    """
    from claimlogic.analyst.coverage import cover
    from claimlogic.reports.lint_cover import cover_json, cover_text

    one_of(format, ("text", "json"))
    named = rule is not None
    report = cover(directory or default_directory(), rule, every=named or format == "json")
    print(cover_json(report) if format == "json" else cover_text(report, named))
    return FOUND if minimum is not None and min(report.fired, report.decided, report.conditions) < minimum else 0


def mutate_command(
    directory: Path | None,
    rule: str | None,
    format: str,
    minimum: float | None,
    sample: int | None = None,
    seconds: float | None = None,
) -> int:
    """Print the changes of rules that no test notices; 1 where there are any, or more than ``minimum`` allows.

    For ``seconds`` each of them is looked at whether a claim tells it apart (None: as long as is usual).
    """
    from claimlogic.analyst.mutation import SECONDS, mutate
    from claimlogic.reports.lint_mutation import mutation_json, mutation_junit, mutation_text

    one_of(format, ("text", "json", "junit"))
    report = mutate(directory or default_directory(), rule, sample, SECONDS if seconds is None else seconds)
    told = {"json": mutation_json, "junit": mutation_junit}.get(format, mutation_text)
    print(told(report))
    return FOUND if report.score < (100.0 if minimum is None else minimum) else 0


def fmt_command(directory: Path | None, check: bool) -> int:
    """Bring the rule text of a knowledge base into its one layout, or with ``check`` only tell where it is not."""
    from claimlogic.analyst.formatting import unformatted

    folder = directory or default_directory()
    if not folder.exists():
        raise InputError("there is no such file or folder", str(folder))
    changed = unformatted(folder)
    for file in changed:
        if not check:
            file.path.write_bytes(file.text.encode("utf-8"))
        print(f"{file.path}: {'is not formatted; run kb fmt' if check else 'formatted'}")
    return FOUND if check and changed else 0
