"""All settings in one list, each with its value and with who gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.config.secrets import MASK, is_secret
from tutor.config.userfile import nearest
from tutor.core.hooks import Layer
from tutor.exceptions import ConfigError, TutorError
from tutor.explain.places import owner

if TYPE_CHECKING:
    from collections.abc import Collection

    from tutor.project import Project


@dataclass(frozen=True, slots=True)
class Row:
    """A setting.

    Args:
        name: of it.
        value: resolved, as YAML on one line; masked where it is a secret.
        layer: where the value comes from: ``default``, ``config.yml`` and so on.
        by: the same, with the plugin's name.
        plugin: name of the plugin that gives it, if one does.
        place: file and line, or environment variable, where known.
    """

    name: str
    value: str
    layer: str
    by: str
    plugin: str | None = None
    place: str | None = None


def rows(project: Project, names: Collection[str] = ()) -> list[Row]:
    """Settings by name: some, or all but those of old that nobody has set."""
    from tutor.plugins import legacy, lines

    where = lines.of_yaml(project.user.content or b"")
    found = []
    for name in sorted(names or project.settings):
        origin = project.settings.winner(name).origin
        if not names and name in legacy.SETTINGS and origin.layer is Layer.DEFAULT:
            continue
        place = origin.place if origin.plugin else None
        if origin.layer is Layer.CONFIG_FILE:
            place = f"{project.user.path}:{where.get((name,), 1)}"
        elif origin.layer is Layer.ENVIRONMENT:
            place = f"TUTOR_{name}"
        title = origin.layer.title
        by = f"{owner(origin)}, {title.removeprefix('plugin ')}" if origin.plugin else title
        found.append(Row(name, _value(project, name), title, by, origin.plugin, place or None))
    return found


def unknown(project: Project, name: str) -> ConfigError:
    """The error about a setting that nobody declares."""
    near = nearest(name, project.settings)
    return ConfigError(
        f"There is no setting {name}" + (f"; did you mean {near}?" if near else ""),
        where="command line",
        hint="tutor config edit" if near is None else f"tutor config printvalue {near}",
    )


def _value(project: Project, name: str) -> str:
    from tutor.serialize import one_line

    if name in project.settings.missing_unique():
        return "(not generated yet)"
    try:
        value = project.values[name]
    except TutorError as error:
        return f"(cannot be resolved: {error.message})"
    if is_secret(name) and value not in (None, ""):
        return MASK
    text = one_line(value).strip()
    return " ".join(line.strip() for line in text.splitlines()) if "\n" in text else text or '""'
