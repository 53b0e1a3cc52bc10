"""A proof as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from claimlogic.knowledge.load import Knowledge
from claimlogic.proofs.model import Proof
from claimlogic.reports.markdown import sentence_case
from claimlogic.reports.nodes import DEFAULT_DEPTH, KIND_WORDS, TOLD_ONCE, Node, bounds_for, is_cut
from claimlogic.reports.page import page, style
from claimlogic.reports.proof_tree import proof_tree

_STYLE = style(
    60,
    {"claim": ("#0b5394", "#8ec5ff"), "published": ("#38610b", "#a8d86e"), "absence": ("#8a3b00", "#ffb37a")},
    """
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
ul { list-style: none; margin: 0.2rem 0 0.2rem 0.45rem; padding-left: 0.9rem; border-left: 1px solid var(--rule); }
li { margin: 0.35rem 0; }
summary { cursor: pointer; } summary:focus-visible { outline: 2px solid var(--claim); outline-offset: 2px; }
.kind { font-size: 0.75rem; font-weight: 600; margin-right: 0.4rem; padding: 0 0.35rem; border: 1px solid currentColor;
  border-radius: 0.2rem; white-space: nowrap; color: var(--soft); }
.claim_fact > .kind, .claim_fact > details > summary > .kind { color: var(--claim); }
.published_fact > .kind, .published_fact > details > summary > .kind { color: var(--published); }
.absence > .kind, .absence > details > summary > .kind { color: var(--absence); }
.detail, code, .more, footer { color: var(--soft); font-size: 0.875rem; }
.detail { display: block; margin-left: 1.2rem; }
.dim > .said, .dim > details > summary > .said { color: var(--soft); }
@media print { body { max-width: none; padding: 0; } li { break-inside: avoid-page; } summary { list-style: none; }
  details::details-content { content-visibility: visible; height: auto; } }
""",
)


def proof_html(proof: Proof, knowledge: Knowledge, depth: int = DEFAULT_DEPTH) -> str:
    """The proof as a page; depth 0 shows it whole."""
    title = f"Claim {proof.claim}"
    roots = proof_tree(proof, knowledge, bounds_for(depth))
    main = [f"<h1>{escape(title)}</h1>", *map(_section, roots)]
    footer = f"<p>{escape(TOLD_ONCE)}</p><p>Knowledge base <code>{escape(proof.version)}</code></p>"
    return page(f"{title}: why", _STYLE, main, footer)


def _section(root: Node) -> str:
    return f"<section>\n<h2>{escape(sentence_case(root.sentence))}</h2>\n{_list([root])}\n</section>"


def _list(nodes: Sequence[Node]) -> str:
    return "<ul>\n" + "\n".join(_item(node) for node in nodes) + "\n</ul>"


def _item(node: Node) -> str:
    classes = f"{node.kind} dim" if node.dim else node.kind
    if node.kind == "more":
        return f'<li class="{classes}">{escape(node.sentence)}</li>'
    asides = "".join(f'<span class="detail">{escape(detail)}</span>' for detail in node.detail)
    if not node.children:
        return f'<li class="{classes}">{_said(node)}{asides}</li>'
    opened = "" if node.dim else " open"
    return (
        f'<li class="{classes}"><details{opened}><summary>{_said(node)}</summary>{asides}\n'
        f"{_list(node.children)}\n</details></li>"
    )


def _said(node: Node) -> str:
    words = f"{KIND_WORDS[node.kind]}, tried" if node.dim else KIND_WORDS[node.kind]
    link = f", {node.link}" if node.children and node.link and not is_cut(node) else ""
    where = "".join(f" <code>{escape(place)}</code>" for place in node.places)
    if node.tried:
        where += " tried:" + "".join(f" <code>{escape(place)}</code>" for place in node.tried)
    return f'<span class="kind">{escape(words)}</span> <span class="said">{escape(node.sentence + link)}</span>{where}'
