"""The environment: rendered in memory, checked, planned, and applied all at once."""

from __future__ import annotations

from tutor.core.lookup import hand_on

#: Names that plugins call, and that need an opened project: see `tutor.facade`.
HANDED_ON = frozenset(
    (
        "BIN_FILE_EXTENSIONS",
        "Renderer",
        "TEMPLATES_ROOT",
        "VERSION_FILENAME",
        "base_dir",
        "check_is_up_to_date",
        "current_version",
        "data_path",
        "delete_env_dir",
        "get_current_open_edx_release_name",
        "get_env_release",
        "get_release",
        "is_binary_file",
        "is_rendered",
        "is_up_to_date",
        "pathjoin",
        "read_core_template_file",
        "read_template_file",
        "render_file",
        "render_str",
        "render_unknown",
        "root_dir",
        "save",
        "save_all_from",
        "should_upgrade_from_release",
        "template_path",
        "write_to",
    )
)


__getattr__ = hand_on(__name__, "tutor.facade.env", HANDED_ON)
