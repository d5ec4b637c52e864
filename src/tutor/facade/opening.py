"""Opening a project for those who call us as a library, with the root alone."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from tutor import fmt
from tutor.config import userfile
from tutor.core.hooks import outside
from tutor.hooks import Filters
from tutor.project import current_project, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.project import Project

#: Keeps open what a script has opened.
_kept = contextlib.ExitStack()


@contextlib.contextmanager
def opened_project(root: str) -> Iterator[Project]:
    """The project of a root: the one that is open, or opened for the length of the block.

    Then the plugins are loaded that ``config.yml`` enables, and those that a script has loaded.

    Raises:
        ConfigError: ``config.yml`` or an environment variable is wrong.
    """
    project = current_project(Path(root))
    if project is not None:
        yield project
        return
    also = _loaded_outside()
    enabled = userfile.enabled_plugins(userfile.read(Path(root))) if also else []
    names = list(dict.fromkeys([*enabled, *also])) or None
    with opened(Path(root), plugins_root(), enabled=names) as project:
        yield project


def open_for_process(root: str) -> None:
    """Open a project until the process ends, or opens another one so.

    Raises:
        ConfigError: ``config.yml`` or an environment variable is wrong.
    """
    _kept.close()
    project = _kept.enter_context(opened_project(root))
    for error in project.plugin_errors:
        fmt.echo_alert(str(error))


def plugins_root() -> Path:
    """Where plugins that are files are."""
    from tutor.commands.context import default_plugins_root

    return Path(default_plugins_root())


def _loaded_outside() -> list[str]:
    found: list[str] = []
    for entry in outside().entries(Filters.PLUGINS_LOADED):
        found += [str(name) for name in entry.items]
    return found
