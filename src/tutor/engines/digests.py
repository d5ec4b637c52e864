"""Digests of images: what a registry calls exactly this image."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tutor.engines.find import Engine
    from tutor.engines.run import Runner


def digests(runner: Runner, engine: Engine, images: Iterable[str]) -> dict[str, str]:
    """Digest of each image that is here and came from a registry, or was pushed to one."""
    found = {}
    for image in sorted(set(images)):
        argv = [*engine.command, "image", "inspect", "--format", "{{json .RepoDigests}}", image]
        result = runner.capture(argv, environment=engine.environment)
        try:
            names = json.loads(result.output) if result.code == 0 else None
        except ValueError:
            continue
        if names:
            found[image] = _best(image, names).rpartition("@")[2]
    return found


def _best(image: str, names: list[str]) -> str:
    """The digest under the image's own name: one image may be in several registries."""
    repository = image.removeprefix("docker.io/").rpartition("/")[2].partition(":")[0]
    own = [name for name in names if name.partition("@")[0].rpartition("/")[2] == repository]
    return min(own or names)
