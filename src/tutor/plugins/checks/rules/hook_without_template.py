"""Rule: a hook of API v0 has its template."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.exceptions import MissingTemplateError
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Hooks whose template is not there, which keeps the plugin from being loaded."""
    for error in subject.load_errors:
        if isinstance(error, MissingTemplateError):
            yield Place(error.message, error.origins[0], "create it in the plugin's folder of templates")


RULE = Rule(
    slug="hook-without-template",
    severity="error",
    title="A hook has no template",
    why="The commands of the hook `init` for the service `lms` are in the template "
    "`PLUGIN/hooks/lms/init`, in the plugin's folder of templates. A package that was built without "
    "its data files lacks them.",
    check=check,
    loaded=False,
    rendered=False,
)
