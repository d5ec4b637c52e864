"""Rule: patterns are regular expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.env.patterns import compiled
from tutor.exceptions import RenderError
from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Patterns of templates and of mounted folders that Python cannot read."""
    patterns = {
        "ENV_PATTERNS_IGNORE": subject.own(Filters.ENV_PATTERNS_IGNORE),
        "ENV_PATTERNS_INCLUDE": subject.own(Filters.ENV_PATTERNS_INCLUDE),
        "MOUNTED_DIRECTORIES": [(item[-1], o) for item, o in subject.own(Filters.MOUNTED_DIRECTORIES)],
    }
    for hook, found in patterns.items():
        for pattern, origin in found:
            try:
                compiled([(pattern, origin)], hook)
            except RenderError as error:
                yield Place(error.message, origin, "write it as the module re of Python reads it")


RULE = Rule(
    slug="invalid-pattern",
    severity="error",
    title="A pattern that is no regular expression",
    why="The patterns of `ENV_PATTERNS_IGNORE`, `ENV_PATTERNS_INCLUDE` and `MOUNTED_DIRECTORIES` are regular "
    "expressions of Python, not those of the shell: `.*` where the shell has `*`, and `\\.` for a dot. With "
    "one that cannot be read, nothing can be rendered or mounted.",
    check=check,
    rendered=False,
)
