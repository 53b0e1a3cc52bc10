"""``kb diff``: what an edit of the rules does to claims.

Exit status: 0 no verdict changes, 1 some verdict changes, 2 bad input.
"""

from __future__ import annotations

from pathlib import Path

from claimlogic.cli.common import one_of
from claimlogic.errors import InputError


def diff_command(
    base: str,
    draft: str | None,
    claims: Path | None,
    format: str,
    html: Path | None,
    published: Path | None,
    directory: Path | None,
    tables: Path | None,
) -> int:
    """Print what the draft changes, and write it as a page where ``html`` names one. Raises InputError."""
    from claimlogic.analyst.impact.diff import compare
    from claimlogic.analyst.impact.versions import opened_version
    from claimlogic.analyst.publishing.place import publish_folder

    one_of(format, ("text", "json"))
    if html is not None and not html.parent.is_dir():
        raise InputError("there is no such folder for the page", str(html.parent))
    folder = publish_folder(published, directory)
    with opened_version(base, directory, folder) as before, opened_version(draft, directory, folder) as after:
        found = compare(before, after, claims, tables)
    if format == "json":
        from claimlogic.reports.diff_json import diff_json

        print(diff_json(found))
    else:
        from claimlogic.reports.diff_text import diff_text

        print(diff_text(found))
    if html is not None:
        from claimlogic.reports.diff_html import diff_html

        try:
            html.write_text(diff_html(found), encoding="utf-8")
        except OSError as fault:
            raise InputError(f"this file cannot be written ({fault.strerror})", str(html)) from None
    return 1 if found.verdicts_changed else 0
