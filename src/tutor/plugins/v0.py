"""API v0: a plugin is a module, an object or a YAML file with a few attributes.

Each attribute may be a value or a function without arguments. They are turned into contributions to the
hooks, each with its origin; nothing else in the project knows about this API.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from tutor.core.hooks import Filter, current, priorities
from tutor.core.hooks.registry import SLIPS
from tutor.core.named import Named
from tutor.exceptions import MissingTemplateError, PluginError
from tutor.hooks import Contexts, Filters
from tutor.plugins import legacy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.plugins.lines import Lines

ATTRIBUTES = ("config", "patches", "hooks", "templates", "command")
#: Folders below ``templates/PLUGIN`` that are rendered to ``env/plugins/PLUGIN``.
RENDERED_FOLDERS = ("apps", "build")
#: Hooks that are tasks; the first between the creation of the core's databases and the migrations of the LMS.
PRIORITIES = {"pre-init": priorities.HIGH, "init": priorities.DEFAULT}
#: What is read of an attribute that is a mapping of mappings.
SECTIONS = {"config": ("add", "defaults", "set"), "hooks": (*PRIORITIES, "build-image", "remote-image")}
#: What plugins declare and nobody reads: (attribute, or empty for the plugin itself; name of a key in it).
UNREAD: Filter[list[tuple[str, str]], []] = Filter()

_RANDOM = re.compile(r"\|\s*(random_string|rsa_private_key|uuid)\b")


class Plugin(Named):
    """A plugin of this API, whatever form it has.

    Args:
        name: as enabled; also the prefix of its settings and the name of its templates' folder.
        origin: of the plugin as a whole; its file is the module or the YAML file.
        attributes: those that it has, of `ATTRIBUTES`.
        lines: where they stand in the file.
        others: names of further ones.
    """

    name: str
    origin: Origin
    attributes: Mapping[str, Any]
    lines: Lines
    others: tuple[str, ...] = ()

    @property
    def prefix(self) -> str:
        """What the names of its settings start with."""
        return self.name.upper().replace("-", "_") + "_"

    def contribute(self) -> None:
        """Add everything that the plugin declares to the current registry.

        Raises:
            PluginError: an attribute has the wrong shape, or a hook has no template.
        """
        for name in self.others:
            self._add(UNREAD, ("", name), name)
        self._add_settings()
        self._add_patches()
        self._add_templates()
        self._add_hooks()
        self._add_command()

    def at(self, *path: str) -> Origin:
        """The origin of one value of an attribute, as exact as it is known."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.lines:
                return self.origin._replace(line=self.lines[path[:length]])
        return self.origin

    def _attribute(self, name: str) -> Any:
        value = self.attributes.get(name)
        if name == "command" or not callable(value):
            return value
        found = value()
        if found is None and name in SECTIONS | {"patches": ()}:
            raise PluginError(
                f"The function {name} of plugin {self.name} returns nothing, expected a mapping",
                where=str(self.at(name)),
                hint=f"add: return; correct the plugin, or: tutor plugins disable {self.name}",
            ).blaming(self.at(name))
        return found

    def _mapping(self, value: Any, *path: str) -> Mapping[str, Any]:
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            raise self._wrong(path, "a mapping", value)
        for key in value:
            if not isinstance(key, str):
                raise self._wrong(path, "a mapping with names as keys", value)
        return value

    def _add(self, handle: Filter[Any, Any], item: Any, *path: str, priority: int | None = None) -> None:
        current().add(handle, items=(item,), priority=priority, origin=self.at(*path))

    def _sections(self, name: str) -> Mapping[str, Any]:
        found = self._mapping(self._attribute(name), name)
        for section, content in found.items():
            if section not in SECTIONS[name] and content:
                self._add(UNREAD, (name, section), name, section)
        return found

    def _add_settings(self) -> None:
        config = self._sections("config")
        for section, handle, prefix in (
            ("add", Filters.CONFIG_UNIQUE, self.prefix),
            ("defaults", Filters.CONFIG_DEFAULTS, self.prefix),
            ("set", Filters.CONFIG_OVERRIDES, ""),
        ):
            for key, value in self._mapping(config.get(section), "config", section).items():
                if section == "set" and isinstance(value, str) and _RANDOM.search(value):
                    # It would be another one each time: made once, as a setting of the plugin.
                    self._add(Filters.CONFIG_UNIQUE, (self.prefix + key, value), "config", section, key)
                    self._add(handle, (key, f"{{{{ {self.prefix}{key} }}}}"), "config", section, key)
                else:
                    self._add(handle, (prefix + key, value), "config", section, key)

    def _add_patches(self) -> None:
        folder = Path(self.origin.file).parent / "patches" if self.origin.file else None
        for name, content in self._mapping(self._attribute("patches"), "patches").items():
            if not isinstance(content, str):
                raise self._wrong(("patches", name), "a text", content)
            origin = self.at("patches", name)
            if origin.line is None or ("patches", name) not in self.lines:
                origin = _file_of_patch(folder, name, content, origin)
            current().add(Filters.ENV_PATCHES, items=(legacy.patch(name, content),), origin=origin)
            if name in legacy.PATCHES:
                current().add(legacy.USES, items=(("patch", name),), origin=origin)

    def _add_templates(self) -> None:
        root = self._templates_root()
        if root is None:
            value, elsewhere = self._attribute("templates"), _elsewhere(self.origin)
            if value is not None and elsewhere:  # some packages forgot it, and need it not
                what = f"the folder of templates {value} does not exist{elsewhere}"
                current().add(SLIPS, items=(what,), origin=self.at("templates"))
            return
        self._add(Filters.ENV_TEMPLATE_ROOTS, root, "templates")
        for folder in RENDERED_FOLDERS:
            self._add(Filters.ENV_TEMPLATE_TARGETS, (f"{self.name}/{folder}", "plugins"), "templates")

    def _templates_root(self) -> str | None:
        value = self._attribute("templates")
        if value is None:
            return None
        if not isinstance(value, (str, Path)):
            raise self._wrong(("templates",), "the path of a folder", value)
        path = Path(value)
        if not path.is_absolute() and self.origin.file:
            path = Path(self.origin.file).parent / path
        if not path.is_dir():
            return None  # some packages forgot it; a hook that needs a template says so
        return str(path)

    def _add_hooks(self) -> None:
        hooks = self._sections("hooks")
        for hook in PRIORITIES:
            self._add_tasks(hooks, hook)
        for name, tag in self._mapping(hooks.get("build-image"), "hooks", "build-image").items():
            folder = ("plugins", self.name, "build", name)
            self._add(Filters.IMAGES_BUILD, (name, folder, tag, ()), "hooks", "build-image", name)
        for name, tag in self._mapping(hooks.get("remote-image"), "hooks", "remote-image").items():
            self._add(Filters.IMAGES_PULL, (name, tag), "hooks", "remote-image", name)
            self._add(Filters.IMAGES_PUSH, (name, tag), "hooks", "remote-image", name)

    def _add_tasks(self, hooks: Mapping[str, Any], hook: str) -> None:
        services = hooks.get(hook)
        if services is None:
            return
        if isinstance(services, (str, Mapping)) or not isinstance(services, Iterable):
            raise self._wrong(("hooks", hook), "a list of services", services)
        for service in services:
            if not isinstance(service, str):
                raise self._wrong(("hooks", hook), "a list of services", services)
            template = f"{self.name}/hooks/{service}/{hook}"
            path = Path(self._templates_root() or "", template)
            if self._templates_root() is None or not path.is_file():
                raise _no_template(
                    self.name, hook, service, template, self.at("hooks", hook), self._templates_root()
                )
            _add_task(hook, service, path, self.origin)

    def _add_command(self) -> None:
        command = self._attribute("command")
        if command is None:
            return
        import click

        if not isinstance(command, click.Command):
            raise self._wrong(("command",), "a click command", command)
        command.name = self.name
        self._add(Filters.CLI_COMMANDS, command, "command")

    def _wrong(self, path: tuple[str, ...], expected: str, found: Any) -> PluginError:
        return PluginError(
            f"{'.'.join(path)} of plugin {self.name} must be {expected}, but is {_described(found)}",
            where=str(self.at(*path)),
            hint=f"correct the plugin, or: tutor plugins disable {self.name}",
        ).blaming(self.at(*path))


def add_tasks_of_2022(name: str, origin: Origin) -> None:
    """Turn what a plugin put into the filters of the first releases of API v1 into init tasks.

    Raises:
        PluginError: a task has no template.
    """
    context = Contexts.app(name).name
    roots = [str(root) for root in Filters.ENV_TEMPLATE_ROOTS.iterate_from_context(context)]
    for hook_name, (handle, hook) in legacy.HOOKS_OF_2022.items():
        for entry in current().entries(handle, context):
            current().add(legacy.USES, items=(("hook", hook_name),), origin=entry.origin)
            for service, parts in entry.items:
                template = "/".join(parts)
                path = next((p for p in (Path(root, template) for root in roots) if p.is_file()), None)
                if path is None:
                    raise _no_template(
                        name, hook, service, template, entry.origin, roots[0] if roots else None
                    )
                _add_task(hook, service, path, origin)


def has_attributes(module: object) -> bool:
    """Whether an object declares anything of this API: not the module `tutor.hooks`, which it may import."""
    declared = any(hasattr(module, n) and not isinstance(getattr(module, n), ModuleType) for n in ATTRIBUTES)
    return declared or next(_misspelt(module), None) is not None


def from_object(name: str, origin: Origin, module: object) -> Plugin:
    """The plugin that a module or any other object declares."""
    attributes = {key: getattr(module, key) for key in ATTRIBUTES if hasattr(module, key)}
    from tutor.plugins import lines

    found = lines.of_python(Path(origin.file)) if origin.file else {}
    return Plugin(name, origin, attributes, found, tuple(_misspelt(module)))


def _misspelt(module: object) -> Iterator[str]:
    """Names of what looks like an attribute that the plugin has under no better name."""
    from tutor.config.userfile import nearest

    for name, value in vars(module).items() if hasattr(module, "__dict__") else ():
        if not any(name[:1] == known[0] and abs(len(name) - len(known)) <= 2 for known in ATTRIBUTES):
            continue
        own = isinstance(value, FunctionType) and value.__module__ == getattr(module, "__name__", None)
        if name not in ATTRIBUTES and not name.startswith("_") and (own or isinstance(value, Mapping)):
            near = nearest(name, ATTRIBUTES)
            if near and near != "command" and not hasattr(module, near):
                yield name


def from_yaml(name: str, origin: Origin, values: Mapping[str, Any], places: Lines) -> Plugin:
    """The plugin that a YAML file declares."""
    attributes = {key: values[key] for key in ATTRIBUTES if key in values and key != "command"}
    others = (key for key in values if key not in attributes and key not in ("name", "version"))
    return Plugin(name, origin, attributes, places, tuple(map(str, others)))


def _add_task(hook: str, service: str, path: Path, origin: Origin) -> None:
    origin = origin._replace(file=str(path), line=1)
    task = (legacy.SERVICES.get(service, service), path.read_text())
    if service in legacy.SERVICES:
        current().add(legacy.USES, items=(("service", service),), origin=origin)
    current().add(Filters.CLI_DO_INIT_TASKS, items=(task,), priority=PRIORITIES[hook], origin=origin)


def _no_template(
    name: str, hook: str, service: str, template: str, origin: Origin, root: str | None
) -> MissingTemplateError:
    found = sorted(Path(root).rglob(f"{service}/{hook}")) if root else []
    there = f": there is {found[0].relative_to(root or '')} in it" if found else _elsewhere(origin)
    return MissingTemplateError(
        f"Plugin {name} has the hook {hook} for {service}, but no template {template}{there}",
        where=str(origin),
        hint=f"create it in the plugin's templates folder, or: tutor plugins disable {name}",
    ).blaming(origin)


def _elsewhere(origin: Origin) -> str:
    """The folder that may be meant with one that is not there, as the end of a sentence."""
    if not origin.file:
        return ""
    folder = Path(origin.file).parent
    for parent in (folder, folder.parent):
        for path in sorted(parent.glob("template*")):
            if path.is_dir():
                return f": there is {path}"
    return ""


def _file_of_patch(folder: Path | None, name: str, content: str, origin: Origin) -> Origin:
    """Most plugins read their patches from a folder, a file each: then that file is the origin."""
    if folder is None or "/" in name:
        return origin
    path = folder / name
    try:
        same = path.read_text() == content
    except (OSError, ValueError):
        return origin
    return origin._replace(file=str(path), line=1) if same else origin


def _described(value: Any) -> str:
    if isinstance(value, Callable):  # type: ignore[arg-type]  # the ABC works with isinstance
        return "a function"
    return f"{type(value).__name__} {value!r}"[:80]
