"""Compose: from a project to the commands that start, stop and ask it. Nothing is run here."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tutor.config.userfile import nearest
from tutor.env.compose_files import WAYS, in_order
from tutor.exceptions import EngineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tutor.engines.find import Engine

#: Names that stand for several services.
ALIASES = {"openedx": ("lms", "cms", "lms-worker", "cms-worker")}
#: Label of the containers in which tasks run.
JOB_LABEL = "tutor.job"


@dataclass(frozen=True, slots=True)
class Files:
    """The files that describe a Compose project.

    Args:
        folder: where they are, and where the user may put files of their own.
        services: what runs all the time.
        jobs: what runs once, besides.
    """

    folder: Path
    services: tuple[str, ...]
    jobs: tuple[str, ...]

    def paths(self, *, jobs: bool) -> list[Path]:
        """The files in the order in which Compose merges them: those of jobs come last.

        Raises:
            EngineError: the environment was not rendered yet.
        """
        names = in_order(self.services, "docker-compose.tmp.yml")
        if jobs:
            names += in_order(self.jobs, "docker-compose.jobs.tmp.yml")
        required = {self.folder / name for name in (*self.services, *self.jobs)}
        paths = [self.folder / name for name in names]
        for path in paths:
            if path in required and not path.is_file():
                raise EngineError(
                    "There is no environment to run yet", where=str(path), hint="tutor config save"
                )
        return [Path(os.path.normpath(path)) for path in paths if path.is_file()]


def local_files(environment: Path) -> Files:
    """The files of ``tutor local``, in a rendered environment."""
    return _files(environment, "local")


def dev_files(environment: Path) -> Files:
    """The files of ``tutor dev``: those of local without what is for production, and its own on top."""
    return _files(environment, "dev")


def _files(environment: Path, way: str) -> Files:
    services, tasks = (tuple(os.path.relpath(path, way) for path in paths) for paths in WAYS[way])
    return Files(environment / way, services, tasks)


@dataclass(frozen=True, slots=True)
class Flavour:
    """One way to run the platform with Compose.

    Args:
        name: as plugins know it: ``local`` or ``dev``.
        project_setting: setting with the name of the Compose project.
        files: the Compose files in a rendered environment.
    """

    name: Literal["local", "dev"]
    project_setting: str
    files: Callable[[Path], Files]


LOCAL = Flavour("local", "LOCAL_PROJECT_NAME", local_files)
DEV = Flavour("dev", "DEV_PROJECT_NAME", dev_files)
FLAVOURS = {flavour.name: flavour for flavour in (LOCAL, DEV)}


@dataclass(frozen=True, slots=True)
class ComposeProject:
    """A Compose project on an engine: each method returns a command.

    Args:
        name: keeps the containers of projects apart.
        files: what it consists of.
        engine: where it runs.
        directory: where relative paths in the files start, if not where the first file lies.
        group: of the commands that work on it, for hints: ``local`` or ``dev``.
    """

    name: str
    files: Files
    engine: Engine
    directory: Path | None = None
    group: str = "local"

    def command(self, *arguments: str, jobs: bool = False) -> list[str]:
        """A command of Compose.

        Raises:
            EngineError: the environment was not rendered yet.
        """
        files = [str(path) for path in self.files.paths(jobs=jobs)]
        chosen = [word for path in files for word in ("--file", path)]
        if self.directory is not None:
            chosen += ["--project-directory", str(self.directory)]
        return [*self.engine.compose, "--project-name", self.name, *chosen, *arguments]

    def up(self, services: Iterable[str] = (), *, detach: bool, build: bool = False) -> list[str]:
        """Create and start services, and remove containers of services that are no more."""
        options = ["--detach"] if detach else []
        options += ["--build"] if build else []
        return self.command("up", "--remove-orphans", *options, *services)

    @property
    def run_environment(self) -> dict[str, str]:
        """Variables of a command of Compose that runs something in a new container.

        Compose counts containers of other tasks that have ended, and are about to be removed, among orphans,
        and advises to remove them.
        """
        return {**self.engine.environment, "COMPOSE_IGNORE_ORPHANS": "true"}

    def run_job(self, service: str, command: Sequence[str], name: str) -> list[str]:
        """Run a command in a new container whose dependencies run already; its input is ours.

        Args:
            service: in whose container.
            command: what runs.
            name: the container's label, which tells it from others that run at the same time.

        The container stays when it has ended, for `remove_labelled`: Podman forgets the exit code of one
        that removes itself.
        """
        options = ["--no-deps", "--no-TTY", "--label", f"{JOB_LABEL}={name}"]
        return self.command("run", *options, service, *command, jobs=True)

    def run_between_streams(self, service: str, command: Sequence[str], quiet: Path) -> list[str]:
        """Run a command in a new container, whose output is a stream of data. It stays, as in `run_job`.

        Args:
            service: in whose container.
            command: what runs.
            quiet: a Compose file laid over the others, that keeps the engine from logging what is printed.
        """
        argv = self.command(jobs=True)
        options = ["--no-deps", "--no-TTY", "--label", f"{JOB_LABEL}=true", "--env", "TUTOR_SCRIPT"]
        return [*argv, "--file", str(quiet), "run", *options, service, *command]

    def logs(self, services: Iterable[str], *, follow: bool = False, tail: int | None = None) -> list[str]:
        """Show what services printed."""
        options = ["--follow"] if follow else []
        options += ["--tail", str(tail)] if tail is not None else []
        return self.command("logs", *options, *services)


def expand(services: Iterable[str]) -> list[str]:
    """Services, with each alias replaced by what it stands for."""
    return [name for service in services for name in ALIASES.get(service, (service,))]


def service_names(files: Files, *, jobs: bool = False) -> list[str]:
    """Names of the services in the rendered files, read without any engine.

    Raises:
        EngineError: the environment was not rendered yet, or a file is not YAML.
    """
    names: dict[str, None] = {}
    for path in files.paths(jobs=jobs):
        services = _read(path).get("services")
        names.update(dict.fromkeys(services if isinstance(services, dict) else ()))
    return list(names)


def check_services(wanted: Iterable[str], files: Files) -> None:
    """Make sure that services exist.

    Raises:
        EngineError: one does not; names the nearest one that does.
    """
    names = service_names(files)
    for name in expand(wanted):
        if name not in names:
            near = nearest(name, names)
            raise EngineError(
                f"There is no service {name}" + (f"; did you mean {near}?" if near else ""),
                where=str(files.folder),
                hint=f"services are: {', '.join(sorted(names))}",
            )


def _read(path: Path) -> dict[str, Any]:
    import yaml

    from tutor.env.formats.compose.reader import UnreadableError
    from tutor.env.formats.compose_file import content

    try:
        return content(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, UnreadableError) as error:
        line = str(error).splitlines()[-1].strip()
        raise EngineError(
            f"{path.name} is not YAML: {line}", where=str(path), hint="tutor config save"
        ) from None
