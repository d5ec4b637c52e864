"""The settings of `config.yml`, kept as they were read: importing a parser takes longer than most commands.

They are kept beside the project's own state, as closed as `config.yml` is, and found by the file's content:
what is kept of another content, by another parser or release, or was spoilt, is not there.
"""

from __future__ import annotations

import os
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from tutor.core import cache

if TYPE_CHECKING:
    from pathlib import Path

_STATE, _FILE = ".tutor", "settings"


def read(root: Path, content: bytes) -> dict[str, Any] | None:
    """The settings in a content of ``config.yml``; ``None`` where they have to be read from it."""
    folder = os.path.join(root, _STATE)
    found = cache.read(os.path.join(folder, _FILE)) if cache.is_private(folder) else None
    if not isinstance(found, tuple) or len(found) != 2 or found[0] != key(content):
        return None
    values = found[1]
    return values if isinstance(values, dict) else None


def keep(root: Path, content: bytes, values: dict[str, Any]) -> None:
    """Keep the settings that were read from a content, unless they are kept already."""
    folder = os.path.join(root, _STATE)
    if read(root, content) is None and cache.is_private(folder):
        cache.write(os.path.join(folder, _FILE), (key(content), values))


def key(content: bytes) -> bytes:
    """A digest of what was read, and of the parser that reads it."""
    parser = PathFinder.find_spec("yaml")
    place = parser.origin if parser and parser.origin else ""
    stamp = os.stat(place) if place else None
    return cache.digest(content, place, repr(stamp and (stamp.st_mtime_ns, stamp.st_size)))
