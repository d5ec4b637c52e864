"""What templates are told of mounted folders, as functions that plugins call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tutor import bindmount

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def is_directory_mounted(image_name: str, dirname: str) -> bool:
    """Whether an image installs folders of a name."""
    return image_name in bindmount.installing_images(dirname)


def iter_mounted_directories(mounts: Iterable[str], image_name: str) -> Iterator[str]:
    """Yield the names of the mounted folders that an image installs, each once."""
    return bindmount.iter_mounted_directories(mounts, image_name)
