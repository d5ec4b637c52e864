"""`tutor.plugins`, as plugins and scripts call it: of the project that is open, or of this process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tutor import fmt
from tutor.core.hooks import current
from tutor.exceptions import PluginError
from tutor.facade.opening import plugins_root
from tutor.hooks import Actions, Contexts, Filters
from tutor.plugins import discovery, loading
from tutor.plugins.discovery import Installed, installed_from
from tutor.project import innermost_project

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import EntryPoint


def iter_installed() -> Iterator[str]:
    """Names of the plugins that could be enabled, in alphabetical order."""
    yield from sorted({*_installed(), *Filters.PLUGINS_INSTALLED.iterate()})


def is_installed(name: str) -> bool:
    """Whether a plugin could be enabled."""
    return name in iter_installed()


def iter_info() -> Iterator[tuple[str, str | None]]:
    """Names of the plugins that could be enabled, each with its version, or where it is."""
    found = {name: plugins[0].version or plugins[0].place for name, plugins in _installed().items()}
    yield from sorted({**found, **dict(Filters.PLUGINS_INFO.iterate())}.items())


def iter_loaded() -> Iterator[str]:
    """Names of the plugins that are loaded, in alphabetical order."""
    yield from sorted(set(Filters.PLUGINS_LOADED.iterate()))


def is_loaded(name: str) -> bool:
    """Whether a plugin is loaded."""
    return name in iter_loaded()


def iter_patches(name: str) -> Iterator[str]:
    """What plugins put at a patch point, one after the other: templates."""
    yield from (content for point, content in Filters.ENV_PATCHES.iterate() if point == name)


def load(name: str) -> None:
    """Load a plugin, unless it is: until it is unloaded, what it contributes counts. It is not enabled.

    Raises:
        PluginError: it is not installed, or cannot be loaded.
    """
    if is_loaded(name):
        return
    if not is_installed(name):
        raise PluginError(
            f"Plugin {name} is not installed", where=f"plugin {name}", hint=f"tutor plugins install {name}"
        )
    installed = _installed()
    if name in installed:
        plugin = loading.find(name, installed)
        loading.load(plugin)
        project = innermost_project()
        if project is not None:
            project.loaded.append(plugin)
        return
    with Contexts.PLUGINS.enter(), Contexts.app(name).enter():  # a plugin that loads others by itself
        Filters.PLUGINS_LOADED.add_item(name)
    Actions.PLUGIN_LOADED.do(name)


def load_all(names: Iterable[str]) -> None:
    """Load plugins; what is wrong with one is told, and does not stop the others."""
    for name in names:
        try:
            load(name)
        except PluginError as error:
            fmt.echo_alert(f"{error} ({error.where})" if error.where else str(error))
    Actions.PLUGINS_LOADED.do()


def unload(plugin: str) -> None:
    """Forget what a plugin contributes, until it is loaded again. It stays enabled."""
    current().clear(context=Contexts.app(plugin).name)
    project = innermost_project()
    if project is not None:
        project.loaded[:] = [loaded for loaded in project.loaded if loaded.name != plugin]


def discover_package(entrypoint: EntryPoint) -> None:
    """Make a plugin known that was installed while we run.

    Args:
        entrypoint: of the group ``tutor.plugin.v1``.
    """
    _make_known(installed_from(entrypoint, "v1"))


def discover_module(path: str) -> None:
    """Make a plugin known that is a file of Python, wherever it lies, in this process.

    Args:
        path: of the file; the plugin has its name.
    """
    file = Path(path)
    _make_known(Installed(file.stem, "file", None, "", str(file), file))


def _make_known(plugin: Installed) -> None:
    discovery.make_known(plugin)
    project = innermost_project()
    if project is not None and plugin.name not in project.installed:
        project.installed[plugin.name] = [plugin]
        Filters.PLUGINS_INSTALLED.add_item(plugin.name)
        Filters.PLUGINS_INFO.add_item((plugin.name, plugin.version or plugin.place))


def _installed() -> dict[str, list[Installed]]:
    project = innermost_project()
    return discovery.discover(plugins_root()) if project is None else project.installed
