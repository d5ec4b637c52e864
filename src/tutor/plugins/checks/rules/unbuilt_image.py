"""Rule: images that are required or pushed come from somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Names of images that nothing builds, and pushes of what is never here."""
    config = subject.project.config
    built = {item[0]: item[2] for item in Filters.IMAGES_BUILD.iterate(config)}
    said = set()
    for app in ("local", "dev"):
        for name, origin in subject.own(Filters.IMAGES_BUILD_REQUIRED, app):
            if name not in built and name not in said:
                said.add(name)
                message = f"Image {name} is to be built before a launch, and nothing builds it"
                yield Place(message, origin, "correct the name, or add the image to IMAGES_BUILD")
    services, complete = subject.all_services
    if not complete:
        return
    here = {**dict(Filters.IMAGES_PULL.iterate(config)), **built}
    tags = {subject.rendered(tag) for tag in here.values()}
    tags |= {str(service.body.get("image")) for service in services}
    for (name, tag), origin in subject.own(Filters.IMAGES_PUSH, config):
        if name not in here and subject.rendered(tag, origin) not in tags:
            message = f"Image {name} is pushed, and neither built nor pulled"
            yield Place(message, origin, "add it to IMAGES_BUILD, or do not push it")


RULE = Rule(
    slug="unbuilt-image",
    severity="warning",
    title="An image that nothing builds",
    why="A name in `IMAGES_BUILD_REQUIRED` is one of `IMAGES_BUILD`; any other is passed over. What "
    "`IMAGES_PUSH` names has to be on the machine: built here, pulled, or run by a service.",
    check=check,
)
