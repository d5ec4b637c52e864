"""Rule: images have a version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.env.formats.dockerfile import instructions
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject

_FROM = re.compile(r"(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE)
_HINT = "name a version"


def check(subject: Subject) -> Iterator[Place]:
    """Images with the tag `latest`, or none, which is the same: of services, and in Dockerfiles."""
    built = {subject.rendered(tag, origin) for _, tag, origin in subject.images}
    for service in subject.services:
        image = service.body.get("image")
        if "build" in service.body:
            continue  # the name that Compose gives to what it builds
        if isinstance(image, str) and is_latest(image) and image not in built:
            origin, path = service.at("image")
            yield Place(f"Service {service.name} runs {image}, of no version", origin, _HINT, path)
    for name, tag, origin in subject.images:
        image = subject.rendered(tag, origin)
        if is_latest(image):
            yield Place(f"Image {name} is {image}, of no version", origin, _HINT)
    for file in subject.files:
        if file.path.rpartition("/")[2] == "Dockerfile":
            text = file.content.decode(errors="replace")
            for image, line in _bases(text):
                origin = subject.template_of(file, line)
                message = f"A Dockerfile starts from {image}, of no version"
                yield Place(message, origin, _HINT, f"{file.path}:{line}")


def _bases(text: str) -> Iterator[tuple[str, int]]:
    """Images of no version that a Dockerfile starts from, each with its line."""
    stages = {"scratch"}
    for line, word, rest in instructions(text):
        found = _FROM.match(rest) if word.upper() == "FROM" else None
        if found is not None:
            image, stage = found.groups()
            if image.lower() not in stages and is_latest(image):
                yield image, line
            stages.add((stage or "").lower())


def is_latest(image: str) -> bool:
    """Whether the image that a name stands for changes: `latest`, or no tag. Variables are not known."""
    if not image or "$" in image or "@" in image or "{" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")


RULE = Rule(
    slug="latest-tag",
    severity="warning",
    title="An image of no version",
    why="`latest`, or no tag at all, is another image each time it is pulled: two machines run different "
    "things, and going back is not possible.",
    check=check,
)
