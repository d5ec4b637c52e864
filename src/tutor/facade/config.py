"""`tutor.config`, as plugins call it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tutor.config import userfile
from tutor.env.apply import apply
from tutor.env.lock import locked
from tutor.project import current_project, opened

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
    from tutor.commands.context import default_plugins_root

    with opened(Path(root), Path(default_plugins_root())) as project:
        return project.config


load = load_full
load_minimal = load_full


def get_user(root: str) -> Config:
    """What the user set in ``config.yml``."""
    return dict(userfile.read(Path(root)).values)


def config_path(root: str) -> str:
    """Path of ``config.yml``."""
    return str(Path(root) / userfile.FILENAME)


def save_config_file(root: str, config: Config) -> None:
    """Make ``config.yml`` hold exactly these settings; comments and order of what stays are kept."""
    with locked(Path(root)):
        user = userfile.read(Path(root))
        gone = [name for name in user.values if name not in config]
        apply(Path(root), user.edited(config, gone))
