"""Versions of the rules that are kept under a hash of their content."""
