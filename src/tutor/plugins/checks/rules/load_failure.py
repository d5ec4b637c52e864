"""Rule: the plugin can be loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.exceptions import MissingTemplateError
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Why it was not loaded."""
    for error in subject.load_errors:
        if not isinstance(error, MissingTemplateError):
            origin = error.origins[0] if error.origins else subject.origin
            yield Place(error.message, origin, "correct the plugin")


RULE = Rule(
    slug="load-failure",
    severity="error",
    title="The plugin cannot be loaded",
    why="Its entry point cannot be imported, raises an error, or declares something of the wrong shape. "
    "The message has the line.",
    check=check,
    loaded=False,
    rendered=False,
)
