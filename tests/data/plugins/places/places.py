"""Files of a plugin in the places of the core's: the later target counts."""

from pathlib import Path

from tutor import hooks

hooks.Filters.ENV_TEMPLATE_ROOTS.add_item(str(Path(__file__).parent / "templates"))
hooks.Filters.ENV_TEMPLATE_TARGETS.add_items([("places/first/apps", "plugins"), ("places/apps", "plugins")])
hooks.Filters.ENV_TEMPLATE_TARGETS.add_item(("build/openedx/themes", "."))
hooks.Filters.ENV_TEMPLATE_TARGETS.add_item(("apps/redis", ""))
