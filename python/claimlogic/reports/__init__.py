"""Results and proofs put before a reader: text, JSON, Markdown, HTML. Pure functions from values to text."""
