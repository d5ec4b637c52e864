"""Where the tasks of a job run: on Compose, or on Kubernetes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tutor.exceptions import TaskError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tutor.engines.run import Result
    from tutor.jobs.tasks import Task


class Place(Protocol):
    """Runs tasks, each in a new container of its service."""

    @property
    def group(self) -> str:
        """The group of commands that work there: ``local``, ``dev`` or ``k8s``."""

    @property
    def at_once(self) -> int:
        """How many tasks it runs at the same time."""

    def resolve(self, tasks: Iterable[Task]) -> list[Task]:
        """Make sure that each task has a service that runs it, before the first one runs.

        That is the job service; plugins of before 2020 have none, and their tasks run in the service itself.

        Returns:
            The tasks, each with the service that runs it.

        Raises:
            TaskError: one has none; names plugin, service, and the patch that would add it.
        """

    def start(self, tasks: Sequence[Task]) -> None:
        """Start the services that tasks need, and wait until they are ready.

        Raises:
            EngineError: one does not start.
        """

    def images(self) -> Mapping[str, str]:
        """Service that runs tasks → identity of its image; empty where nobody asks for it."""

    def clear(self) -> bool:
        """Remove what a run that was cut off has left, and say whether there was anything."""

    def run(self, task: Task, line: Callable[[str], None]) -> Result:
        """Run one task, hand on each line that it prints, and leave nothing behind."""

    def where(self, task: Task) -> str:
        """Words for messages: what ran the task."""


def without_service(task: Task, patch: str) -> TaskError:
    """The error about a task that no service can run.

    Args:
        task: the task.
        patch: the patch point at which the service would be added.
    """
    return TaskError(
        f"The task {task.name} of {task.owner} for service {task.service} cannot run: "
        f"there is no service {task.job_service}",
        where=str(task.origin),
        hint=f"add {task.job_service} with a patch named {patch}",
    )
