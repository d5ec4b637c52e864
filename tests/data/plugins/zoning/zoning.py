"""See `overriding`."""

from tutor import hooks

hooks.Filters.CONFIG_DEFAULTS.add_item(("ORDERED_DEFAULT", "zoning"))
hooks.Filters.CONFIG_OVERRIDES.add_item(("PLATFORM_NAME", "zoning"))
hooks.Filters.ENV_PATCHES.add_item(("openedx-lms-common-settings", "ORDERED = 'zoning'"))
hooks.Filters.CLI_DO_INIT_TASKS.add_item(("lms", "echo zoning"))
hooks.Filters.CLI_DO_INIT_TASKS.add_item(("mysql", "echo first"), priority=1)
