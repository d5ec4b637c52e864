"""Rule: the settings that templates use exist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

from tutor.plugins.checks.facts import cause, render_errors
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Names for which there is no value when the environment is rendered."""
    for error in render_errors(subject):
        if isinstance(cause(error), jinja2.UndefinedError):
            yield Place(error.message, error.origins[0], "declare the setting, or correct its name")


RULE = Rule(
    slug="undefined-setting",
    severity="error",
    title="A template uses a setting that does not exist",
    why="The environment cannot be rendered. Declare the setting as a default of the plugin, or, if it is "
    "another plugin's, ask with `is defined` whether it is there.",
    check=check,
)
