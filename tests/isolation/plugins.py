"""Plugins that happen to be installed beside us do not take part in the tests: those of a test do."""

from __future__ import annotations

import contextlib
import os
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Variable that holds the folder in which a test installs its plugins.
VARIABLE = "TESTS_SITE"


class Visible(PathFinder):
    """Finds what Python finds, without the plugins from elsewhere."""

    @classmethod
    def find_distributions(cls, *arguments: Any, **options: Any) -> Iterator[Any]:
        """Installed distributions."""
        site = os.environ.get(VARIABLE, "")
        for found in super().find_distributions(*arguments, **options):
            points = found.read_text("entry_points.txt") or ""
            if "tutor.plugin." not in points or str(found.locate_file("")).rstrip("/") == site:
                yield found


def hide() -> None:
    """Let only the plugins in the folder of `VARIABLE` be found, from now on."""
    sys.meta_path[:] = [Visible if finder is PathFinder else finder for finder in sys.meta_path]


@contextlib.contextmanager
def hidden() -> Iterator[None]:
    """`hide`, until the end of the block."""
    finders = list(sys.meta_path)
    hide()
    try:
        yield
    finally:
        sys.meta_path[:] = finders
