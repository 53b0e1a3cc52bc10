"""The frame that every HTML page has."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from claimlogic.reports import diff_html, proof_html, screen_html
from claimlogic.reports.page import page, style

LINE = style(60, {"focus": ("#0b5394", "#8ec5ff")}, "h1 { color: var(--focus); }")


class Tags(HTMLParser):
    """The tags of a page with their attributes, and those that were not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attributes)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_a_page_loads_nothing_and_says_so() -> None:
    tags = Tags(page("Claim a", LINE, ["<h1>Claim a</h1>"], "<p>b</p>"))
    assert not tags.open
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in tags.found}
    policy = next(given["content"] for tag, given in tags.found if given.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_a_title_is_text_and_no_markup() -> None:
    assert "<title>a &lt;b&gt; &amp; c: why</title>" in page("a <b> & c: why", LINE, [], "")


@pytest.mark.parametrize(
    "written",
    [LINE, diff_html._STYLE, proof_html._STYLE, screen_html._STYLE],
    ids=["line", "diff", "proof", "screen"],
)
def test_every_colour_that_is_used_is_there_in_light_and_in_dark(written: str) -> None:
    used = set(re.findall(r"var\(--(\w+)\)", written))
    light, dark = written.split("@media (prefers-color-scheme: dark)", 1)
    assert used <= set(re.findall(r"--(\w+):", light))
    assert used <= set(re.findall(r"--(\w+):", dark))
