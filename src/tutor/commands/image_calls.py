"""Functions about images that plugins and scripts call, with settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor import bindmount, env
from tutor.exceptions import EngineError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tutor.core.hooks import Filter
    from tutor.types import Config

#: Images that the core builds: name → the setting with the full name.
BASE_IMAGE_NAMES = [("openedx", "DOCKER_IMAGE_OPENEDX"), ("permissions", "DOCKER_IMAGE_PERMISSIONS")]
_ALL = "all"


class ImageNotFoundError(EngineError):
    """There is no image of a name."""

    def __init__(self, image_name: str) -> None:
        super().__init__(
            f"There is no image {image_name}", where=f"image {image_name}", hint="tutor images printtag all"
        )


def find_images_to_build(config: Config, image: str) -> Iterator[tuple[str, str, str, tuple[str, ...]]]:
    """Yield the images of a name, or all: name, folder in the environment, full name, build arguments.

    Raises:
        ImageNotFoundError: there is none.
    """
    found = False
    for name, path, tag, arguments in Filters.IMAGES_BUILD.iterate(config):
        if image in (name, _ALL):
            found = True
            folder = path if isinstance(path, str) else "/".join(path)
            yield name, folder, env.render_str(config, tag), tuple(arguments)
    if not found:
        raise ImageNotFoundError(image)


def find_remote_image_tags(
    config: Config, filtre: Filter[list[tuple[str, str]], [Config]], image: str
) -> Iterator[str]:
    """Yield the full names of the images of a name, or all, that are pulled or pushed.

    Args:
        config: settings.
        filtre: `Filters.IMAGES_PULL` or `Filters.IMAGES_PUSH`.
        image: the name.

    Raises:
        ImageNotFoundError: there is none.
    """
    found = False
    for name, tag in filtre.iterate(config):
        if image in (name, _ALL):
            found = True
            yield env.render_str(config, tag)
    if not found:
        raise ImageNotFoundError(image)


def get_image_build_contexts(config: Config) -> dict[str, list[tuple[str, str]]]:
    """Image → the mounted folders that are built into it, each with the name of its build context."""
    found: dict[str, list[tuple[str, str]]] = {}
    for mount in bindmount.get_mounts(config):
        for image, name, host in bindmount.build_contexts(mount):
            found.setdefault(image, []).append((host, name))
    return found
