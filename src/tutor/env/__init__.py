"""The environment: rendered in memory, checked, planned, and applied all at once."""

from __future__ import annotations

from typing import Any

#: Names that plugins call, and that need an opened project: see `tutor.facade`.
HANDED_ON = frozenset(
    (
        "Renderer",
        "data_path",
        "pathjoin",
        "read_template_file",
        "render_file",
        "render_str",
        "render_unknown",
        "template_path",
        "write_to",
    )
)


def __getattr__(name: str) -> Any:
    if name not in HANDED_ON:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module("tutor.facade.env"), name)
