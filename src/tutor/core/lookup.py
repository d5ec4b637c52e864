"""Names of a package that live in a module above it, and are looked up there when they are asked for."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def hand_on(package: str, target: str, names: frozenset[str]) -> Callable[[str], Any]:
    """Make the ``__getattr__`` of a package.

    Args:
        package: its name, for the error about a name that it does not have.
        target: the module that has the names. It is imported when one of them is asked for.
        names: those that are handed on.
    """

    def look_up(name: str) -> Any:
        if name not in names:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(importlib.import_module(target), name)

    return look_up
