"""Rule: today's names of settings are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.config.settings import Alias
from tutor.config.table import core_settings
from tutor.plugins import legacy
from tutor.plugins.checks.facts import names_used
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Settings of old that it reads or sets."""
    for name, (_, origin) in subject.overrides.items():
        if _is_old(subject, name):
            yield Place(f"It sets {name}, a setting of older releases", origin, remedy(name))
    for source in subject.sources:
        for name, line in names_used(subject, source.text):
            if _is_old(subject, name):
                message = (
                    f"{source.title[0].upper()}{source.title[1:]} reads {name}, a setting of older releases"
                )
                yield Place(message, source.at(line), remedy(name))


def _is_old(subject: Subject, name: str) -> bool:
    """Whether only the list of old names has it: a plugin may have taken over a setting of the platform."""
    if name not in legacy.SETTINGS or name in core_settings():
        return False
    layers = subject.project.settings.layers(name)
    return all(c.origin.plugin is None or c.origin.layer > c.origin.layer.PLUGIN_DEFAULT for c in layers)


def remedy(name: str) -> str:
    """What to use today in the place of a setting of old."""
    value = legacy.SETTINGS[name]
    if isinstance(value, Alias):
        return f"instead: {value}"
    return f"today's platform does not use it; its value is {value!r}"


RULE = Rule(
    slug="legacy-setting",
    severity="hint",
    title="A setting of older releases",
    why="Settings were renamed, or went with the service that they were for. Plugins that were made for "
    "older releases find them with a value all the same; what is new should use today's names.",
    check=check,
)
