"""A proof as numbered paragraphs in Markdown: each says what it rests on, and where that is shown in turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from claimlogic.knowledge.load import Knowledge
from claimlogic.proofs.model import Proof
from claimlogic.reports.markdown import code, escaped, sentence_case
from claimlogic.reports.nodes import DEFAULT_DEPTH, TOLD_ONCE, Node, bounds_for, is_cut
from claimlogic.reports.proof_tree import proof_tree
from claimlogic.reports.words import listed


def proof_markdown(proof: Proof, knowledge: Knowledge, depth: int = DEFAULT_DEPTH) -> str:
    """The proof as Markdown; depth 0 shows it whole."""
    blocks = [f"# Claim {escaped(proof.claim)}"]
    number = 0
    for root in proof_tree(proof, knowledge, bounds_for(depth)):
        blocks.append(f"## {sentence_case(escaped(root.sentence))}")
        paragraphs = list(_paragraphs(root))
        numbers = {id(node): number + at for at, node in enumerate(paragraphs, start=1)}
        blocks += [_paragraph(node, numbers) for node in paragraphs]
        number += len(paragraphs)
    blocks += [escaped(TOLD_ONCE), f"Knowledge base {code(proof.version)}"]
    return "\n\n".join(blocks)


def _paragraphs(node: Node) -> Iterator[Node]:
    """The nodes that need a paragraph of their own, each before those that it rests on."""
    yield node
    for child in node.children:
        if child.children and not is_cut(child):
            yield from _paragraphs(child)


def _paragraph(node: Node, numbers: dict[int, int]) -> str:
    link = f", {node.link}:" if node.children and node.link else ":" if node.children else ""
    first = f"**({numbers[id(node)]})** {sentence_case(_sentence(node))}{link}"
    items = [_item(child, numbers) for child in node.children]
    return "\n\n".join([first, "\n".join(items)]) if items else first


def _item(node: Node, numbers: dict[int, int]) -> str:
    if id(node) not in numbers:
        return f"- {'; '.join([_sentence(node), *(escaped(child.sentence) for child in node.children)])}"
    return f"- {escaped(node.sentence)} (how do we know? see {numbers[id(node)]})"


def _sentence(node: Node) -> str:
    return " ".join([escaped(node.sentence), *_asides(node)])


def _asides(node: Node) -> Sequence[str]:
    asides = [escaped(detail) for detail in node.detail]
    asides += [code(place) for place in node.places]
    if node.tried:
        asides.append(f"tried: {listed([code(place) for place in node.tried])}")
    return [f"({'; '.join(asides)})"] if asides else []
