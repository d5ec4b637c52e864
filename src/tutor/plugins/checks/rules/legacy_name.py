"""Rule: today's names of patches, services and hooks are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins import legacy
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Names of old that were put into those of today when the plugin was loaded."""
    for (kind, name), origin in subject.own(legacy.USES):
        yield Place(f"The {kind} {name} is one of older releases", origin, f"instead: {_today(kind, name)}")


def _today(kind: str, name: str) -> str:
    if kind == "hook":
        return "CLI_DO_INIT_TASKS" + (" with priorities.HIGH" if "PRE" in name else "")
    return {"patch": legacy.PATCHES, "service": legacy.SERVICES}[kind][name]


RULE = Rule(
    slug="legacy-name",
    severity="hint",
    title="A patch, a service or a hook of older releases",
    why="It has another name today, and is understood under the old one.",
    check=check,
)
