"""Running plugins' functions early: a wrong one is found when a project is saved, not when it is run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.core.hooks import Filter, current
from tutor.hooks.catalog import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tutor.types import Config

_BY_TARGET = (Filters.APP_PUBLIC_HOSTS, Filters.IMAGES_BUILD_REQUIRED)
_BY_FOLDER = (Filters.COMPOSE_MOUNTS, Filters.IMAGES_BUILD_MOUNTS)
_BY_SETTINGS = (Filters.IMAGES_BUILD, Filters.IMAGES_PULL, Filters.IMAGES_PUSH)
#: Those that are asked about something that only comes with a command of their own, and what is no list.
_NOT_TRIED = (
    Filters.PLUGIN_INDEX_URL,
    Filters.PLUGIN_INDEX_ENTRY_TO_INSTALL,
    Filters.IS_FILE_RENDERED,
    Filters.COMPOSE_LOCAL_TMP,
    Filters.COMPOSE_LOCAL_JOBS_TMP,
    Filters.COMPOSE_DEV_TMP,
    Filters.COMPOSE_DEV_JOBS_TMP,
)


def try_functions(config: Callable[[], Config]) -> None:
    """Compute each list of the catalogue to which a function of a plugin contributes.

    Args:
        config: gives all settings.

    Raises:
        PluginError: a function fails, or gives something else than the hook's type.
    """
    for handle in current().handles():
        if not isinstance(handle, Filter) or not handle.hook or handle in _NOT_TRIED:
            continue
        if any(entry.callback and entry.origin.plugin for entry in current().entries(handle)):
            for arguments in _arguments(handle, config):
                handle.collect(*arguments)


def _arguments(handle: Filter[Any, Any], config: Callable[[], Config]) -> Iterator[tuple[Any, ...]]:
    """What the functions of a filter are handed besides the list, each time that they are tried."""
    if handle in _BY_TARGET:
        yield from (("local",), ("dev",))
    elif handle in _BY_FOLDER:
        yield ("edx-platform",)
    elif handle in _BY_SETTINGS:
        yield (config(),)
    else:
        yield ()
