"""Tasks in containers of Compose."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tutor.engines.compose import JOB_LABEL, service_names
from tutor.engines.health import containers, is_ready, wait_until_healthy
from tutor.engines.images import images_here
from tutor.engines.model import dependencies, read_model
from tutor.engines.start import remove_labelled, start
from tutor.jobs.place import without_service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tutor.engines.compose import ComposeProject, Files
    from tutor.engines.model import Service
    from tutor.engines.report import Reporter
    from tutor.engines.run import Result, Runner
    from tutor.jobs.tasks import Task

#: Runs a script that it reads from its input. On a command line, everybody on this machine could read it,
#: secrets included. The script's commands get an input of their own, else they would swallow what is left.
SHELL = ("sh", "-c", 'script=$(cat); exec </dev/null; set -e; eval "$script"')
#: Seconds that the services on which tasks depend may take to become healthy.
TIMEOUT = 600.0


@dataclass(frozen=True, slots=True)
class ComposePlace:
    """Runs tasks in containers of a Compose project.

    Args:
        runner: runs the commands.
        compose: the project.
        reporter: told what is started.
        group: of the commands: ``local`` or ``dev``.
    """

    runner: Runner
    compose: ComposeProject
    reporter: Reporter
    group: str = "local"
    #: Each is a process of the platform, which takes memory.
    at_once: int = 2
    _services: dict[str, Service] = field(default_factory=dict)

    @property
    def services(self) -> dict[str, Service]:
        """All services, those of jobs as well, by name. Compose is asked once: each question is a process.

        Raises:
            EngineError: Compose refuses the environment.
        """
        if not self._services:
            self._services.update(read_model(self.runner, self.compose, jobs=True))
        return self._services

    def resolve(self, tasks: Iterable[Task]) -> list[Task]:
        """Make sure that each task has a service that runs it."""
        return check_services(tasks, self.compose.files)

    def start(self, tasks: Sequence[Task]) -> None:
        """Start the services that tasks need, and wait until they are healthy."""
        services = self.services
        jobs = dict.fromkeys(task.job_service for task in tasks)
        startable = service_names(self.compose.files)
        needed = {n: services[n] for n in dependencies(services, jobs) if n in startable}
        found = {c.service: c for c in containers(self.runner, self.compose)}
        if all(name in found and is_ready(found[name], needed[name]) for name in needed):
            return
        self.reporter.info(f"starting {', '.join(needed)}")
        start(self.runner, self.compose, needed, self.reporter, names=list(needed))
        wait_until_healthy(self.runner, self.compose, list(needed.values()), self.reporter, timeout=TIMEOUT)

    def images(self) -> dict[str, str]:
        """Service → identity of its image."""
        names = dict.fromkeys(service.image for service in self.services.values() if service.image)
        here = images_here(self.runner, self.compose.engine, names)
        return {name: here[x.image].identity for name, x in self.services.items() if x.image in here}

    def clear(self) -> bool:
        """Remove the containers of a run that was cut off."""
        return remove_labelled(self.runner, self.compose, JOB_LABEL)

    def run(self, task: Task, line: Callable[[str], None]) -> Result:
        """Run one task in a new container."""
        try:
            return self.runner.tail(
                self.compose.run_job(task.job_service, SHELL, task.name),
                stdin=task.script,
                environment=self.compose.run_environment,
                line=line,
            )
        finally:
            remove_labelled(self.runner, self.compose, f"{JOB_LABEL}={task.name}")

    def where(self, task: Task) -> str:
        """The service that ran a task."""
        return f"service {task.job_service}"


def check_services(tasks: Iterable[Task], files: Files) -> list[Task]:
    """Make sure that each task has a service in some files that runs it.

    Returns:
        The tasks, each with that service.

    Raises:
        TaskError: one has none.
    """
    known = service_names(files, jobs=True)
    found = []
    for task in tasks:
        if task.job_service in known:
            found.append(task)
        elif task.origin.plugin and task.service in known:
            found.append(dataclasses.replace(task, container=task.service))
        else:
            raise without_service(task, "local-docker-compose-jobs-services")
    return found
