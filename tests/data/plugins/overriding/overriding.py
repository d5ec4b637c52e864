"""Enabled before `zoning`, and named before it: who wins follows from the order."""

from tutor import hooks

hooks.Filters.CONFIG_DEFAULTS.add_items(
    [("ORDERED_DEFAULT", "overriding"), ("ORDERED_OTHER", "{{ ORDERED_DEFAULT }}")]
)
hooks.Filters.CONFIG_OVERRIDES.add_items([("PLATFORM_NAME", "overriding"), ("LANGUAGE_CODE", "fr")])
hooks.Filters.ENV_PATCHES.add_item(("openedx-lms-common-settings", "ORDERED = 'overriding'"))
hooks.Filters.CLI_DO_INIT_TASKS.add_item(("lms", "echo overriding"))
