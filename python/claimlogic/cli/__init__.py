"""The command line: one module a command group. What a command does not need is not imported."""
