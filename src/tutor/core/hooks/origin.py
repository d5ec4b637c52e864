"""Where a contribution comes from. Captured when it is made, read by every message about it."""

from __future__ import annotations

import enum
import functools
import os

from tutor.core.named import Named


class Layer(enum.IntEnum):
    """Sources of a setting's value, lowest precedence first."""

    DEFAULT = 0
    PLUGIN_DEFAULT = 1
    PLUGIN_OVERRIDE = 2
    CONFIG_FILE = 3
    ENVIRONMENT = 4
    COMMAND_LINE = 5

    @property
    def title(self) -> str:
        """Words for messages."""
        return _LAYER_TITLES[self]


_LAYER_TITLES = {
    Layer.DEFAULT: "default",
    Layer.PLUGIN_DEFAULT: "plugin default",
    Layer.PLUGIN_OVERRIDE: "plugin override",
    Layer.CONFIG_FILE: "config.yml",
    Layer.ENVIRONMENT: "environment variable",
    Layer.COMMAND_LINE: "command line",
}


class Origin(Named):
    """The place of a contribution.

    Args:
        layer: which kind of source it is.
        plugin: name of the plugin, ``None`` for what is not a plugin's.
        version: version of the plugin, when known.
        file: absolute path of the file that made the contribution, when known.
        line: line in that file, counted from 1, when known.
    """

    layer: Layer = Layer.DEFAULT
    plugin: str | None = None
    version: str | None = None
    file: str | None = None
    line: int | None = None

    def at(self, layer: Layer) -> Origin:
        """The same place, as a source of another kind."""
        return Origin(layer, *self[1:])

    @property
    def place(self) -> str:
        """``FILE:LINE`` as far as known, or an empty string."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        if self.plugin is None:
            return self.place or f"tutor ({self.layer.title})"
        name = f"plugin {self.plugin}"
        if self.version:
            name += f" {self.version}"
        return f"{name} ({self.place})" if self.file else name


#: What tutor itself contributes.
CORE = Origin()

_HERE = os.path.dirname(__file__)


def caller(depth: int) -> tuple[str | None, int | None]:
    """File and line of the frame that is ``depth`` calls up, leaving out frames of this package."""
    import sys

    frame = sys._getframe(depth)  # noqa: SLF001 (the documented way to a caller's line, without a traceback)
    while frame.f_back is not None and _is_ours(frame.f_code.co_filename):
        frame = frame.f_back
    return frame.f_code.co_filename, frame.f_lineno


@functools.cache  # as many as there are modules: a limit would make them all be asked for again and again
def _is_ours(filename: str) -> bool:
    return os.path.dirname(filename) == _HERE
