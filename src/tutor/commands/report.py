"""What a command says about a change: before it is made, and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor import fmt
from tutor.config.secrets import shown
from tutor.config.table import core_settings
from tutor.contributions import BUILT, taken_away
from tutor.core.hooks import Layer
from tutor.env.plan import Manifest
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tutor.change import Prepared
    from tutor.core.hooks import Origin
    from tutor.project import Project


def saved(prepared: Prepared) -> None:
    """Say what was written, and every warning."""
    project, plan = prepared.project, prepared.plan
    edited = (f"env/{p} was edited by hand; your version is kept in .tutor/edited" for p in plan.edited)
    for warning in (*prepared.warnings, *edited):
        fmt.echo_alert(warning)
    if prepared.generated:
        fmt.echo_info(f"Generated once and saved: {', '.join(sorted(prepared.generated))}")
    if prepared.config is not None:
        same = prepared.config == project.user.content
        fmt.echo_info(f"Settings {'are unchanged' if same else 'saved'}: {project.user.path}")
    counts = [
        f"{len(files)} {verb}"
        for verb, files in (("new", plan.created), ("changed", plan.changed), ("removed", plan.removed))
        if files
    ]
    counted = ", ".join(counts) or "nothing to change"
    fmt.echo_info(f"Environment: {project.environment} ({counted}, {plan.unchanged} unchanged)")
    changed = (*plan.created, *plan.changed, *plan.removed)
    for image, (_, folder) in BUILT.items() if plan.unchanged else ():
        files = [path for path in changed if path.startswith(f"{folder}/")]
        if files:
            fmt.echo_info(
                f"Image {image} is built from {_listed(files)}. To build it: tutor images build {image}"
            )


def will_change(prepared: Prepared, plugins: Sequence[str]) -> None:
    """Say what plugins are about to change: settings, patches, tasks, images, files."""
    for name in plugins:
        loaded = next((p for p in prepared.project.loaded if p.name == name), None)
        version = f" {loaded.version}" if loaded and loaded.version else ""
        brings(f"{name}{version}", contributions(name, prepared.project))
    _files("new files", _brought(prepared, plugins))
    _files("changed files", prepared.plan.changed)
    _files("removed files", prepared.plan.removed)


def _brought(prepared: Prepared, plugins: Sequence[str]) -> tuple[str, ...]:
    """New files that are there because of plugins; the first environment is there without them."""
    created, files = prepared.plan.created, prepared.tree.files
    if Manifest.read(prepared.project.root).files:
        return created
    return tuple(path for path in created if files[path].origin.plugin in plugins)


def brings(title: str, found: Mapping[str, list[str]]) -> None:
    """Say what a plugin contributes."""
    fmt.echo(f"{title} brings{':' if found else ' nothing new'}", err=True)
    for what, items in found.items():
        fmt.echo(f"  {what}: {', '.join(items)}", err=True)


def _files(title: str, paths: tuple[str, ...]) -> None:
    if paths:
        fmt.echo(f"  {title}: {_listed(paths)}", err=True)


def _listed(paths: Sequence[str], limit: int = 8) -> str:
    more = f", … {len(paths) - limit} more" if len(paths) > limit else ""
    return f"{', '.join(paths[:limit])}{more}"


def contributions(plugin: str, project: Project) -> dict[str, list[str]]:
    """What a loaded plugin contributes: in words, and the names of it."""
    from tutor.commands.added import added_commands

    def own(items: Iterable[tuple[Sequence[Any], Origin]]) -> list[str]:
        return list(dict.fromkeys(str(item[0]) for item, origin in items if origin.plugin == plugin))

    def overridden() -> Iterable[str]:
        for name in own(Filters.CONFIG_OVERRIDES.collect()):
            for layer in project.settings.layers(name):
                if layer.origin.plugin == plugin and layer.origin.layer is Layer.PLUGIN_OVERRIDE:
                    yield f"{name} = {shown(name, layer.value)}"

    defaults, unique = Filters.CONFIG_DEFAULTS, Filters.CONFIG_UNIQUE
    settings = own(defaults.collect_from_plugins()) + own(unique.collect_from_plugins())
    found = {
        "new settings": [name for name in settings if name not in core_settings()],
        "defaults of tutor's settings": [name for name in settings if name in core_settings()],
        "overridden settings": list(overridden()),
        "settings in the place of config.yml's": own(Filters.CONFIG_USER.collect()),
        "patches": own(Filters.ENV_PATCHES.collect()),
        "init tasks in": own(Filters.CLI_DO_INIT_TASKS.collect()),
        "images to build": own(Filters.IMAGES_BUILD.collect_from_plugins(project.config)),
        "commands": [
            f"{a.group} {a.word}".removeprefix("tutor ")
            for a in added_commands()
            if a.origin.plugin == plugin and a.word
        ],
        **_taken(plugin, project),
    }
    return {title: items for title, items in found.items() if items}


def takes(plugins: Iterable[str], project: Project) -> list[str]:
    """A sentence about each kind of things that plugins take from the core."""
    return [
        f"{plugin} {title}: {', '.join(items)}"
        for plugin in plugins
        for title, items in _taken(plugin, project).items()
        if items
    ]


def _taken(plugin: str, project: Project) -> dict[str, list[str]]:
    taken, places = taken_away(project.config), project.renderer.taken_places()
    return {
        "takes away from tutor, or changes": list(
            dict.fromkeys(what for what, origin in taken if origin.plugin == plugin)
        ),
        "takes the place of tutor's files": [path for path, o in places.items() if o.plugin == plugin],
    }
