"""One proof, several forms."""

from __future__ import annotations

from claimlogic.knowledge.load import Knowledge
from claimlogic.proofs.model import Proof
from claimlogic.reports.nodes import DEFAULT_DEPTH


def render(proof: Proof, knowledge: Knowledge, format: str, depth: int | None = None) -> str:
    """The proof as text, markdown, html or json. JSON is whole at any depth; depth 0 shows the others whole."""
    shown = DEFAULT_DEPTH if depth is None else depth
    match format:
        case "text":
            from claimlogic.reports.proof_text import proof_text

            return proof_text(proof, knowledge, shown)
        case "markdown":
            from claimlogic.reports.proof_markdown import proof_markdown

            return proof_markdown(proof, knowledge, shown)
        case "html":
            from claimlogic.reports.proof_html import proof_html

            return proof_html(proof, knowledge, shown)
        case "json":
            from claimlogic.reports.proof_json import proof_json

            return proof_json(proof, knowledge)
    raise ValueError(f"no format {format}")
