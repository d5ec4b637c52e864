"""Names of a module that live in others, above it or costly to import: looked up when they are asked for."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def hand_on(package: str, target: str, names: frozenset[str] | Mapping[str, str]) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a module.

    Args:
        package: its name, for the error about a name that it does not have.
        target: the module that has the names. It is imported when one of them is asked for.
        names: those that are handed on; or each with its name there, or with ``MODULE:NAME``.
    """

    def look_up(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        place = names[name] if isinstance(names, Mapping) else name
        module, _, found = place.rpartition(":")
        return getattr(importlib.import_module(module or target), found)

    return look_up
