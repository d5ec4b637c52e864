"""Rule: everything renders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

from tutor.plugins.checks.facts import cause, render_errors
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """What fails while it is rendered, for other reasons than its syntax or a name."""
    for error in render_errors(subject):
        if not isinstance(cause(error), (jinja2.TemplateSyntaxError, jinja2.UndefinedError)):
            yield Place(error.message, error.origins[0], "correct the template")


RULE = Rule(
    slug="render-failure",
    severity="error",
    title="A template cannot be rendered",
    why="A patch, a setting or a file of the plugin fails when it is rendered with the default settings "
    "and those of the enabled plugins: it includes what is not there, divides by zero, or gives a "
    "setting a wrong type.",
    check=check,
)
