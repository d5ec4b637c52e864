"""Digests of images: what a registry calls exactly this image."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tutor.engines.find import Engine
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner


@dataclass(frozen=True, slots=True)
class Difference:
    """An image that is not the one of a digest.

    Args:
        image: its name, with a tag.
        have: the digest of the one that is here, empty where it has none: it was built here; ``None``
            where there is none here.
        want: the digest that it should have.
    """

    image: str
    have: str | None
    want: str

    @property
    def message(self) -> str:
        """One line."""
        if self.have is None:
            return f"image {self.image} is not on this machine; it should be {self.want}"
        return f"image {self.image} is {self.have or 'one that no registry knows'}, not {self.want}"


def digests(runner: Runner, engine: Engine, images: Iterable[str]) -> dict[str, str]:
    """Digest of each image that is here; empty where it was neither in a registry nor pushed to one."""
    found = {}
    for image in sorted(set(images)):
        argv = [*engine.command, "image", "inspect", "--format", "{{json .RepoDigests}}", image]
        result = runner.capture(argv, environment=engine.environment)
        try:
            names = json.loads(result.output) if result.code == 0 else None
        except ValueError:
            continue
        if names is not None:
            found[image] = _best(image, names).rpartition("@")[2] if names else ""
    return found


def differences(runner: Runner, engine: Engine, wanted: Mapping[str, str]) -> list[Difference]:
    """The images, by name and digest, that are others here, or are not here."""
    here = digests(runner, engine, wanted)
    return [
        Difference(image, here.get(image), digest)
        for image, digest in sorted(wanted.items())
        if here.get(image) != digest
    ]


def pull(runner: Runner, engine: Engine, difference: Difference, reporter: Reporter) -> None:
    """Get the image of a digest, and give it the name under which services run it.

    Raises:
        EngineError: no registry gives it.
    """
    reference = f"{_repository(difference.image)}@{difference.want}"
    reporter.info(f"pulling {difference.image}, {difference.want}")
    for argv in (["pull", reference], ["tag", reference, difference.image]):
        result = runner.tail([*engine.command, *argv], environment=engine.environment, line=reporter.output)
        if result.code:
            raise EngineError(
                f"Image {difference.image} cannot be made the one of {difference.want}: {result.reason}",
                where=f"image {reference}",
                hint=f"{engine.name} {' '.join(argv)}",
            )


def _repository(image: str) -> str:
    """The name of an image without its tag: a colon may also be that of a port."""
    folder, slash, name = image.partition("@")[0].rpartition("/")
    return f"{folder}{slash}{name.partition(':')[0]}"


def _best(image: str, names: list[str]) -> str:
    """The digest under the image's own name: one image may be in several registries."""
    repository = _repository(image.removeprefix("docker.io/")).rpartition("/")[2]
    own = [name for name in names if name.partition("@")[0].rpartition("/")[2] == repository]
    return min(own or names)
