"""What several commands check before they begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic.cli.common import check_page, check_time_limit, one_of, write_page
from claimlogic.errors import InputError


@pytest.mark.parametrize("seconds", [None, 0, 0.5, 3600])
def test_a_time_limit_is_a_number_of_seconds_or_none(seconds: float | None) -> None:
    check_time_limit(seconds)


@pytest.mark.parametrize("seconds", [-1, float("-inf"), float("nan")])
def test_other_time_limits_are_refused(seconds: float) -> None:
    with pytest.raises(InputError, match=r"^--time-limit: give a number of seconds from 0 on$"):
        check_time_limit(seconds)


def test_a_format_is_one_of_those_that_the_command_prints() -> None:
    one_of("json", ("text", "json"))
    with pytest.raises(InputError, match=r"^--format: no format html; choose one of text, json$"):
        one_of("html", ("text", "json"))


def test_a_page_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    check_page(None)
    check_page(tmp_path / "page.html")
    write_page(tmp_path / "page.html", "<p>é")
    assert (tmp_path / "page.html").read_bytes() == "<p>é".encode()


def test_a_page_that_could_not_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no folder for this file; make it first"):
        check_page(tmp_path / "none" / "page.html")
    with pytest.raises(InputError, match="this is a folder: name a file in it"):
        check_page(tmp_path)


def test_a_page_that_cannot_be_written_is_told_as_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"this file cannot be written \(No such file or directory\)"):
        write_page(tmp_path / "none" / "page.html", "")
