"""The rule text of ``kb/`` read once: vocabulary, rules, facts with their sources, and slices of them for a claim."""
