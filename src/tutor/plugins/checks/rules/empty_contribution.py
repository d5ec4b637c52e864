"""Rule: what is contributed is not empty."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.hooks import Filters
from tutor.plugins.checks.lines import start
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.plugins.checks.subject import Subject

#: Of the shell, and of Jinja.
_COMMENT = re.compile(r"^[ \t]*#[^\n]*$|\{#.*?#\}", re.MULTILINE | re.DOTALL)


def check(subject: Subject) -> Iterator[Place]:
    """Patches and public hosts without anything in them, and tasks without a command."""
    for title, origin in _empty(subject):
        yield Place(f"{title} is empty", origin, "fill it, or remove it")


def _empty(subject: Subject) -> Iterator[tuple[str, Origin]]:
    for (name, content), origin in subject.own(Filters.ENV_PATCHES):
        if not content.strip():
            yield f"The patch {name}", start(origin, name, content)[0]
    for (service, script), origin in subject.own(Filters.CLI_DO_INIT_TASKS):
        if not _COMMENT.sub("", script).strip():
            yield f"An init task for {service}", start(origin, service, script)[0]
    for app in ("local", "dev"):
        for host, origin in subject.own(Filters.APP_PUBLIC_HOSTS, app):
            if not (host or "").strip():
                yield "A public host", origin


RULE = Rule(
    slug="empty-contribution",
    severity="hint",
    title="A patch, a task or a host that is empty",
    why="It does nothing: it was meant to have something in it, or is left over. For a task, a container is "
    "started all the same.",
    check=check,
)
