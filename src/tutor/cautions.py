"""What is odd about a project and stops nothing: said, with what to do, whenever it is saved or planned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.config.renamed import FILE, begun, renamed, warning
from tutor.config.secrets import is_secret
from tutor.config.userfile import nearest
from tutor.core.hooks import Layer, current
from tutor.core.hooks.registry import SLIPS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.env.validate import UnknownPatch
    from tutor.project import Project


def of_project(
    project: Project, unknown: Iterable[UnknownPatch], unready: Iterable[str], user_values: dict[str, Any]
) -> list[str]:
    """All that there is to warn of, whatever the change is.

    Args:
        project: opened.
        unknown: patches that nothing uses.
        unready: what rendering has found.
        user_values: settings of the user after the change.
    """
    return [
        *renamed_settings(project),
        *missing_requirements(project),
        *unused_patches(unknown),
        *unready,
        *conflicts(project),
        *unread_files(project),
        *without_effect(project),
        *unknown_settings(project, user_values),
    ]


def unused_patches(unknown: Iterable[UnknownPatch]) -> list[str]:
    """A line per plugin: many patch points belong to plugins that are not enabled here."""
    lines: dict[str, list[str]] = {}
    for patch in unknown:
        lines.setdefault(patch.origin.plugin or "?", []).append(patch.message)
    return [
        f"plugin {plugin}: {'; '.join(messages[:3])}"
        + (f"; and {len(messages) - 3} more" if len(messages) > 3 else "")
        for plugin, messages in lines.items()
    ]


def missing_requirements(project: Project) -> list[str]:
    """What packages of enabled plugins require, and is not enabled: they may do without it."""
    if not project.loaded:
        return []
    from tutor.plugins.requirements import missing, providers

    enabled, packages = {plugin.name for plugin in project.loaded}, providers(project.installed)
    return [
        f"the package of plugin {plugin.name} requires plugin {' or '.join(choices)}, which is not enabled. "
        f"If it is needed: tutor plugins enable {choices[0]}"
        for plugin in project.loaded
        for choices in missing(plugin, enabled, project.installed, packages)
    ]


def unread_files(project: Project) -> list[str]:
    """Files of the user that look as if Compose were given them."""
    from tutor.env.compose_files import unread_overrides

    return [message for _, message in unread_overrides(project.environment)]


def conflicts(project: Project) -> list[str]:
    """Settings that several plugins override, each with a value of its own."""
    if not project.loaded:
        return []
    from tutor.plugins import overriding

    found = []
    for conflict in overriding.conflicts(project.settings):
        plugins = list(dict.fromkeys(str(c.origin.plugin) for c in conflict.contributions))
        found.append(
            f"{' and '.join(plugins)} set {conflict.name} to different values; "
            f"{plugins[-1]} comes last and wins. To settle it: tutor config save --set {conflict.name}=VALUE"
        )
    return found


def unknown_settings(project: Project, user_values: dict[str, Any]) -> list[str]:
    """Settings in ``config.yml`` that nobody declares, unless they belong to a plugin that is not enabled."""
    enabled = {plugin.name for plugin in project.loaded}
    prefixes = {name: name.upper().replace("-", "_") + "_" for name in project.installed}
    theirs = tuple(prefix for name, prefix in prefixes.items() if name not in enabled)
    # A plugin may read what it does not declare.
    own = tuple(prefix for name, prefix in prefixes.items() if name in enabled)
    known = [name for name in project.settings if project.settings.declared(name)]
    found = []
    for name in user_values:
        if project.settings.declared(name) or name.startswith(theirs) or _overrides(project, name):
            continue
        meant = _meant(name, known)
        if name.startswith(own) and not meant:
            continue
        text = f"config.yml sets {name}, which nobody declares{meant or '.'}"
        found.append(warning(name) or f"{text} To remove it: tutor config save --unset {name}")
    return found


def _meant(name: str, known: Iterable[str]) -> str:
    """The setting that was meant; no secret of another component, which somebody would then overwrite."""
    near = nearest(name, known)
    if near is None or (is_secret(near) and near.split("_")[0] != name.split("_", maxsplit=1)[0]):
        return ""
    return f"; did you mean {near}?"


def renamed_settings(project: Project) -> list[str]:
    """Settings of older releases, which a save writes under their names of today."""
    names = renamed(begun(project.user), project.settings.declared_by_plugin)
    found = [f"{FILE} is of an older release: its settings go to config.yml"] if _is_begun(project) else []
    return found + [
        f"the setting {old} is called {new} today, and is renamed in config.yml" for old, new in names.items()
    ]


def _is_begun(project: Project) -> bool:
    return project.user.content is None and bool(begun(project.user))


def _overrides(project: Project, name: str) -> bool:
    return any(c.origin.layer is Layer.PLUGIN_OVERRIDE for c in project.settings.layers(name))


def without_effect(project: Project) -> list[str]:
    """What plugins declare, or call, and nothing comes of: misspelt attributes, above all."""
    if not project.loaded:
        return []
    from tutor.plugins import v0

    handles = (SLIPS, v0.UNREAD)
    guilty = {entry.origin.plugin for handle in handles for entry in current().entries(handle)}
    if not guilty:
        return []
    from tutor.env.render import RenderedTree
    from tutor.plugins.checks import Subject, examine
    from tutor.plugins.checks.subject import Rendering

    return [
        f"plugin {plugin.name}: {finding.message}; {finding.hint} ({finding.place})"
        for plugin in project.loaded
        if plugin.name in guilty
        for finding in examine(
            Subject(plugin, project, Rendering(RenderedTree())), only=("unread-key", "idle-call")
        )
    ]


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The end of a sentence about a name that there is not: the nearest one that there is, if any is near."""
    near = nearest(name, (n for n in names if n != name))
    return f"; did you mean {near}?" if near else ""
