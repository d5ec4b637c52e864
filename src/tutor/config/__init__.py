"""Settings: the documented table, layers, resolution, and ``config.yml``."""

from __future__ import annotations

from tutor.core.lookup import hand_on

#: Names that plugins call, and that need an opened project: see `tutor.facade`.
HANDED_ON = frozenset(
    (
        "CONFIG_FILENAME",
        "MEILISEARCH_URL_DEFAULT",
        "PLUGINS_CONFIG_KEY",
        "cast_config",
        "config_path",
        "enable_plugins",
        "get_base",
        "get_defaults",
        "get_enabled_plugins",
        "get_typed",
        "get_user",
        "get_yaml_file",
        "is_service_activated",
        "load",
        "load_defaults",
        "load_full",
        "load_minimal",
        "merge",
        "render_full",
        "save_config_file",
        "save_enabled_plugins",
        "update_with_base",
        "update_with_defaults",
        "update_with_env",
    )
)


__getattr__ = hand_on(__name__, "tutor.facade.config", HANDED_ON)
