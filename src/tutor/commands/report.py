"""What a command says about a change: before it is made, and after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor import fmt
from tutor.config.values import shown
from tutor.core.hooks import Layer
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def will_change(prepared: Prepared, plugins: Iterable[str]) -> None:
    """Say what plugins are about to change: settings, patches, tasks, images, files."""
    for name in plugins:
        loaded = next((p for p in prepared.project.loaded if p.name == name), None)
        version = f" {loaded.version}" if loaded and loaded.version else ""
        brings(f"{name}{version}", contributions(name, prepared.project))
    _files("new files", prepared.plan.created)
    _files("changed files", prepared.plan.changed)
    _files("removed files", prepared.plan.removed)


def brings(title: str, found: Mapping[str, list[str]]) -> None:
    """Say what a plugin contributes."""
    fmt.echo(f"{title} brings{':' if found else ' nothing new'}", err=True)
    for what, items in found.items():
        fmt.echo(f"  {what}: {', '.join(items)}", err=True)


def _files(title: str, paths: tuple[str, ...], limit: int = 8) -> None:
    if paths:
        more = f", … {len(paths) - limit} more" if len(paths) > limit else ""
        fmt.echo(f"  {title}: {', '.join(paths[:limit])}{more}", err=True)


def contributions(plugin: str, project: Project) -> dict[str, list[str]]:
    """What a loaded plugin contributes: in words, and the names of it."""

    def own(items: Iterable[tuple[tuple[str, ...], Origin]]) -> list[str]:
        return list(dict.fromkeys(str(item[0]) for item, origin in items if origin.plugin == plugin))

    def overridden() -> Iterable[str]:
        for name in own(Filters.CONFIG_OVERRIDES.collect()):
            for layer in project.settings.layers(name):
                if layer.origin.plugin == plugin and layer.origin.layer is Layer.PLUGIN_OVERRIDE:
                    yield f"{name} = {shown(name, layer.value)}"

    config: dict[str, object] = {}
    found = {
        "new settings": own(Filters.CONFIG_DEFAULTS.collect()) + own(Filters.CONFIG_UNIQUE.collect()),
        "overridden settings": list(overridden()),
        "patches": own(Filters.ENV_PATCHES.collect()),
        "init tasks in": own(Filters.CLI_DO_INIT_TASKS.collect()),
        "images to build": own(Filters.IMAGES_BUILD.collect(config)),  # type: ignore[arg-type]  # only names are read
        "commands": [c.name or "" for c, o in Filters.CLI_COMMANDS.collect() if o.plugin == plugin],
    }
    return {title: items for title, items in found.items() if items}
