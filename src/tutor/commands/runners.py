"""What runs tasks and commands of Compose, as plugins call it: with a root and settings."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from tutor.commands.context import Context
from tutor.exceptions import EngineError, TaskError
from tutor.tasks import BaseComposeTaskRunner, BaseTaskRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from tutor.commands.compose import Session
    from tutor.commands.job_session import JobSession
    from tutor.engines.compose import Files, Flavour
    from tutor.jobs.tasks import Task
    from tutor.project import Project
    from tutor.types import Config

__all__ = [
    "BaseComposeContext",
    "BaseTaskContext",
    "ComposeJobRunner",
    "ComposeTaskRunner",
    "DevContext",
    "DevTaskRunner",
    "K8sContext",
    "K8sTaskRunner",
    "LocalContext",
    "LocalJobRunner",
    "LocalTaskRunner",
    "docker_compose",
]


class ComposeTaskRunner(BaseComposeTaskRunner):
    """Runs scripts in services of a Compose project: of `tutor local`, unless a subclass says otherwise.

    A subclass may change the name of the project, and the paths of its files and of those for jobs.
    """

    #: Words of Compose that start containers.
    STARTING = frozenset(("restart", "run", "start", "up"))

    def __init__(self, root: str, config: Config) -> None:
        super().__init__(root, config)
        flavour = self.flavour()
        files = flavour.files(Path(root) / "env")
        self.project_name = str(config.get(flavour.project_setting, ""))
        self.docker_compose_files = [os.path.normpath(files.folder / name) for name in files.services]
        self.docker_compose_job_files = [os.path.normpath(files.folder / name) for name in files.jobs]

    def flavour(self) -> Flavour:
        """Which project it is."""
        from tutor.engines.compose import LOCAL

        return LOCAL

    def docker_compose(self, *command: str) -> int:
        """Run a command of Compose on the project's files, on our terminal.

        Raises:
            EngineError: it fails.
        """
        with self._session() as session:
            if self.STARTING.intersection(command[:1]):
                session.announce_start()
            code = session.hand_on(*command, jobs=command[:1] == ("run",))
        if code:
            raise EngineError(f"The command of Compose failed with exit code {code}", where=" ".join(command))
        return code

    def docker_compose_output(self, *command: str) -> bytes:
        """Run a command of Compose on the project's files silently, and return what it printed.

        Raises:
            EngineError: it fails.
        """
        from tutor.utils import check_output

        with self._session() as session:
            return check_output(*session.compose.command(*command))

    def is_running(self) -> bool:
        """Whether a container of the project runs.

        Raises:
            EngineError: there is no environment, or no engine that answers.
        """
        from tutor.engines.health import containers

        with self._session() as session:
            return any(c.state == "running" for c in containers(session.runner, session.compose))

    def run_task(self, service: str, command: str) -> int:
        """Run a script in a new container of a service, after what the service needs was started.

        Raises:
            TutorError: there is no such service, or the script fails.
        """
        from tutor.core.hooks import CORE
        from tutor.jobs.tasks import Task

        with self._session() as session:
            session.announce_start()
            return _run_one(session, Task(f"task/{service}", service, command, CORE))

    @contextlib.contextmanager
    def _session(self) -> Iterator[Session]:
        from tutor.commands.compose import Session, TerminalReporter
        from tutor.engines.run import ProcessRunner

        flavour = dataclasses.replace(self.flavour(), files=self._files)
        with _opened(self.root) as project:
            yield Session(flavour, project, ProcessRunner(), TerminalReporter(), name=self.project_name)

    def _files(self, environment: Path) -> Files:
        files = self.flavour().files(environment)
        services, jobs = tuple(self.docker_compose_files), tuple(self.docker_compose_job_files)
        return dataclasses.replace(files, services=services, jobs=jobs)


class LocalTaskRunner(ComposeTaskRunner):
    """Runs scripts in services of `tutor local`."""


class DevTaskRunner(ComposeTaskRunner):
    """Runs scripts in services of `tutor dev`."""

    def flavour(self) -> Flavour:
        """The project of `tutor dev`."""
        from tutor.engines.compose import DEV

        return DEV


class ComposeJobRunner(LocalTaskRunner):
    """The runner under its name of 2021.

    Args:
        root: folder of the project.
        config: its settings.
        docker_compose_func: ``(root, config, *command)``; runs a command of Compose.
    """

    def __init__(
        self, root: str, config: Config, docker_compose_func: Callable[..., Any] | None = None
    ) -> None:
        super().__init__(root, config)
        self.docker_compose_func = docker_compose_func


class LocalJobRunner(ComposeJobRunner):
    """The runner of `tutor local` under its name of 2021."""


class K8sTaskRunner(BaseTaskRunner):
    """Runs scripts in services on Kubernetes."""

    def run_task(self, service: str, command: str) -> int:
        """Run a script in a new pod of a service, after what the service needs was started.

        Raises:
            TutorError: there is no such service, no cluster that answers, or the script fails.
        """
        from tutor.commands.kubernetes import new_session
        from tutor.core.hooks import CORE
        from tutor.jobs.tasks import Task

        with _opened(self.root) as project:
            return _run_one(new_session(project), Task(f"task/{service}", service, command, CORE))


def _opened(root: str) -> AbstractContextManager[Project]:
    from tutor.facade.opening import opened_project  # what it takes is not imported for a help text

    return opened_project(root)


def _run_one(session: JobSession, task: Task) -> int:
    """Run a task by itself, and return 0.

    Raises:
        TaskError: it fails.
    """
    tasks = session.place.resolve([task])
    session.place.start(tasks)
    place = session.place
    result = place.run(tasks[0], session.reporter.output)
    if result.code:
        raise TaskError(
            f"The task failed in service {task.service} (exit code {result.code})",
            where=f"{place.where(tasks[0])}; the end of its output follows",
            excerpt=result.output,
        )
    return result.code


class BaseTaskContext(Context):
    """The project, and what runs tasks in it."""

    def job_runner(self, config: Config) -> BaseTaskRunner:
        """What runs tasks.

        Args:
            config: the settings with which scripts are rendered.
        """
        raise NotImplementedError  # each way to run the platform has a runner of its own


#: As it was called until 2022.
BaseJobContext = BaseTaskContext


class BaseComposeContext(BaseTaskContext):
    """The project, for commands that run it with Compose."""

    NAME: ClassVar[Literal["local", "dev"]]
    OPENEDX_SERVICES: ClassVar[list[str]] = ["lms", "cms"]

    @property
    def flavour(self) -> Flavour:
        """How it is run."""
        from tutor.engines.compose import FLAVOURS

        return FLAVOURS[self.NAME]

    def job_runner(self, config: Config) -> ComposeTaskRunner:
        """What runs tasks."""
        raise NotImplementedError  # each way to run the platform has a runner of its own


class LocalContext(BaseComposeContext):
    """The project, for commands of `tutor local`."""

    NAME = "local"
    OPENEDX_SERVICES: ClassVar[list[str]] = ["lms", "cms", "lms-worker", "cms-worker"]

    def job_runner(self, config: Config) -> LocalTaskRunner:
        """What runs tasks."""
        return LocalTaskRunner(self.root, config)


class DevContext(BaseComposeContext):
    """The project, for commands of `tutor dev`."""

    NAME = "dev"

    def job_runner(self, config: Config) -> DevTaskRunner:
        """What runs tasks."""
        return DevTaskRunner(self.root, config)


class K8sContext(BaseTaskContext):
    """The project, for commands of `tutor k8s`."""

    def job_runner(self, config: Config) -> K8sTaskRunner:
        """What runs tasks."""
        return K8sTaskRunner(self.root, config)


def docker_compose(root: str, config: Config, *command: str) -> int:
    """Run a command of Compose on the files of `tutor local`.

    Raises:
        EngineError: it fails.
    """
    return LocalTaskRunner(root, config).docker_compose(*command)


def run_and_remove(s: Session, args: list[str]) -> int:
    """Run a command in a new container on our terminal, and remove the container."""
    if s.compose.engine.name == "docker":
        return s.hand_on("run", "--rm", *args, jobs=True)
    # Podman forgets the exit code of a container that removes itself.
    from tutor.engines.start import remove_labelled

    label = f"tutor.run={os.getpid()}"
    try:
        return s.hand_on("run", "--label", label, *args, jobs=True)
    finally:
        if not {"-d", "--detach"} & set(args):
            remove_labelled(s.runner, s.compose, label)
