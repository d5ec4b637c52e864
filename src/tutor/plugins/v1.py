"""API v1, as plugins call it: a plugin is a module that contributes to the hooks when imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.hooks import Filters
from tutor.plugins.discovery import installed_from
from tutor.plugins.loading import load

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["discover_package"]


def discover_package(entrypoint: EntryPoint) -> None:
    """Make a plugin known that was installed while we run, and load it.

    Args:
        entrypoint: of the group ``tutor.plugin.v1``.

    Raises:
        PluginError: it cannot be loaded.
    """
    plugin = installed_from(entrypoint, "v1")
    Filters.PLUGINS_INSTALLED.add_item(plugin.name)
    load(plugin)
