"""Images: which ones a project runs, which of them are built here and from what, which are pulled."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import hashlib
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from tutor import bindmount
from tutor.env.failures import Text
from tutor.exceptions import EngineError
from tutor.hooks import Filters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tutor.core.hooks import Origin
    from tutor.engines.find import Engine
    from tutor.engines.model import Service
    from tutor.engines.run import Runner
    from tutor.project import Project

#: Images of the core that registries have: pulled, unless they were built here, or a plugin builds them.
PULLED = ("openedx", "permissions")
#: Label of an image that we built: the digest of all that it was built from.
DIGEST_LABEL = "tutor.context-sha256"
#: Label of an image that was built with arguments of a command line, as JSON: the next build gets them, too.
ARGUMENTS_LABEL = "tutor.arguments"
#: Label of an image that was built from branches: build argument → the commit that a branch was at, as JSON.
COMMITS_LABEL = "tutor.commits"
#: Beginnings of arguments that are for one build alone.
PASSING = ("--no-cache", "--cache-from=", "--cache-to=", "--output=", "--add-host=")
_PARENT = re.compile(
    r"^\s*FROM\s+(?:--\S+\s+)*(\S+)|^\s*COPY\s+.*?--from=(\S+)", re.IGNORECASE | re.MULTILINE
)

_MISSING = re.compile(r"[Nn]o such (?:image|object): (\S+?):?(?=\s|$)")


@dataclass(frozen=True, slots=True)
class Build:
    """An image that is built here.

    Args:
        name: short name.
        folder: what it is built from.
        tag: the image's full name.
        arguments: for the build command.
        origin: who contributed it.
        extra: more of them, from a command line.
    """

    name: str
    folder: Path
    tag: str
    arguments: tuple[str, ...] = ()
    origin: Origin | None = None
    extra: tuple[str, ...] = ()

    @property
    def lasting(self) -> tuple[str, ...]:
        """The arguments that change what comes out, not only how it is made."""
        return tuple(a for a in (*self.arguments, *self.extra) if not a.startswith(PASSING))

    def parents(self) -> set[str]:
        """Images that its Dockerfile names.

        Raises:
            EngineError: there is no Dockerfile.
        """
        path = self.folder / "Dockerfile"
        try:
            text = path.read_text()
        except OSError as error:
            raise EngineError(
                f"Image {self.name} cannot be built: its Dockerfile cannot be read ({error.strerror})",
                where=f"{self.origin}: {path}" if self.origin else str(path),
                hint="tutor config save",
            ) from None
        return {name for pair in _PARENT.findall(text) for name in pair if name}


@dataclass(frozen=True, slots=True)
class Here:
    """An image on this machine.

    Args:
        identity: as the engine knows it.
        digest: of what it was built from; empty where it was not built by us.
        extra: arguments of a command line that it was built with.
        commits: of the branches that it was built from, by build argument.
    """

    identity: str
    digest: str = ""
    extra: tuple[str, ...] = ()
    commits: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetching:
    """What has to be done so that all images are here: builds first, in order, each with its digest."""

    builds: tuple[tuple[Build, str], ...] = ()
    pulls: tuple[str, ...] = ()


def all_builds(project: Project) -> list[Build]:
    """The images that can be built, those of the core among them that are pulled unless somebody builds them.

    Of several with one full name the last counts: plugins build the core's in their own way.

    Raises:
        RenderError: the name of an image, or a build argument, cannot be rendered.
    """
    found: dict[str, Build] = {}
    for (name, path, tag, arguments), origin in Filters.IMAGES_BUILD.collect(project.config):
        parts = (path,) if isinstance(path, str) else tuple(path)

        def render(source: str, what: str, name: str = name, origin: Origin = origin) -> str:
            text = Text(f"<{what} of image {name}>", source, origin, f"{what} of image {name}")
            return project.renderer.render_text(source, text)

        build = Build(
            name=name,
            folder=Path(project.environment, *parts),
            tag=render(tag, "tag"),
            arguments=tuple(render(argument, "build argument") for argument in arguments),
            origin=origin if origin.plugin else None,
        )
        found.pop(build.tag, None)  # the last one stands where it was declared
        found[build.tag] = with_mounts(build, project.values["MOUNTS"])
    return list(found.values())


def built_here(builds: Iterable[Build], here: Mapping[str, Here]) -> list[Build]:
    """The builds of images that come from this machine.

    The core's come from a registry, unless somebody has built them here.

    Args:
        builds: all.
        here: images on this machine.
    """
    return [
        build
        for build in builds
        if build.name not in PULLED
        or (build.origin and build.origin.plugin)
        or (build.tag in here and here[build.tag].digest)
    ]


def with_mounts(build: Build, mounts: Iterable[str]) -> Build:
    """A build with the folders of this machine that it takes in the place of what it would fetch."""
    contexts = [c for mount in mounts for c in bindmount.build_contexts(mount)]
    options = [f"--build-context={name}={host}" for image, name, host in contexts if image == build.name]
    return dataclasses.replace(build, arguments=(*build.arguments, *options)) if options else build


def needed(services: Mapping[str, Service]) -> dict[str, list[str]]:
    """Image → the services that run it. What Compose builds itself is left out."""
    found: dict[str, list[str]] = {}
    for service in services.values():
        if service.image and not service.built:
            found.setdefault(service.image, []).append(service.name)
    return found


def wanted_builds(
    builds: Sequence[Build], images: Collection[str], required: Collection[str] = ()
) -> list[Build]:
    """The builds that images need, with those that they stand on; ``required`` are names of further ones."""
    by_tag = {build.tag: build for build in builds}
    pending = [b for b in builds if b.tag in images or b.name in required]
    chosen: set[str] = set()
    while pending:
        build = pending.pop()
        if build.tag not in chosen:
            chosen.add(build.tag)
            pending += [by_tag[tag] for tag in build.parents() if tag in by_tag]
    return [build for build in builds if build.tag in chosen]


def digests(builds: Iterable[Build]) -> dict[str, str]:
    """Tag → digest of all that an image is built from: its folder, its arguments, its parents built here."""
    found: dict[str, str] = {}
    for build in builds:
        digest = hashlib.sha256()
        for argument in build.lasting:
            digest.update(b"argument\0" + argument.encode() + b"\0")
        for parent in sorted(build.parents() & found.keys()):
            digest.update(b"parent\0" + found[parent].encode() + b"\0")
        for path in _files(build.folder):
            executable = b"x" if os.access(path, os.X_OK) else b"-"
            name = str(path.relative_to(build.folder)).encode()
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            digest.update(b"file\0%b\0%b\0%d\0" % (name, executable, len(content)) + content)
        found[build.tag] = digest.hexdigest()
    return found


def plan_fetching(
    images: Collection[str],
    builds: Sequence[Build],
    here: Mapping[str, str],
    *,
    pull_all: bool = False,
    required: Collection[str] = (),
) -> Fetching:
    """What is missing.

    Args:
        images: what the project runs.
        builds: what can be built, in order of declaration.
        here: images on this machine, each with the digest it was built from, empty for others.
        pull_all: pull also what is here: there may be a newer one.
        required: names of builds that are wanted although no service runs them.
    """
    wanted = wanted_builds(builds, images, required)
    digest_of = digests(wanted)
    stale = [(b, digest_of[b.tag]) for b in wanted if here.get(b.tag) != digest_of[b.tag]]
    pulls = [i for i in images if i not in digest_of and (pull_all or i not in here)]
    return Fetching(tuple(stale), tuple(pulls))


def images_here(runner: Runner, engine: Engine, names: Iterable[str]) -> dict[str, Here]:
    """Those of some images that are on this machine."""
    # All of the configuration: in a template, an image without labels would be an error.
    template = "{{.Id}}|{{json .Config}}"
    names = list(names)

    def ask(*wanted: str) -> tuple[list[Here], set[str]]:
        argv = [*engine.command, "image", "inspect", "--format", template, *wanted]
        result = runner.capture(argv, environment=engine.environment)
        # One that is missing may leave an empty line.
        lines = [line for line in result.output.splitlines() if line.strip()]
        return [_here(*line.split("|", 1)) for line in lines], set(_MISSING.findall(result.errors))

    # All at once: the engine describes those that are here, in order, and names the others.
    found, missing = ask(*names) if names else ([], set())
    there = [name for name in names if name not in missing]
    if len(found) == len(there):
        return dict(zip(there, found, strict=True))
    with concurrent.futures.ThreadPoolExecutor(max_workers=8) as pool:
        answers = pool.map(ask, names)
        return {name: answer[0] for name, (answer, _) in zip(names, answers, strict=True) if answer}


def _here(identity: str, configuration: str = "null") -> Here:
    labels = (json.loads(configuration) or {}).get("Labels") or {}
    try:
        extra = tuple(map(str, json.loads(labels.get(ARGUMENTS_LABEL, "[]"))))
        commits = dict(json.loads(labels.get(COMMITS_LABEL, "{}")))
    except (ValueError, TypeError):
        extra, commits = (), {}  # somebody else's labels
    return Here(identity.removeprefix("sha256:"), labels.get(DIGEST_LABEL, ""), extra, commits)


def digests_here(here: Mapping[str, Here]) -> dict[str, str]:
    """Image → digest of what it was built from."""
    return {name: image.digest for name, image in here.items()}


def remembered(builds: Iterable[Build], here: Mapping[str, Here]) -> list[Build]:
    """Builds with the arguments of a command line that their images were built with before."""
    return [dataclasses.replace(b, extra=here[b.tag].extra) if b.tag in here else b for b in builds]


def build_command(
    engine: Engine, build: Build, digest: str, commits: Mapping[str, str] = MappingProxyType({})
) -> list[str]:
    """The command that builds an image; plugins may change it.

    Args:
        engine: that builds it.
        build: the image.
        digest: of what it is built from.
        commits: that its branches are at, by build argument.
    """
    command = ["build", "--tag", build.tag, "--label", f"{DIGEST_LABEL}={digest}"]
    command += [f"--build-arg={name}={commit}" for name, commit in commits.items()]
    command += ["--label", f"{COMMITS_LABEL}={json.dumps(dict(commits))}"] if commits else []
    kept = [argument for argument in build.extra if not argument.startswith(PASSING)]
    command += ["--label", f"{ARGUMENTS_LABEL}={json.dumps(kept)}"] if kept else []
    command += [*build.arguments, *build.extra, str(build.folder)]
    return [*engine.command, *Filters.DOCKER_BUILD_COMMAND.apply(command)]


def pull_command(engine: Engine, image: str) -> list[str]:
    """The command that pulls an image."""
    return [*engine.command, "pull", image]


def naming_settings(project: Project, image: str) -> list[str]:
    """Settings whose value is the name of an image."""
    return [name for name, value in project.config.items() if value == image]


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        folders.sort()
        for file in sorted(files):
            yield Path(parent, file)
