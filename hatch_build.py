"""What is made when a package is built: our templates as Python."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface[Any]):
    """Puts them into a wheel. A checkout that is installed as it is has none: its templates change."""

    folder: Path | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files that are added."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(self.root, "src")))
        from tutor.env import ship, shipped

        self.folder = Path(tempfile.mkdtemp())
        for name, content in ship.build().items():
            (self.folder / name).write_text(content, encoding="utf-8")
        build_data["force_include"][str(self.folder)] = f"tutor/env/{Path(shipped.FOLDER).name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 (the interface's)
        """Remove them: they are in the package now."""
        if self.folder is not None:
            shutil.rmtree(self.folder)
