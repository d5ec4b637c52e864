"""`tutor.config`, as plugins call it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from tutor import contributions
from tutor.config import userfile
from tutor.env.apply import apply
from tutor.env.lock import locked
from tutor.hooks import Filters
from tutor.project import chosen_so_far, current_project, opened, settings_so_far

if TYPE_CHECKING:
    from tutor.types import Config


def load_full(root: str) -> Config:
    """All settings of a project, resolved: name → the value that counts.

    Args:
        root: folder of the project.
    """
    project = current_project(Path(root))
    if project is not None:
        return project.config
    found = settings_so_far(Path(root))
    if found is not None:
        return found
    from tutor.commands.context import default_plugins_root

    with opened(Path(root), Path(default_plugins_root())) as project:
        return project.config


load = load_full


def load_minimal(root: str) -> Config:
    """The settings that ``config.yml`` or an environment variable gives, without any default.

    Args:
        root: folder of the project.
    """
    from tutor.config.settings import from_environment

    config = load_full(root)
    chosen = {*get_user(root), *from_environment(os.environ)}
    return {name: value for name, value in config.items() if name in chosen}


def load_defaults() -> Config:
    """The default values of the core and of the plugins that are loaded, as they were declared: templates.

    Those that are generated once have none.
    """
    contributions.ensure()
    return dict(Filters.CONFIG_DEFAULTS.iterate())


def get_user(root: str) -> Config:
    """What the user set in ``config.yml``; while a command changes it, as it will be."""
    chosen = chosen_so_far(Path(root))
    return dict(userfile.read(Path(root)).values if chosen is None else chosen)


def config_path(root: str) -> str:
    """Path of ``config.yml``."""
    return str(Path(root) / userfile.FILENAME)


def save_config_file(root: str, config: Config) -> None:
    """Make ``config.yml`` hold exactly these settings; comments and order of what stays are kept."""
    with locked(Path(root)):
        user = userfile.read(Path(root))
        gone = [name for name in user.values if name not in config]
        apply(Path(root), user.edited(config, gone))
