"""Plugins: what is installed, and how its contributions get into the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.plugins.discovery import Installed, discover

if TYPE_CHECKING:
    from tutor.plugins.loading import find, load, load_all

__all__ = ["Installed", "discover", "find", "load", "load_all"]


def __getattr__(name: str) -> Any:
    """What loads plugins: to list them, it is not imported."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tutor.plugins import loading

    return getattr(loading, name)
