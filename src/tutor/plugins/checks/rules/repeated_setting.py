"""Rule: a list of settings has each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Settings to which one and the same call gives two values."""
    for handle in (Filters.CONFIG_DEFAULTS, Filters.CONFIG_UNIQUE, Filters.CONFIG_OVERRIDES):
        seen: dict[tuple[str, Origin], Any] = {}
        for (name, value), origin in subject.own(handle):
            if (name, origin) in seen and seen[name, origin] != value:
                message = f"The list has {name} twice, with different values: the last one counts"
                yield Place(message, origin, "remove one of them")
            seen[name, origin] = value


RULE = Rule(
    slug="repeated-setting",
    severity="warning",
    title="A setting that stands twice in a list",
    why="The first value has no effect.",
    check=check,
)
