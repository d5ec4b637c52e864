"""The learner's pages of this release come from two published plugins: say so where they are not there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tutor import fmt
from tutor.core.hooks import Layer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.commands.context import Context
    from tutor.plugins.indexes import IndexEntry
    from tutor.plugins.wanted import Wanted
    from tutor.project import Project

#: The plugins that bring the pages, and how they look.
PLUGINS = ("mfe", "indigo")
_IMAGE = "DOCKER_IMAGE_OPENEDX"


def missing(project: Project) -> list[str]:
    """Those of the plugins that are not enabled.

    None is missed where a plugin puts another image in the place of the platform: what pages that has
    is the plugin's affair.
    """
    winner = project.settings.winner(_IMAGE)
    if winner.origin.layer is Layer.PLUGIN_OVERRIDE:
        return []
    enabled = {plugin.name for plugin in project.loaded}
    return [name for name in PLUGINS if name not in enabled]


def tell(project: Project) -> None:
    """Say which plugins are missed, and how to get them."""
    names = missing(project)
    if names:
        absent = [name for name in names if name not in project.installed]
        commands = [f"tutor plugins install {' '.join(absent)}"] if absent else []
        commands.append(f"tutor plugins enable {' '.join(names)}")
        fmt.echo_alert(f"{_sentence(names)}. To have them: {' && '.join(commands)}")


def ask(project: Project) -> list[str]:
    """Ask whether to enable the plugins that are missed.

    Returns:
        The plugins to enable, which may have to be installed.
    """
    names = missing(project)
    if not names:
        return []
    wanted = click.confirm(
        fmt.question(f"{_sentence(names)}. Install and enable them?"), default=True, err=True
    )
    return names if wanted else []


def get(context: Context, names: Iterable[str]) -> None:
    """Install those of the plugins that are not installed.

    Raises:
        PluginError: one cannot be installed; nothing was changed.
    """
    from tutor.commands.plugin_install import install_wanted
    from tutor.plugins import discover, indexes

    installed = discover(Path(context.plugins_root))
    absent = [name for name in names if name not in installed]
    if not absent:
        return
    with context.opened() as project:
        known = indexes.configured(project.values["PLUGIN_INDEXES"])
        if any(indexes.find_entry(name, indexes.iter_cache_entries(known)) is None for name in absent):
            # An index that cannot be fetched is no obstacle: the packages are known by name too.
            list(indexes.update(known))
    install_wanted(context, lambda entries: [_wanted(name, entries) for name in absent])


def _wanted(name: str, entries: Iterable[IndexEntry]) -> Wanted:
    from tutor.plugins.indexes import find_entry
    from tutor.plugins.wanted import from_names, parse

    entry = find_entry(name, entries)
    return from_names([name], [entry])[0] if entry else parse(f"tutor-{name}", label=name)


def _sentence(names: list[str]) -> str:
    are = f"plugin {names[0]}, which is" if len(names) == 1 else f"plugins {' and '.join(names)}, which are"
    if "mfe" in names:
        return f"Pages of this release, those after the login to Studio too, come with {are} not enabled"
    return f"The look of the pages of this release comes with {are} not enabled"
