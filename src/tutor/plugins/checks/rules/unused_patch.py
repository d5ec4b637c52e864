"""Rule: some template asks for each patch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.env.contract import RETIRED_PATCHES
from tutor.plugins.checks.facts import unknown_patches
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Patches that no template of the platform or of a plugin that is installed here asks for."""
    for patch, origin in unknown_patches(subject):
        if not patch.suggestion and patch.name not in RETIRED_PATCHES:
            message = f"No template of the platform or of the enabled plugins asks for the patch {patch.name}"
            yield Place(message, origin, "enable the plugin whose patch point it is, or remove the patch")


RULE = Rule(
    slug="unused-patch",
    severity="hint",
    title="No template asks for a patch",
    why="The patch has no effect with the plugins that are enabled. That is as it should be when the "
    "patch point is another plugin's, and does something only together with that one.",
    check=check,
)
