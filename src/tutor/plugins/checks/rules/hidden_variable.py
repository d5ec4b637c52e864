"""Rule: variables of templates are not hidden by settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Variables with the name of a setting, and variables and filters before which the core's count."""
    for kind, handle in (
        ("variable", Filters.ENV_TEMPLATE_VARIABLES),
        ("filter", Filters.ENV_TEMPLATE_FILTERS),
    ):
        counts: dict[str, Origin] = {name: origin for (name, _), origin in handle.collect()}
        for (name, _), origin in subject.own(handle):
            if kind == "variable" and subject.declared(name):
                message = f"Templates find the setting {name}, and never the variable of this name"
                yield Place(message, origin, "rename the variable; to change the setting: CONFIG_OVERRIDES")
            elif counts[name].plugin is None:
                message = f"Templates find the platform's {kind} {name}, and never the plugin's"
                yield Place(message, origin, f"rename the {kind}, or contribute it with priorities.DEFAULT")


RULE = Rule(
    slug="hidden-variable",
    severity="warning",
    title="A variable or filter of templates that is hidden",
    why="Where a variable of `ENV_TEMPLATE_VARIABLES` has the name of a setting, templates get the setting. "
    "Of several variables or filters of one name, they get the last one.",
    check=check,
)
