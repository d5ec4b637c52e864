"""Rule: with its patches, files are what they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins.checks.facts import format_errors
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Files that are invalid in their format because of the plugin."""
    for error in format_errors(subject):
        path = (error.where or "").rpartition("; ")[2]
        origin = next(o for o in error.origins if o.plugin == subject.name)
        yield Place(error.message, origin, "correct the format, or the indentation", path)


RULE = Rule(
    slug="patch-format",
    severity="error",
    title="A patch has the wrong format or indentation for its point",
    why="The file that the patch goes into would not be valid YAML, Python, JSON, a Compose file, a "
    "Kubernetes manifest, a Caddyfile or a Dockerfile. Indentation is the patch point's: contents "
    "start in the first column, except for what is inside of them.",
    check=check,
)
