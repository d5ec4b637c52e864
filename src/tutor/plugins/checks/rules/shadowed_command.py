"""Rule: the plugin's commands are called by their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Commands and jobs that have another word than their name, or none."""
    for added in subject.commands:
        if added.origin.plugin == subject.name and added.obstacle:
            yield Place(added.obstacle, added.origin, added.remedy)


RULE = Rule(
    slug="shadowed-command",
    severity="warning",
    title="A command or a job that is not called by its name",
    why="The core's commands keep their names; of two plugins, the one that comes first in `PLUGINS` does. "
    "A command or job whose name is taken is called by the name of its plugin, a dash, and its own: "
    "`tutor local myplugin-backup`. One that has no name, or one that looks like an option, or whose name "
    "the plugin gives to another as well, cannot be called at all.",
    check=check,
)
