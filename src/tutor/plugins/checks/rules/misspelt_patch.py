"""Rule: names of patches are spelt as the patch points are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins.checks.facts import unknown_patches
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Patches whose name is nearly one of a patch point."""
    for patch, origin in unknown_patches(subject):
        if patch.suggestion:
            yield Place(patch.message, origin, f"use the name {patch.suggestion}")


RULE = Rule(
    slug="misspelt-patch",
    severity="error",
    title="The name of a patch is misspelt",
    why="No template asks for a patch of this name, and there is a patch point that differs from it in a "
    "letter or two. What the patch should do would silently not happen.",
    check=check,
)
