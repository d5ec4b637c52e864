"""Rule: also what is not rendered now uses settings that exist."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.plugins.checks.facts import misspelling_of, undeclared
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Names in branches that were not taken this time."""
    failed = {error.message for error in subject.errors}
    for source in subject.sources:
        for name, line in undeclared(subject, source.text):
            if any(f"setting {name}" in message for message in failed) or _is_optional(name, source.text):
                continue
            near = misspelling_of(name, subject)
            if near is None and not name.startswith(subject.prefix):
                continue  # another plugin's, whether that one is installed or not
            message = f"{source.title[0].upper()}{source.title[1:]} uses {name}, which nobody declares"
            remedy = f"did you mean {near}?" if near else "declare the setting, or correct its name"
            yield Place(message, source.at(line), remedy)


def _is_optional(name: str, text: str) -> bool:
    """Whether the template asks if there is such a setting, or has a value for when there is none."""
    return bool(re.search(rf"\b{name}\s+is\s+(not\s+)?defined|\b{name}\s*\|\s*(default|d)\b", text))


RULE = Rule(
    slug="undefined-in-branch",
    severity="warning",
    title="A branch of a template uses a setting that does not exist",
    why="The environment can be rendered now, but not any more when the condition around it changes: a "
    "setting that turns a service on, or HTTPS.",
    check=check,
)
