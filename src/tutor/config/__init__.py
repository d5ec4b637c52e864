"""Settings: the documented table, layers, resolution, and ``config.yml``."""

from __future__ import annotations

from typing import Any

#: Names that plugins call, and that need an opened project: see `tutor.facade`.
HANDED_ON = frozenset(
    (
        "config_path",
        "get_user",
        "load",
        "load_full",
        "load_minimal",
        "save_config_file",
    )
)


def __getattr__(name: str) -> Any:
    if name not in HANDED_ON:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module("tutor.facade.config"), name)
