"""Rule: plugins do not set the same thing to different values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.core.hooks import Layer
from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Overrides that differ, and what two plugins declare under one name."""
    for conflict in subject.project.settings.conflicts():
        mine = [c.origin for c in conflict.contributions if c.origin.plugin == subject.name]
        others = {c.origin.plugin for c in conflict.contributions} - {subject.name}
        if mine and others:
            message = f"{conflict.name} is set to another value by {_names(others)}"
            yield Place(message, mine[0], f"tutor config save --set {conflict.name}=VALUE settles it")
    yield from _declared_twice(subject)


def _declared_twice(subject: Subject) -> Iterator[Place]:
    for name, (value, origin) in subject.settings.items():
        others = {
            c.origin.plugin
            for c in subject.project.settings.layers(name)
            if c.origin.layer is Layer.PLUGIN_DEFAULT and c.origin.plugin != subject.name and c.value != value
        }
        if others:
            yield Place(
                f"{name} is declared with another value by {_names(others)}", origin, "rename the setting"
            )
    images = Filters.IMAGES_BUILD.collect(subject.project.config)
    for image, origin in images:
        others = {o.plugin for i, o in images if i[0] == image[0] and i != image} - {subject.name, None}
        if origin.plugin == subject.name and others:
            yield Place(f"The image {image[0]} is one of {_names(others)} too", origin, "rename the image")


def _names(plugins: set[Any]) -> str:
    return " and ".join(f"plugin {name}" for name in sorted(plugins))


RULE = Rule(
    slug="override-conflict",
    severity="warning",
    title="A conflict with another enabled plugin",
    why="Two plugins override one setting with different values, or declare a setting or an image "
    "of one name. The one that was enabled last wins. The user settles a setting in "
    "`config.yml`.",
    check=check,
)
