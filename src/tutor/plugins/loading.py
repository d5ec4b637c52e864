"""Loading: running a plugin's code, contained, so that its contributions are in the registry."""

from __future__ import annotations

import contextlib
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.core.hooks import Layer, Origin, current
from tutor.core.hooks.guilty import guilty_place, said_by
from tutor.exceptions import PluginError, TutorError
from tutor.hooks import Actions, Contexts, Filters
from tutor.plugins import legacy, v0

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tutor.core.hooks.registry import Recording
    from tutor.plugins.discovery import Installed

#: Contributions that modules made when they were imported: that happens only once in a process.
_made_at_import: dict[str, Recording] = {}


def load_all(
    names: Iterable[str], installed: Mapping[str, list[Installed]]
) -> tuple[list[Installed], list[PluginError]]:
    """Load plugins in order.

    One that is missing or broken does not keep the others from loading.

    Returns:
        The plugins that were loaded, and what was wrong with the others.
    """
    loaded, errors = [], []
    for name in dict.fromkeys(names):
        try:
            plugin = find(name, installed)
            load(plugin)
        except PluginError as error:
            errors.append(error)
        else:
            loaded.append(plugin)
    Actions.PLUGINS_LOADED.do()
    return loaded, errors


def find(name: str, installed: Mapping[str, list[Installed]]) -> Installed:
    """The one installed plugin of a name.

    Raises:
        PluginError: there is none, or more than one.
    """
    found = installed.get(name, [])
    if not found:
        raise PluginError(
            f"Plugin {name} is enabled but not installed",
            where="config.yml, setting PLUGINS",
            hint=f"pip install tutor-{name}, or: tutor plugins disable {name}",
        )
    if len(found) > 1:
        raise ambiguous(name, found)
    return found[0]


def ambiguous(name: str, found: Iterable[Installed]) -> PluginError:
    """The error about several plugins of one name."""
    places = ", ".join(f"{p.place} {p.version or ''}".strip() for p in found)
    return PluginError(
        f"Two plugins have the name {name}: {places}",
        where=f"plugin {name}",
        hint="uninstall one of them: pip uninstall PACKAGE, or remove the file",
    )


def load(plugin: Installed) -> None:
    """Run a plugin's code and add its contributions to the current registry.

    Raises:
        PluginError: its code fails, or declares something of the wrong shape.
    """
    origin = Origin(Layer.PLUGIN_DEFAULT, plugin.name, plugin.version, _file(plugin))
    before = current().record()
    with (
        contained(plugin.name, origin),
        current().owner(origin),
        Contexts.PLUGINS.enter(),
        Contexts.app(plugin.name).enter(),
        before as made,
        _quiet(),
        legacy.hooks_for(plugin),
    ):
        if plugin.kind == "yaml":
            with Contexts.PLUGINS_V0_YAML.enter():
                _load_yaml(plugin, origin)
        elif plugin.kind == "file":
            _load_file(plugin, origin, made)
        elif plugin.kind == "v0":
            with Contexts.PLUGINS_V0_ENTRYPOINT.enter():
                _load_v0(plugin, origin)
        else:
            _import_recorded(plugin)
            v0.add_tasks_of_2022(plugin.name, origin)
        Filters.PLUGINS_LOADED.add_item(plugin.name)
    Actions.PLUGIN_LOADED.do(plugin.name)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what Python warns about in plugins' code from users, unless they ask for it (-W, PYTHONWARNINGS).

    Above all that pkg_resources is deprecated, which every second plugin imports.
    """
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        yield


@contextlib.contextmanager
def contained(name: str, origin: Origin) -> Iterator[None]:
    """Whatever goes wrong inside is an error of the plugin, with its file and line."""
    try:
        yield
    except TutorError as error:
        if isinstance(error, PluginError):
            raise
        raise PluginError(
            f"Plugin {name} fails: {error}", where=error.where or str(origin), hint=_disable(name)
        ) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        place, text = guilty_place(error, origin)
        raise PluginError(
            f"Plugin {name} cannot be loaded: {type(error).__name__}: {said_by(error)}".removesuffix(": "),
            where=str(place),
            excerpt=f"{place.line:>5} | {text}" if place.line and text else None,
            hint=_disable(name),
        ).blaming(place) from error


def _disable(name: str) -> str:
    return f"correct the plugin, or: tutor plugins disable {name}"


def _file(plugin: Installed) -> str | None:
    """Path of the module, found without importing it where it is not imported yet."""
    if plugin.kind in ("yaml", "file"):
        return str(plugin.source)
    module = sys.modules.get(plugin.source.module)
    if module is not None:
        return getattr(module, "__file__", None)
    distribution = plugin.source.dist
    relative = plugin.source.module.replace(".", "/")
    for candidate in (f"{relative}.py", f"{relative}/__init__.py"):
        path = Path(str(distribution.locate_file(candidate))) if distribution else None
        if path and path.is_file():
            return str(path)
    return None


def _load_v0(plugin: Installed, origin: Origin) -> None:
    module = _import_recorded(plugin)
    file = getattr(module, "__file__", None) or getattr(
        sys.modules.get(plugin.source.module), "__file__", None
    )
    origin = Origin(origin.layer, origin.plugin, origin.version, file)
    v0.from_object(plugin.name, origin, module).contribute()


def _import_recorded(plugin: Installed) -> Any:
    """Import an entry point; what its module contributed when first imported is contributed again."""
    source = plugin.source
    if source.module in sys.modules and source.module in _made_at_import:
        current().replay(_made_at_import[source.module])
        return source.load()
    with current().record() as made:
        module = source.load()
    _made_at_import[source.module] = made
    return module


def _load_file(plugin: Installed, origin: Origin, made: Recording) -> None:
    import importlib.util

    name = f"tutor_plugin_{plugin.name}".replace("-", "_")
    spec = importlib.util.spec_from_file_location(name, plugin.source)
    if spec is None or spec.loader is None:
        raise ImportError(f"{plugin.source} is not a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    if not made and v0.has_attributes(module):
        v0.from_object(plugin.name, origin, module).contribute()


def _load_yaml(plugin: Installed, origin: Origin) -> None:
    from tutor.plugins import yaml_file

    try:
        values, places = yaml_file.read(plugin.source.read_bytes())
    except yaml_file.NotYamlError as error:
        raise PluginError(
            f"Plugin {plugin.name} is no valid YAML: {error.problem or 'it cannot be read'}",
            where=str(Origin(origin.layer, origin.plugin, origin.version, origin.file, error.line)),
            hint=_disable(plugin.name),
        ) from None
    if not isinstance(values, dict):
        raise PluginError(
            f"Plugin {plugin.name} must be a mapping, but is {type(values).__name__}",
            where=str(origin),
            hint=_disable(plugin.name),
        )
    if not isinstance(values.get("name", plugin.name), str):
        raise PluginError(
            f"The name of plugin {plugin.name} must be a text",
            where=str(origin),
            hint=_disable(plugin.name),
        )
    v0.from_yaml(plugin.name, origin, values, places).contribute()
