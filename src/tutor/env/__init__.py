"""The environment: rendered in memory, checked, planned, and applied all at once."""

from __future__ import annotations

from tutor.core.lookup import hand_on

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


__getattr__ = hand_on(__name__, "tutor.facade.env", HANDED_ON)
