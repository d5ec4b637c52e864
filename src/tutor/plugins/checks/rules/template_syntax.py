"""Rule: templates compile."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jinja2

from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Templates with a mistake in their syntax, also those that were not rendered."""
    for source in subject.sources:
        try:
            subject.project.renderer.jinja.compile(source.text)
        except jinja2.TemplateSyntaxError as error:
            message = f"{source.title[0].upper()}{source.title[1:]} does not compile: {error.message}"
            yield Place(message, source.at(error.lineno), "correct the template")


RULE = Rule(
    slug="template-syntax",
    severity="error",
    title="A template does not compile",
    why="Jinja cannot read it: a tag that is not closed, a filter that does not exist. Files that are no "
    "templates, and have `{{` or `{%` in them, are excepted with the filter `IS_FILE_RENDERED`, or a "
    "`{% raw %}` around it.",
    check=check,
)
