"""What runs tasks and commands of Compose, as plugins call it: with a root and settings."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor.commands.context import Context, default_plugins_root
from tutor.exceptions import EngineError, TaskError
from tutor.tasks import BaseTaskRunner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tutor.commands.compose import Session
    from tutor.commands.job_session import JobSession
    from tutor.engines.compose import Flavour
    from tutor.jobs.tasks import Task
    from tutor.project import Project
    from tutor.types import Config

__all__ = [
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


class ComposeTaskRunner(BaseTaskRunner):
    """Runs scripts in services of a Compose project: of `tutor local`, unless a subclass says otherwise."""

    def flavour(self) -> Flavour:
        """Which project it is."""
        from tutor.commands.local import FLAVOUR

        return FLAVOUR

    def docker_compose(self, *command: str) -> int:
        """Run a command of Compose on the project's files, on our terminal.

        Raises:
            EngineError: it fails.
        """
        with self._session() as session:
            code = session.hand_on(*command, jobs=command[:1] == ("run",))
        if code:
            raise EngineError(f"The command of Compose failed with exit code {code}", where=" ".join(command))
        return code

    def run_task(self, service: str, command: str) -> int:
        """Run a script in a new container of a service, after what the service needs was started.

        Raises:
            TutorError: there is no such service, or the script fails.
        """
        from tutor.core.hooks import CORE
        from tutor.jobs.tasks import Task

        with self._session() as session:
            return _run_one(session, Task(f"task/{service}", service, command, CORE))

    @contextlib.contextmanager
    def _session(self) -> Iterator[Session]:
        from tutor.commands.compose import Session, TerminalReporter
        from tutor.engines.run import ProcessRunner

        with _opened(self.root) as project:
            yield Session(self.flavour(), project, ProcessRunner(), TerminalReporter())


class LocalTaskRunner(ComposeTaskRunner):
    """Runs scripts in services of `tutor local`."""


class DevTaskRunner(ComposeTaskRunner):
    """Runs scripts in services of `tutor dev`."""

    def flavour(self) -> Flavour:
        """Which project it is."""
        from tutor.commands.dev import FLAVOUR

        return FLAVOUR


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

    def run_job(self, service: str, command: str) -> int:
        """Run a script in a new container of a service."""
        return self.run_task(service, command)


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


@contextlib.contextmanager
def _opened(root: str) -> Iterator[Project]:
    """The project of a root: the one that is open, if it is that."""
    from tutor.project import current_project, opened

    project = current_project(Path(root))
    if project is not None:
        yield project
        return
    with opened(Path(root), Path(default_plugins_root())) as project:
        yield project


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


class LocalContext(Context):
    """The project, for commands of `tutor local`."""

    def job_runner(self, config: Config) -> LocalTaskRunner:
        """What runs tasks."""
        return LocalTaskRunner(self.root, config)


class DevContext(Context):
    """The project, for commands of `tutor dev`."""

    def job_runner(self, config: Config) -> DevTaskRunner:
        """What runs tasks."""
        return DevTaskRunner(self.root, config)


class K8sContext(Context):
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
