"""``python -m claimlogic``."""

from claimlogic.cli.main import run

run()
