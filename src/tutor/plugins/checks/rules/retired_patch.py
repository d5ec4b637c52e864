"""Rule: patch points of older releases are replaced by those of today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.env.contract import RETIRED_PATCHES
from tutor.plugins.checks.facts import unknown_patches
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Patches for points that today's platform has no more."""
    for patch, origin in unknown_patches(subject):
        if patch.name in RETIRED_PATCHES:
            message = f"The patch point {patch.name} is one of older releases, and of no effect today"
            yield Place(message, origin, f"instead: {RETIRED_PATCHES[patch.name]}")


RULE = Rule(
    slug="retired-patch",
    severity="warning",
    title="A patch point of older releases",
    why="Requests enter through Caddy since 2020, and certificates are automatic: patches for Nginx and "
    "for ingress rules are used by no template. The finding says which patch point does what this one "
    "did.",
    check=check,
)
