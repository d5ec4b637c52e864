"""Rule: plugins do not set the same thing to different values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.core.hooks import Layer
from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TypeAlias

    from tutor.core.hooks import Origin
    from tutor.plugins.checks.subject import Subject

    _Named: TypeAlias = tuple[str, Any, Origin]


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
    config = subject.project.config
    kinds: tuple[tuple[str, list[_Named]], ...] = (
        ("image", [(item[0], item, origin) for item, origin in Filters.IMAGES_BUILD.collect(config)]),
        ("command", [(item.name or "", item, origin) for item, origin in Filters.CLI_COMMANDS.collect()]),
    )
    for kind, items in kinds:
        yield from _taken(subject, kind, items)


def _taken(subject: Subject, kind: str, items: list[_Named]) -> Iterator[Place]:
    for name, item, origin in items:
        others: set[Any] = {o.plugin for n, i, o in items if n == name and i != item}
        others -= {subject.name, None}
        if origin.plugin == subject.name and others:
            yield Place(f"The {kind} {name} is one of {_names(others)} too", origin, f"rename the {kind}")


def _names(plugins: set[Any]) -> str:
    return " and ".join(f"plugin {name}" for name in sorted(plugins))


RULE = Rule(
    slug="override-conflict",
    severity="warning",
    title="A conflict with another enabled plugin",
    why="Two plugins override one setting with different values, or declare a setting, an image or a "
    "command of one name. The one that was enabled last wins. The user settles a setting in "
    "`config.yml`.",
    check=check,
)
