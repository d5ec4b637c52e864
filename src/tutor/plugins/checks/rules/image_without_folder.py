"""Rule: images that are built have something to be built from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor.hooks import Filters
from tutor.plugins.checks.rule import Place, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.plugins.checks.subject import Subject


def check(subject: Subject) -> Iterator[Place]:
    """Images whose folder has no Dockerfile in the environment."""
    for (name, path, _, arguments), origin in subject.own(Filters.IMAGES_BUILD, subject.project.config):
        folder = "/".join((path,) if isinstance(path, str) else path)
        if folder.startswith("/") or any(a.startswith(("-f", "--file")) for a in arguments):
            continue
        if f"{folder}/Dockerfile" not in subject.rendering.tree.files:
            message = f"Image {name} is built from env/{folder}, where there is no Dockerfile"
            yield Place(message, origin, f"add the template {folder.removeprefix('plugins/')}/Dockerfile")


RULE = Rule(
    slug="image-without-folder",
    severity="warning",
    title="An image without its build folder",
    why="`tutor images build` fails. In API v0 the folder is `PLUGIN/build/IMAGE` among the plugin's "
    "templates; in API v1 it is a folder of the environment, rendered because of "
    "`ENV_TEMPLATE_TARGETS`.",
    check=check,
)
