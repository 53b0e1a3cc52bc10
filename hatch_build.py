"""Build hook: compile the knowledge base into the wheel, so that an installed claimlogic parses no rule text."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class IndexBuildHook(BuildHookInterface):
    """Adds ``claimlogic/index`` to a wheel. An editable install keeps its index in the user's cache instead."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile the knowledge base and name the folder to include."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "python"))
        from claimlogic.knowledge.index import write_shipped

        self._folder = tempfile.TemporaryDirectory()
        write_shipped(root / "kb", Path(self._folder.name))
        build_data["force_include"][self._folder.name] = "claimlogic/index"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was compiled."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
