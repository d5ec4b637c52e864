"""Rule: settings of a plugin start with its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins import overriding
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.plugins.checks.subject import Subject

#: Names that are given in a message.
SHOWN = 5


def check(subject: Subject) -> Iterator[Place]:
    """Settings without the prefix that it declares, and does not only change; those of one place together."""
    found: dict[Origin, list[str]] = {}
    for name, (_, origin) in subject.settings.items():
        if not _has_prefix(name, subject.prefix) and not overriding.is_aware(name, origin):
            found.setdefault(origin, []).append(name)
    for origin, names in found.items():
        shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
        start = "Settings do" if len(names) > 1 else "A setting does"
        yield Place(f"{start} not start with {subject.prefix}: {shown}", origin, "rename them")


def _has_prefix(name: str, prefix: str) -> bool:
    return name.startswith(prefix) or name == prefix.rstrip("_")


RULE = Rule(
    slug="setting-prefix",
    severity="hint",
    title="A setting without the plugin's prefix",
    why="A setting named like the plugin cannot collide with one of the platform or of another plugin, "
    "and users see whose it is. Those that exist already cannot be renamed without a word to users: "
    "keep the old name as a default of the new one.",
    check=check,
)
