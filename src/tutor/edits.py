"""Changes of ``config.yml`` alone: the environment stays as it is, and no plugin is loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.change import new_plugins
from tutor.config.table import core_settings
from tutor.config.userfile import enabled_plugins
from tutor.env.lock import locked
from tutor.exceptions import ConfigError
from tutor.project import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tutor.change import Change


def write_plugins_only(root: Path, plugins_root: Path, change: Change) -> None:
    """Enable or disable plugins."""
    from tutor.env.apply import apply

    with locked(root), opened(root, plugins_root, enabled=()) as project:
        names = new_plugins(enabled_plugins(project.user), change)
        apply(root, project.user.edited({"PLUGINS": names}))


def edit_list(root: Path, plugins_root: Path, name: str, edit: Callable[[list[Any]], list[Any]]) -> list[Any]:
    """Change a list of the core in ``config.yml``.

    What an environment variable says instead is not looked at, so that it is not saved.

    Returns:
        The new list.

    Raises:
        ConfigError: the user's value is no list.
    """
    from tutor.env.apply import apply

    with locked(root), opened(root, plugins_root, enabled=()) as project:
        items = project.user.values.get(name, core_settings()[name].default)
        if not isinstance(items, list):
            raise ConfigError(
                f"{name} is not a list, nothing can be added to it or taken from it",
                where=f"{project.user.path}, setting {name}",
                hint="tutor config edit",
            )
        new = edit(list(items))
        apply(root, project.user.edited({name: new}))
        return new
