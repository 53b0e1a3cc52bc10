"""``kb diff``: what an edit of the rules does to claims.

Exit status: 0 no verdict changes, 1 some verdict changes, 2 bad input.
"""

from __future__ import annotations

from pathlib import Path

from claimlogic.cli.common import FOUND, check_page, one_of, write_page


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
    check_page(html)
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

        write_page(html, diff_html(found))
    return FOUND if found.verdicts_changed else 0
