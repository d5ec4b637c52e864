"""Rule: something reads each setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins.checks.facts import mentions
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Declared settings whose name is nowhere else."""
    for name, (value, origin) in subject.settings.items():
        # What is not named like the plugin may be another plugin's, which reads it.
        if name.startswith(subject.prefix) and value != subject.version and not mentions(subject, name):
            yield Place(
                f"Nothing reads the setting {name}",
                origin,
                "use it, or remove it",
            )


RULE = Rule(
    slug="unused-setting",
    severity="warning",
    title="A setting that nothing reads",
    why="Neither a template of the platform or of an enabled plugin names it, nor the plugin's own code. "
    "Users who set it wait for an effect that never comes.",
    check=check,
)
