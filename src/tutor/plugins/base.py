"""Where plugins that are files are, as plugins and scripts ask for it."""

from __future__ import annotations

from typing import Any

#: The variable that names another folder.
PLUGINS_ROOT_ENV_VAR_NAME = "TUTOR_PLUGINS_ROOT"


def __getattr__(name: str) -> Any:
    """``PLUGINS_ROOT``, as it is now."""
    if name != "PLUGINS_ROOT":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return str(importlib.import_module("tutor.facade.opening").plugins_root())
