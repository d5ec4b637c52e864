"""Getting the images that a project runs: pulled or built, each with its progress."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Literal

from tutor.engines import images
from tutor.engines.commits import commits
from tutor.engines.customised import pulled_without
from tutor.engines.together import Step, together
from tutor.exceptions import EngineError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tutor.engines.find import Engine
    from tutor.engines.images import Build, Fetching
    from tutor.engines.model import Service
    from tutor.engines.report import Reporter
    from tutor.engines.run import Result, Runner
    from tutor.project import Project

#: Settings: how many images are pulled and built at the same time.
PULLED, BUILT = "IMAGES_PULLED_AT_ONCE", "IMAGES_BUILT_AT_ONCE"
#: Lines of a failed build that are shown.
SHOWN = 20
#: Major version of Docker's client from which on BuildKit is a plugin: https://docs.docker.com/engine/release-notes/23.0/
BUILDX_SINCE = 23
#: What the other builders say of what only buildx can do.
_NEEDS_BUILDX = ("requires BuildKit", "unknown flag: --build-context")


def ensure(
    runner: Runner,
    engine: Engine,
    project: Project,
    services: Mapping[str, Service],
    reporter: Reporter,
    *,
    build: bool,
    pull_all: bool = False,
    app: Literal["local", "dev"] = "local",
) -> None:
    """Make sure that the images of some services are on this machine.

    Args:
        runner: runs the commands.
        engine: where the images go.
        project: opened.
        services: those that will run.
        reporter: told about each image.
        build: build what is missing, or was built from other files. Else a missing one is an error.
        pull_all: pull also what is here: there may be a newer one.
        app: what is run: ``local`` or ``dev``.

    Raises:
        EngineError: an image can neither be pulled nor built; says who names it.
    """
    users = images.needed(services)
    declared = images.all_builds(project)
    here = images.images_here(runner, engine, dict.fromkeys([*users, *(b.tag for b in declared)]))
    builds = images.remembered(images.built_here(declared, here), here)
    for warning in pulled_without(project, [b for b in declared if b.tag in users], builds):
        reporter.warn(warning)
    required = set(Filters.IMAGES_BUILD_REQUIRED.iterate(app)) if build else set()
    fetching = images.plan_fetching(
        users, builds, images.digests_here(here), pull_all=pull_all, required=required
    )
    if not build:
        for wanted, _ in fetching.builds:
            if wanted.tag in users and wanted.tag not in here:
                raise not_built_yet(wanted, app)
            if wanted.tag in here:
                reporter.warn(
                    f"image {wanted.name} was built from other files; "
                    f"to build it again: tutor {app} start --build"
                )
        fetching = images.Fetching(pulls=fetching.pulls)
    if not fetching.builds and not fetching.pulls:
        reporter.info("all images are here")
    fetch(runner, engine, project, fetching, users, reporter)


def fetch(
    runner: Runner,
    engine: Engine,
    project: Project,
    fetching: Fetching,
    users: Mapping[str, list[str]],
    reporter: Reporter,
) -> None:
    """Pull and build what is missing: several at a time, an image after those that it stands on.

    Args:
        runner: runs the commands.
        engine: where the images go.
        project: says which setting or plugin names an image, and how many are pulled and built at a time.
        fetching: what is missing.
        users: image → services that run it.
        reporter: told about each image.

    Raises:
        EngineError: an image can neither be pulled nor built; says who names it. The others are given up.
    """
    commands = [*_pulls(engine, project, fetching, users), *_builds(runner, engine, fetching)]
    steps = [_step(runner, reporter, each, number, len(commands)) for number, each in enumerate(commands, 1)]
    together(steps, {kind: int(project.values[kind]) for kind in (PULLED, BUILT)})


@dataclass(frozen=True, slots=True)
class _Getting:
    """A command that gets an image.

    Args:
        kind: setting that limits how many of them run at a time.
        image: full name.
        name: short name.
        told: words for what it does.
        argv: the command.
        environment: variables for it.
        failed: the error, where it fails.
        after: images that have to be here before.
    """

    kind: str
    image: str
    name: str
    told: str
    argv: list[str]
    environment: Mapping[str, str]
    failed: Callable[[Result], EngineError]
    after: frozenset[str] = frozenset()


def _pulls(
    engine: Engine, project: Project, fetching: Fetching, users: Mapping[str, list[str]]
) -> Iterator[_Getting]:
    for image in fetching.pulls:
        name = image.rpartition("/")[2].partition("@")[0].partition(":")[0]
        argv = images.pull_command(engine, image)
        failed = functools.partial(_not_pulled, project, image, users.get(image, []))
        yield _Getting(PULLED, image, name, f"pulling {image}", argv, engine.environment, failed)


def _builds(runner: Runner, engine: Engine, fetching: Fetching) -> Iterator[_Getting]:
    environment = build_environment(runner, engine) if fetching.builds else {}
    for build, digest in fetching.builds:
        given = f" with {' '.join(build.extra)}" if build.extra else ""
        # What is built from the same folder has layers in common: the second one finds them made.
        same = {other.tag for other, _ in fetching.builds if other.folder == build.folder}
        yield _Getting(
            BUILT,
            build.tag,
            build.name,
            f"building {build.name}: {build.tag}{given}",
            images.build_command(engine, build, digest, commits(runner, build)),
            environment,
            functools.partial(_not_built, build),
            frozenset(same | build.parents()),
        )


def _step(runner: Runner, reporter: Reporter, getting: _Getting, number: int, total: int) -> Step:
    lead = f"{getting.name}: " if total > 1 else ""

    def begin() -> None:
        reporter.info(f"[{number}/{total}] {getting.told}")

    def work() -> None:
        result = runner.tail(
            getting.argv,
            environment=getting.environment,
            line=lambda line: reporter.output(f"{lead}{line}"),
        )
        if result.code:
            raise getting.failed(result)

    return Step(getting.image, begin, work, after=getting.after, kind=getting.kind)


def has_buildx(runner: Runner, engine: Engine) -> bool:
    """Whether Docker has its plugin buildx."""
    return runner.capture([*engine.command, "buildx", "version"]).code == 0


def build_environment(runner: Runner, engine: Engine) -> dict[str, str]:
    """Variables for a build, so that Docker uses BuildKit where it has it.

    Clients before 23.0 have it built in, and use it when asked to; later ones need buildx, and without that
    they have to be told to do without.
    """
    environment = dict(engine.environment)
    if engine.name == "docker" and not has_buildx(runner, engine):
        asked = [*engine.command, "version", "--format", "{{.Client.Version}}"]
        major = runner.capture(asked).output.partition(".")[0]
        built_in = major.isdecimal() and int(major) < BUILDX_SINCE
        environment["DOCKER_BUILDKIT"] = "1" if built_in else "0"
    return environment


def not_built_yet(build: Build, app: str) -> EngineError:
    """The error about an image that is neither here nor in any registry."""
    return EngineError(
        f"Image {build.tag} was not built yet",
        where=f"image {build.name}" + (f", {build.origin}" if build.origin else ""),
        hint=f"tutor {app} start --build, or tutor {app} launch",
    )


def _not_pulled(project: Project, image: str, services: list[str], result: Result) -> EngineError:
    settings = images.naming_settings(project, image)
    named = f"setting {settings[0]}" if settings else f"service {', '.join(services)}"
    reason = result.reason.removeprefix("Error response from daemon: ")
    remedy = f"or name another one: tutor config save --set {settings[0]}=IMAGE" if settings else ""
    return EngineError(
        f"Image {image} is neither on this machine nor can it be pulled: {reason}",
        where=f"{named}; it is the image of {', '.join(services)}" if settings else named,
        hint=f"docker pull {image} {remedy}".strip().replace(f"{image} or", f"{image}, or"),
    )


def _not_built(build: Build, result: Result) -> EngineError:
    lines = result.output.splitlines()[-SHOWN:]
    remedy = f"correct it, then run the same command again; by hand: docker build {quote(str(build.folder))}"
    if any(words in line for words in _NEEDS_BUILDX for line in lines):
        remedy = "sudo apt-get install docker-buildx, or see https://docs.docker.com/go/buildx/; then again"
    return EngineError(
        f"Image {build.name} cannot be built ({build.tag})",
        where=f"{build.origin}, {build.folder}" if build.origin else str(build.folder),
        excerpt="\n".join(lines),
        hint=remedy,
    )
