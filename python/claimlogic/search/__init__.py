"""Searches over what the rules allow: code sets, changes to a claim, and why not."""
