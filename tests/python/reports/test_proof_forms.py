"""One proof in its several forms: text, Markdown, HTML, JSON."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from claimlogic.knowledge.load import Knowledge
from claimlogic.proofs.model import Proof
from claimlogic.reports.proof_html import proof_html
from claimlogic.reports.proof_json import proof_from_json, proof_json
from claimlogic.reports.proof_markdown import proof_markdown
from claimlogic.reports.proof_text import proof_text
from claimlogic.reports.proofs import render

VOID = {"meta", "br"}


class Page(HTMLParser):
    """Checks that tags nest, and keeps tags, attributes and text."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def page(html: str) -> Page:
    parsed = Page()
    parsed.feed(html)
    parsed.close()
    assert not parsed.open
    return parsed


@pytest.mark.parametrize("format", ["text", "markdown", "html", "json"])
def test_the_same_proof_gives_the_same_bytes(epidural: Proof, small: Knowledge, format: str) -> None:
    assert render(epidural, small, format) == render(epidural, small, format)


@pytest.mark.parametrize("format", ["text", "markdown", "html", "json"])
def test_every_form_names_the_claim_the_verdict_and_the_knowledge_base(
    epidural: Proof, small: Knowledge, format: str
) -> None:
    written = render(epidural, small, format)
    assert "epidural-1" in written
    assert "line 2 is denied" in written.lower()
    assert epidural.version[:12] in written


def test_an_unknown_form_is_refused(epidural: Proof, small: Knowledge) -> None:
    with pytest.raises(ValueError, match="no format poem"):
        render(epidural, small, "poem")


# Text


def test_the_text_tree_reads_from_the_verdict_down(epidural: Proof, small: Knowledge) -> None:
    lines = proof_text(epidural, small, 6).splitlines()
    assert lines[:6] == [
        "Claim epidural-1",
        "",
        "line 2 is denied, because  [verdict.lp:4]",
        "├─ the claim says: line 2 of the claim reports procedure code 77003",
        "└─ there is no evidence that nothing denies line 2, because",
        "   └─ line 2 falls, because (each reason alone is enough)  [verdict.lp:2; tried: verdict.lp:3]",
    ]


@pytest.mark.parametrize("width", [80, 100])
def test_the_text_tree_keeps_its_width(epidural: Proof, small: Knowledge, width: int) -> None:
    assert max(map(len, proof_text(epidural, small, 0, width).splitlines())) <= width


def test_the_text_tree_has_no_trailing_blanks_and_no_colour(epidural: Proof, small: Knowledge) -> None:
    text = proof_text(epidural, small, 0)
    assert "\x1b" not in text
    assert not [line for line in text.splitlines() if line != line.rstrip()]


def test_what_lies_below_the_depth_is_counted(epidural: Proof, small: Knowledge) -> None:
    assert re.search(r"└─ \.\.\. and \d+ more below", proof_text(epidural, small, 2))


# Markdown


def test_markdown_numbers_its_paragraphs_and_says_how_we_know(epidural: Proof, small: Knowledge) -> None:
    text = proof_markdown(epidural, small, 6)
    numbers = [int(found) for found in re.findall(r"^\*\*\((\d+)\)\*\*", text, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert "## Line 2 is denied" in text
    assert "- there is no evidence that nothing denies line 2 (how do we know? see 2)" in text
    referred = {int(found) for found in re.findall(r"how do we know\? see (\d+)", text)}
    assert referred == set(numbers) - {1}


def test_markdown_escapes_what_markdown_would_take_for_its_own(epidural: Proof, small: Knowledge) -> None:
    text = proof_markdown(replace(epidural, claim="a*b_<c>"), small, 0)
    assert text.startswith("# Claim a\\*b\\_\\<c\\>")
    assert "misuse of \\<column\\> 2 & more" in text


# HTML


def test_the_page_is_well_formed_at_any_depth(epidural: Proof, small: Knowledge) -> None:
    for depth in range(8):
        page(proof_html(epidural, small, depth))


def test_the_page_tells_its_language_and_title(epidural: Proof, small: Knowledge) -> None:
    html = proof_html(epidural, small)
    assert html.startswith("<!DOCTYPE html>")
    assert ("html", {"lang": "en"}) in page(html).seen
    assert "<title>Claim epidural-1: why</title>" in html


def test_the_page_escapes_every_text(epidural: Proof, small: Knowledge) -> None:
    html = proof_html(replace(epidural, claim='<script>alert("x")</script>'), small, 0)
    words = "".join(page(html).words)
    assert "<script" not in html
    assert 'Claim <script>alert("x")</script>' in words
    assert "misuse of <column> 2 & more" in words
    assert "Edits <of> CMS" in words


def test_the_page_has_no_script_and_asks_nothing_of_the_outside(epidural: Proof, small: Knowledge) -> None:
    html = proof_html(epidural, small, 0)
    for tag, attributes in page(html).seen:
        assert tag not in ("script", "link", "img", "iframe", "object", "form", "a")
        assert not {name for name in attributes if name.startswith("on") or name in ("src", "href", "style")}
    assert "http:" not in html
    assert "https:" not in html
    assert "url(" not in html
    assert "@import" not in html


def test_the_page_folds_reasons_and_says_what_was_tried(epidural: Proof, small: Knowledge) -> None:
    html = proof_html(epidural, small, 0)
    tags = [tag for tag, _ in page(html).seen]
    assert tags.count("details") == tags.count("summary") > 0
    assert re.search(r'<li class="absence dim"><span class="kind">absence, tried</span>', html)
    assert '<li class="claim_fact"><span class="kind">claim</span>' in html
    assert '<li class="published_fact"><span class="kind">published</span>' in html


# JSON


def test_a_proof_comes_back_from_json_as_it_was(epidural: Proof, small: Knowledge) -> None:
    assert proof_from_json(proof_json(epidural, small)) == epidural


def test_a_proof_with_aggregates_and_open_arguments_comes_back_too(prove, small: Knowledge) -> None:
    proof = prove(
        'claim("c"). line("c", 1, "36556"). line("c", 2, "36556"). units("c", 1, 1). units("c", 2, 2).'
        'service_date("c", 1, 20250314). service_date("c", 2, 20250314).',
        'verdict("c", 1, denied)',
        'nowhere("c", 1)',
    )
    assert proof_from_json(proof_json(proof, small)) == proof


def test_the_json_leaves_nothing_out_and_sorts_its_keys(epidural: Proof, small: Knowledge) -> None:
    text = proof_json(epidural, small)
    document = json.loads(text)
    assert "\n" not in text
    assert json.dumps(document, ensure_ascii=False, sort_keys=True) == text
    assert len(document["steps"]) == len(epidural.steps)
    assert len(document["searches"]) == len(epidural.searches)
    assert len(document["facts"]) == len(epidural.facts)
    used = {step["rule"] for entry in document["steps"] for step in entry["steps"]}
    assert used <= {rule["number"] for rule in document["rules"]}


def test_the_json_speaks_to_a_reader_too(epidural: Proof, small: Knowledge) -> None:
    document = json.loads(proof_json(epidural, small))
    assert "line 2 falls" in {entry["sentence"] for entry in document["steps"]}
    assert document["sources"]["paper"] == {"authority": "article", "edition": "2025", "title": "A guide"}


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": 1}', '{"format": 99, "claim": "c"}'])
def test_json_that_is_no_proof_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="proof"):
        proof_from_json(text)
