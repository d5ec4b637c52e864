"""A setting: the value in every layer, which one counts, what it is computed from, and where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.config.secrets import MASK, is_secret, shown
from tutor.config.table import core_settings
from tutor.core.hooks import Layer
from tutor.env.uses import names_in
from tutor.exceptions import TutorError
from tutor.explain.places import owner, reading
from tutor.explain.subject import Answer, Fact

if TYPE_CHECKING:
    from tutor.config.settings import Contribution
    from tutor.project import Project


def explain(project: Project, name: str) -> Answer:
    """Explain a setting."""
    layers = project.settings.layers(name)
    generated = name in project.settings.missing_unique()
    try:
        value = "it will be generated" if generated else shown(name, project.values[name])
    except TutorError as error:
        value = f"cannot be resolved: {error.message}"
    facts: dict[str, tuple[Fact, ...]] = {}
    declared = core_settings().get(name)
    if declared is not None:
        notes = [declared.type, *(["secret"] if is_secret(name) else [])]
        facts["What it is"] = (Fact(f"{declared.doc} ({', '.join(notes)})"),)
    facts["Values, the last one counts"] = tuple(
        _layer(project, name, layer, wins=layer is layers[-1]) for layer in layers
    )
    read = names_in(project.renderer.jinja, layers[-1].value)
    followed = sorted(other for other in read if other in project.settings)
    if followed and not generated:
        facts["Computed from"] = tuple(Fact(_named(project, other)) for other in followed)
    facts["Used in"] = reading(project, name)
    return Answer(
        "setting", name, f"{name} = {value or '(empty)'}", facts, f"tutor config save --set {name}=VALUE"
    )


def _layer(project: Project, name: str, layer: Contribution, *, wins: bool) -> Fact:
    origin = layer.origin
    value = MASK if is_secret(name) and not _is_template(layer.value) else _raw(layer.value)
    title = (
        f"{owner(origin)}, {origin.layer.title.removeprefix('plugin ')}"
        if origin.plugin
        else origin.layer.title
    )
    place = origin.place or None
    if origin.layer is Layer.CONFIG_FILE:
        place = f"{project.user.path}:{_line(project, name)}"
    elif origin.layer is Layer.ENVIRONMENT:
        place = f"TUTOR_{name}"
    elif origin.plugin is None:
        place = None
    return Fact(f"{title}: {value or '(empty)'}", place, origin.plugin, wins)


def _is_template(value: object) -> bool:
    return isinstance(value, str) and value.strip().startswith("{{") and value.strip().endswith("}}")


def _raw(value: object) -> str:
    from tutor.config.settings import Alias
    from tutor.serialize import one_line

    if isinstance(value, Alias):
        return f"as {value}"
    text = value if isinstance(value, str) else one_line(value)
    return text if len(text) <= 80 else text[:77] + "…"


def _named(project: Project, name: str) -> str:
    try:
        return f"{name} = {shown(name, project.values[name])}"
    except TutorError:
        return name


def _line(project: Project, name: str) -> int:
    from tutor.plugins import lines

    return lines.of_yaml(project.user.content or b"").get((name,), 1)
