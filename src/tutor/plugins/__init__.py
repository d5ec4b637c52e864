"""Plugins: what is installed, and how its contributions get into the registry."""

from __future__ import annotations

import importlib
from typing import Any

from tutor.core.lookup import hand_on
from tutor.plugins.discovery import Installed, discover

__all__ = ["Installed", "discover"]

#: Names that plugins call, and that ask for an opened project: see `tutor.facade`.
HANDED_ON = frozenset(
    (
        "is_installed",
        "is_loaded",
        "iter_info",
        "iter_installed",
        "iter_loaded",
        "iter_patches",
        "load",
        "load_all",
        "unload",
    )
)
#: Modules that plugins take from here without importing them.
_MODULES = frozenset(("base", "indexes", "openedx", "v0", "v1"))
_look_up = hand_on(__name__, "tutor.facade.plugins", HANDED_ON)


def __getattr__(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}") if name in _MODULES else _look_up(name)
