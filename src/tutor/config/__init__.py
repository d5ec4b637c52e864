"""Settings: the documented table, layers, resolution, and ``config.yml``."""

from __future__ import annotations

from tutor.core.lookup import hand_on

#: Names that plugins call, and that need an opened project: see `tutor.facade`.
HANDED_ON = frozenset(
    (
        "config_path",
        "get_user",
        "load",
        "load_defaults",
        "load_full",
        "load_minimal",
        "save_config_file",
    )
)


__getattr__ = hand_on(__name__, "tutor.facade.config", HANDED_ON)
