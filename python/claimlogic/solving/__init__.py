"""One claim, judged by clingo."""
