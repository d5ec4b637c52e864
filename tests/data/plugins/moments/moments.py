"""When the root of the project is known, plugins are loaded and may still contribute."""

from tutor import hooks

seen = []


@hooks.Actions.PROJECT_ROOT_READY.add()
def ready(root: str) -> None:
    """Contribute what depends on the project."""
    seen.append(root)
    hooks.Filters.LMS_WORKER_COMMAND.add_items([f"--queues=first,{len(seen)}"])
    hooks.Filters.ENV_PATCHES.add_item(("openedx-common-settings", f"ROOTS = {seen!r}"))
    hooks.Filters.CONFIG_DEFAULTS.add_item(("MOMENTS_ROOT", root))


@hooks.Actions.PLUGINS_LOADED.add()
def loaded() -> None:
    """Contribute what depends on other plugins."""
    hooks.Filters.CMS_WORKER_COMMAND.add_item("--queues=second")
    hooks.Filters.CONFIG_DEFAULTS.add_item(("MOMENTS_LOADED", sorted(hooks.Filters.PLUGINS_LOADED.iterate())))
