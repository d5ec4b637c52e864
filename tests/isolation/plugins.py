"""Plugins that happen to be installed beside us do not take part in the tests: those of a test do."""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Variable that holds the folder in which a test installs its plugins.
VARIABLE = "TESTS_SITE"

#: Folders with the metadata of plugins that are checked where they are developed, or looked at before
#: they are installed.
PREPARED = ("/tutor-check-", "/tutor-fetched-")

# Where it is installed, this package takes over finding packages from Python when a plugin imports it.
# That has to have happened before finders are wrapped.
with contextlib.suppress(ImportError):
    importlib.import_module("importlib_metadata")


class Visible:
    """A finder without the plugins from elsewhere.

    Args:
        finder: finds modules and packages.
    """

    def __init__(self, finder: Any) -> None:
        self.finder = finder

    def __getattr__(self, name: str) -> Any:
        return getattr(self.finder, name)

    def find_distributions(self, *arguments: Any, **options: Any) -> Iterator[Any]:
        """Installed packages."""
        site = os.environ.get(VARIABLE, "")
        for found in self.finder.find_distributions(*arguments, **options):
            points = found.read_text("entry_points.txt") or ""
            place = str(found.locate_file("")).rstrip("/")
            if "tutor.plugin." not in points or place == site or any(name in place for name in PREPARED):
                yield found


def hide() -> None:
    """Let only the plugins in the folder of `VARIABLE` be found, from now on."""
    sys.meta_path[:] = [Visible(f) if hasattr(f, "find_distributions") else f for f in sys.meta_path]


@contextlib.contextmanager
def hidden() -> Iterator[None]:
    """`hide`, until the end of the block."""
    # A test may put another list in its place, and this one back only after the block.
    finders = sys.meta_path
    hide()
    try:
        yield
    finally:
        # The outermost layer only: another block may be around this one.
        finders[:] = [f.finder if isinstance(f, Visible) else f for f in finders]
