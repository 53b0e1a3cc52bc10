"""Rule text that nobody vouches for: checked and run in a sealed child, where it can open and write nothing."""
