"""Rule: what manifests name is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Changes to objects, references to objects and files of resources that are not there."""
    for lack in subject.rendering.lacks:
        if lack.origin.plugin == subject.name:
            yield Place(lack.message, lack.origin, "add it, or correct the name")


RULE = Rule(
    slug="missing-object",
    severity="warning",
    title="Manifests name what is not there",
    why="A change to an object of Kubernetes that is not there keeps all objects from being applied, and so "
    "does a file of resources that is not there. A pod that needs a ConfigMap, a Secret or a volume that is "
    "not there waits for it without an end.",
    check=check,
)
