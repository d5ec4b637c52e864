"""Rule: plugins do not set the same thing to different values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.core.hooks import Layer
from tutor.hooks import Filters
from tutor.plugins import overriding
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Filter
    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Overrides that differ, and what two plugins declare under one name."""
    for conflict in overriding.conflicts(subject.project.settings):
        mine = [c.origin for c in conflict.contributions if c.origin.plugin == subject.name]
        others = {c.origin.plugin for c in conflict.contributions} - {subject.name}
        if mine and others:
            message = f"{conflict.name} is set to another value by {_names(others)}"
            yield Place(message, mine[0], f"tutor config save --set {conflict.name}=VALUE settles it")
    yield from _declared_twice(subject)
    yield from _taken(subject, "image", Filters.IMAGES_BUILD, subject.project.config)
    yield from _taken(subject, "template filter", Filters.ENV_TEMPLATE_FILTERS)
    yield from _taken(subject, "template variable", Filters.ENV_TEMPLATE_VARIABLES)


def _declared_twice(subject: Subject) -> Iterator[Place]:
    for name, (value, origin) in subject.settings.items():
        others = {
            c.origin.plugin
            for c in subject.project.settings.layers(name)
            if c.origin.layer is Layer.PLUGIN_DEFAULT
            and c.origin.plugin not in (None, subject.name)
            and c.value != value
            and not overriding.is_aware(name, origin, c.origin)
        }
        if others:
            message = f"{name} is declared with another value by {_names(others)}"
            yield Place(message, origin, "rename the setting")


def _taken(subject: Subject, kind: str, handle: Filter[list[Any], Any], *args: Any) -> Iterator[Place]:
    items = handle.collect(*args)
    for (name, *rest), origin in items:
        others = [o for (n, *r), o in items if n == name and r != rest]
        others = [o for o in others if o.plugin not in (None, subject.name)]
        if origin.plugin != subject.name or not others:
            continue
        if not any(overriding.looks_at_others(handle, name, o, *args) for o in (origin, *others)):
            message = f"The {kind} {name} is one of {_names({o.plugin for o in others})} too"
            yield Place(message, origin, f"rename the {kind}")


def _names(plugins: set[Any]) -> str:
    return " and ".join(f"plugin {name}" for name in sorted(plugins))


RULE = Rule(
    slug="override-conflict",
    severity="warning",
    title="A conflict with another enabled plugin",
    why="Two plugins override one setting with different values, or declare a setting, an image, or a "
    "filter or variable of templates of one name. The one that was enabled last wins. The user settles a "
    "setting in `config.yml`. A function that looks at what others contribute, and goes by that, is in no "
    "conflict with them.",
    check=check,
)
