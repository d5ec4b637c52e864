"""Rule: images have a version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tutor.env.failures import Text
from tutor.exceptions import TutorError
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Origin
    from tutor.plugins.checks.subject import Subject

_FROM = re.compile(r"^[ \t]*FROM\s+(?:--\S+\s+)*(\S+)(?:\s+AS\s+(\S+))?", re.IGNORECASE | re.MULTILINE)
_HINT = "name a version"


def check(subject: Subject) -> Iterator[Place]:
    """Images with the tag `latest`, or none, which is the same: of services, and in Dockerfiles."""
    built = {_rendered(subject, tag, origin) for _, tag, origin in subject.images}
    for service in subject.services:
        image = service.body.get("image")
        if "build" in service.body:
            continue  # the name that Compose gives to what it builds
        if isinstance(image, str) and is_latest(image) and image not in built:
            origin, path = service.at("image")
            yield Place(f"Service {service.name} runs {image}, of no version", origin, _HINT, path)
    for name, tag, origin in subject.images:
        image = _rendered(subject, tag, origin)
        if is_latest(image):
            yield Place(f"Image {name} is {image}, of no version", origin, _HINT)
    for file in subject.files:
        if file.path.rpartition("/")[2] == "Dockerfile":
            text = file.content.decode(errors="replace")
            yield from _dockerfile(file.path, text, subject.template_of(file))


def _dockerfile(path: str, text: str, origin: Origin) -> Iterator[Place]:
    stages = set()
    for found in _FROM.finditer(text):
        image, stage = found.groups()
        if image not in stages and image != "scratch" and is_latest(image):
            line = text.count("\n", 0, found.start(1)) + 1
            yield Place(f"A Dockerfile starts from {image}, of no version", origin, _HINT, f"{path}:{line}")
        if stage:
            stages.add(stage)


def is_latest(image: str) -> bool:
    """Whether the image that a name stands for changes: `latest`, or no tag. Variables are not known."""
    if not image or "$" in image or "@" in image or "{" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")


def _rendered(subject: Subject, tag: str, origin: Origin) -> str:
    try:
        return subject.project.renderer.render_text(tag, Text(f"<tag {tag}>", tag, origin, "tag"))
    except TutorError:
        return ""  # told by another rule


RULE = Rule(
    slug="latest-tag",
    severity="warning",
    title="An image of no version",
    why="`latest`, or no tag at all, is another image each time it is pulled: two machines run different "
    "things, and going back is not possible.",
    check=check,
)
