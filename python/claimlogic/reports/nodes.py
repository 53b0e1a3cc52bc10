"""A proof as a tree of sentences, before it is given a form."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

NodeKind: TypeAlias = Literal["claim_fact", "published_fact", "derived", "absence", "comparison", "aggregate", "more"]

KIND_WORDS: dict[NodeKind, str] = {
    "claim_fact": "claim",
    "published_fact": "published",
    "derived": "derived",
    "absence": "absence",
    "comparison": "compared",
    "aggregate": "counted",
    "more": "more",
}

DEFAULT_DEPTH = 6
TOLD_ONCE = "What the claim says is told once, and so is each part of the proof."
EACH_ENOUGH = "because (each reason alone is enough)"


@dataclass(frozen=True, slots=True)
class Node:
    """One sentence of a proof and what it rests on.

    ``places`` are the rules that say so (file:line), ``tried`` those that would have said otherwise and failed here.
    ``detail`` says more about the sentence itself (source, days in force, annotation), ``link`` leads to the children,
    and ``dim`` marks what was tried and did not suffice.
    """

    kind: NodeKind
    sentence: str
    detail: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    children: tuple[Node, ...] = ()
    link: str = "because"
    dim: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much of a proof is shown: levels, alternatives of a sentence, items of a list. 0 is no bound."""

    depth: int = DEFAULT_DEPTH
    branches: int = 5
    rows: int = 5


def bounds_for(depth: int) -> Bounds:
    """The bounds for a depth; depth 0 shows the whole proof."""
    return Bounds(depth) if depth else Bounds(0, 0, 0)


def is_cut(node: Node) -> bool:
    """Whether all that is shown below a node is how much is left out there."""
    return bool(node.children) and all(child.kind == "more" for child in node.children)


def more(number: int, what: str = "") -> Node:
    """The node that stands for what is left out: "and 12 more"."""
    return Node("more", f"and {number} more{f' {what}' if what else ''}")


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """Every node, each before its children."""
    for node in nodes:
        yield node
        yield from walk(node.children)
