"""Rule: names of overridden settings are spelt as the settings are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins.checks.facts import misspelling_of, unknown_overrides
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Overrides whose name is nearly that of a setting."""
    for name, origin in unknown_overrides(subject):
        near = misspelling_of(name, subject)
        if near is not None:
            yield Place(
                f"{name} is overridden, and there is no such setting", origin, f"did you mean {near}?"
            )


RULE = Rule(
    slug="misspelt-override",
    severity="warning",
    title="The name of an overridden setting is misspelt",
    why="Nobody declares or reads a setting of this name, and there is one that differs from it in a letter "
    "or two. The override has no effect.",
    check=check,
)
