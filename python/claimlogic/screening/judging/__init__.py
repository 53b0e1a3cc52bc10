"""Parts of claims, coded and judged by one engine or another."""
