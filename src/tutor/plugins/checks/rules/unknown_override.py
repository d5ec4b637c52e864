"""Rule: settings that are overridden exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins.checks.facts import misspelling_of, unknown_overrides
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Overrides of settings that nobody here declares, and no template reads."""
    for name, origin in unknown_overrides(subject):
        if misspelling_of(name, subject) is None:
            message = f"{name} is overridden, and neither the platform nor a plugin here declares or reads it"
            yield Place(message, origin, "install the plugin whose setting it is, or remove the override")


RULE = Rule(
    slug="unknown-override",
    severity="hint",
    title="An override of a setting that does not exist",
    why="The override has no effect: it is misspelt, or the setting is one of an older release, or of a "
    "plugin that is not installed.",
    check=check,
)
