"""Rule files read as text, and what is said of those that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from claimlogic.errors import InputError
from claimlogic.knowledge.rule_text import decoded, read_rule_text


def test_line_ends_of_any_kind_are_those_of_unix(tmp_path: Path) -> None:
    (tmp_path / "x.lp").write_bytes('a(1).\r\nb(2).\rc("é").\n'.encode())
    assert read_rule_text(tmp_path / "x.lp", "x.lp") == 'a(1).\nb(2).\nc("é").\n'


def test_what_is_decoded_stays_as_it_stands() -> None:
    assert decoded(b"a(1).\r\n", "x.lp") == "a(1).\r\n"


def test_bytes_that_are_no_text_are_told_with_their_line() -> None:
    with pytest.raises(InputError, match=r"^payers/x.lp:3: this is not UTF-8 text; save the file as UTF-8$"):
        decoded(b"a(1).\nb(1).\nc(\xe9).\n", "payers/x.lp")


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"^x.lp: this file cannot be read \(No such file or directory\)$"):
        read_rule_text(tmp_path / "x.lp", "x.lp")
    with pytest.raises(InputError, match="Is a directory"):
        read_rule_text(tmp_path, "x.lp")
