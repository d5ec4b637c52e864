"""Rule: what a plugin of API v0 declares is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.config.userfile import distance, nearest
from tutor.plugins import v0
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Parts of `config` and `hooks` that do not exist, and keys of a YAML file that are nearly one."""
    for (attribute, name), origin in subject.own(v0.UNREAD):
        known = v0.SECTIONS.get(attribute, v0.ATTRIBUTES)
        near = nearest(name, known)
        if attribute:
            remedy = f"did you mean {near}?" if near else f"use {', '.join(known[:-1])} or {known[-1]}"
            yield Place(f"Nothing reads {name} in {attribute}", origin, remedy)
        elif name in v0.ATTRIBUTES:
            yield Place(f"Nothing reads {name} in a YAML file", origin, "make the plugin a Python package")
        elif near is not None and distance(name.lower(), near) <= 2:
            yield Place(f"Nothing reads {name}", origin, f"did you mean {near}?")


RULE = Rule(
    slug="unread-key",
    severity="warning",
    title="A key that nothing reads",
    why="In API v0, `config` has the parts `add`, `defaults` and `set`, and `hooks` has `pre-init`, `init`, "
    "`build-image` and `remote-image`. What stands under another name has no effect.",
    check=check,
)
