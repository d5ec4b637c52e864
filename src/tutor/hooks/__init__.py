"""The catalogue of hooks: what plugins import."""

from __future__ import annotations

import importlib
from typing import Any

from tutor.core.hooks import clear_all, priorities
from tutor.hooks import catalog
from tutor.hooks.caching import lru_cache
from tutor.hooks.catalog import Actions, Contexts, Filters

__all__ = ["Actions", "Contexts", "Filters", "catalog", "clear_all", "lru_cache", "priorities"]

#: Modules of the mechanism that were here in the first releases of API v1.
_MOVED = frozenset(("actions", "contexts", "filters"))


def __getattr__(name: str) -> Any:
    if name not in _MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")
