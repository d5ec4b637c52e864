"""The images of a project by their short names: what can be built, pulled and pushed."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from tutor.config.userfile import nearest
from tutor.engines import images
from tutor.engines.commits import commits
from tutor.engines.fetch import has_buildx
from tutor.engines.images import Build, Fetching, Here
from tutor.env.failures import Text
from tutor.exceptions import EngineError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tutor.core.hooks import Origin
    from tutor.engines.find import Engine
    from tutor.engines.report import Reporter
    from tutor.engines.run import Runner
    from tutor.project import Project

#: The name that stands for all.
ALL = "all"


def pullable(project: Project) -> list[tuple[str, str]]:
    """The (short name, full name) of the images that the platform runs and that registries have."""
    return _rendered(project, Filters.IMAGES_PULL.collect(project.config))


def pushable(project: Project) -> list[tuple[str, str]]:
    """The (short name, full name) of the images that are meant for a registry of one's own."""
    return _rendered(project, Filters.IMAGES_PUSH.collect(project.config))


def tags(project: Project) -> list[tuple[str, str]]:
    """The (short name, full name) of every image. One that can be built has the name that it gets then."""
    built = [(build.name, build.tag) for build in images.all_builds(project)]
    names = {name for name, _ in built}
    return list(dict.fromkeys([*(image for image in pullable(project) if image[0] not in names), *built]))


def tags_of(name: str, known: Iterable[tuple[str, str]]) -> list[str]:
    """The full names of the images of a short name."""
    return [tag for other, tag in known if other == name]


def chosen(names: Iterable[str], known: Iterable[str], verb: str) -> list[str]:
    """Short names that the user means.

    Raises:
        EngineError: there is no image of a name, or none was given.
    """
    known, names = list(dict.fromkeys(known)), list(dict.fromkeys(names))
    if ALL in names:
        return known
    listed = ", ".join([*known, ALL])
    if not names:
        raise EngineError("No image was named", where="command line", hint=f"images to {verb} are: {listed}")
    for name in names:
        if name not in known:
            near = nearest(name, known)
            raise EngineError(
                f"There is no image {name} to {verb}" + (f"; did you mean {near}?" if near else ""),
                where="command line",
                hint=f"images to {verb} are: {listed}",
            )
    return names


def plan_builds(
    runner: Runner,
    engine: Engine,
    builds: Sequence[Build],
    names: Iterable[str],
    arguments: Sequence[str],
    reporter: Reporter,
) -> Fetching:
    """The builds that are due, in order, after what they stand on; tells why each is, or is not.

    Args:
        runner: asks for images that are here.
        engine: where they are.
        builds: all.
        names: of those that are asked for.
        arguments: more for their build commands.
        reporter: told the reasons.
    """
    names = set(names)
    wanted = images.wanted_builds(builds, (), names)
    local = images.images_here(runner, engine, [build.tag for build in wanted])
    wanted = [
        dataclasses.replace(b, extra=tuple(arguments)) if b.name in names else b
        for b in images.remembered(wanted, local)
    ]
    here = images.digests_here(local)
    digests = images.digests(wanted)
    due = []
    for build in wanted:
        reason = _reason(build, here, digests[build.tag]) or _moved(runner, build, local)
        if reason:
            reporter.info(f"{build.name} is built: {reason}")
            due.append((build, digests[build.tag]))
        else:
            reporter.info(f"{build.name} is up to date; to build it all the same: --no-cache")
    return Fetching(builds=tuple(due))


def cache_arguments(runner: Runner, engine: Engine, tag: str, *, read: bool, write: bool) -> list[str]:
    """Options with which layers are kept in a registry beside the image. Only buildx has them."""
    if engine.name != "docker" or not has_buildx(runner, engine):
        return []
    reference = f"type=registry,ref={tag}-cache"
    found = [f"--cache-from={reference}"] if read else []
    return [*found, f"--cache-to={reference},mode=max"] if write else found


def push(runner: Runner, engine: Engine, image: str, reporter: Reporter) -> None:
    """Push an image.

    Raises:
        EngineError: the registry refuses, or there is no such image.
    """
    reporter.info(f"pushing {image}")
    argv = [*engine.command, "push", image]
    result = runner.tail(argv, environment=engine.environment, line=reporter.output)
    if result.code:
        raise EngineError(
            f"Image {image} cannot be pushed: {result.reason}",
            where=f"image {image}",
            hint=f"{engine.name} login{_registry(image)}; tutor images build NAME",
        )


def _registry(image: str) -> str:
    """A blank and the host of an image's registry, where its name has one.

    Rule: https://pkg.go.dev/github.com/distribution/reference
    """
    host, slash, _ = image.partition("/")
    return f" {host}" if slash and ("." in host or ":" in host or host == "localhost") else ""


def _reason(build: Build, here: Mapping[str, str], digest: str) -> str:
    if build.tag not in here:
        return "it is not on this machine"
    if "--no-cache" in build.extra:
        return "--no-cache"
    if any(argument.startswith("--build-context=") for argument in build.arguments):
        return "folders of this machine are built into it"
    if not here[build.tag]:
        return "the one on this machine was pulled, or built by hand"
    return "" if here[build.tag] == digest else "its files, its arguments or what it stands on have changed"


def _moved(runner: Runner, build: Build, here: Mapping[str, Here]) -> str:
    before = here[build.tag].commits
    for name, commit in commits(runner, build).items():
        if before.get(name, commit) != commit:
            return f"{name.removesuffix('_COMMIT')} is at commit {commit[:10]} now"
    return ""


def _rendered(project: Project, items: Iterable[tuple[tuple[str, str], Origin]]) -> list[tuple[str, str]]:
    """Images with their full names. Several may have one short name: plugins add variants."""
    found = []
    for (name, tag), origin in items:
        text = Text(f"<tag of image {name}>", tag, origin, f"tag of image {name}")
        found.append((name, project.renderer.render_text(tag, text)))
    return list(dict.fromkeys(found))
