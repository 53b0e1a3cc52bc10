"""A proof as a tree of plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from claimlogic.knowledge.load import Knowledge
from claimlogic.proofs.model import Proof
from claimlogic.reports.nodes import DEFAULT_DEPTH, TOLD_ONCE, Node, bounds_for, is_cut
from claimlogic.reports.proof_tree import proof_tree
from claimlogic.reports.words import listed

_WIDTH = 100


def proof_text(proof: Proof, knowledge: Knowledge, depth: int = DEFAULT_DEPTH, width: int = _WIDTH) -> str:
    """The proof as a text tree, wrapped to ``width``; depth 0 shows it whole."""
    lines = [f"Claim {proof.claim}", ""]
    for root in proof_tree(proof, knowledge, bounds_for(depth)):
        lines += _lines(root, "", "", width)
        lines.append("")
    return "\n".join([*lines, *_wrapped(TOLD_ONCE, "", "", width), f"Knowledge base {proof.version[:12]}"])


def _lines(node: Node, first: str, rest: str, width: int) -> Iterator[str]:
    """A node and all below it. ``first`` stands before its first line, ``rest`` before every other."""
    inner = rest + ("│  " if node.children else "   ")
    yield from _wrapped(_head(node), first, inner, width)
    for detail in node.detail:
        yield from _wrapped(f"({detail})", inner, inner + " ", width)
    yield from _children(node.children, rest, width)


def _children(children: Sequence[Node], before: str, width: int) -> Iterator[str]:
    for at, child in enumerate(children, start=1):
        last = at == len(children)
        yield from _lines(child, before + ("└─ " if last else "├─ "), before + ("   " if last else "│  "), width)


def _head(node: Node) -> str:
    link = f", {node.link}" if node.children and node.link and not is_cut(node) else ""
    where = [listed(node.places), f"tried: {listed(node.tried)}" if node.tried else ""]
    places = "; ".join(filter(None, where))
    return f"{'... ' if node.kind == 'more' else ''}{node.sentence}{link}{f'  [{places}]' if places else ''}"


def _wrapped(text: str, first: str, rest: str, width: int) -> list[str]:
    wrapper = textwrap.TextWrapper(
        width=max(width, len(rest) + 40),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return wrapper.wrap(text)
