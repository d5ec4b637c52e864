"""Rule: folders that are rendered exist."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule
from tutor.plugins.v0 import RENDERED_FOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Targets of which nothing lies in any folder of templates."""
    roots = [root for root, _ in subject.project.renderer.roots]
    if subject.template_roots and not any(map(os.path.isdir, subject.template_roots)):
        return  # told by another rule
    for (source, destination), origin in subject.own(Filters.ENV_TEMPLATE_TARGETS):
        if subject.plugin.kind != "v1" and source in {f"{subject.name}/{name}" for name in RENDERED_FOLDERS}:
            continue  # in API v0 they need not be there
        if not any(os.path.exists(os.path.join(root, source)) for root in roots):
            message = f"{source} is to be rendered to env/{destination}, and no folder of templates has it"
            yield Place(message, origin, f"correct the path, add {source}, or remove the target")


RULE = Rule(
    slug="missing-target",
    severity="hint",
    title="A target without templates",
    why="`ENV_TEMPLATE_TARGETS` names folders or files below the folders of templates. Where none of those "
    "has it, nothing is rendered: the path is misspelt, or it is left over from a template for plugins.",
    check=check,
)
