"""What jobs work with, whatever runs the platform: Compose or Kubernetes."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tutor.commands.context import Context
    from tutor.engines.report import Reporter
    from tutor.jobs.place import Place
    from tutor.project import Project


class JobSession(Protocol):
    """An opened project, and the place where its tasks run."""

    @property
    def project(self) -> Project:
        """The opened project."""

    @property
    def reporter(self) -> Reporter:
        """Told what goes on."""

    @property
    def place(self) -> Place:
        """Where tasks run.

        Raises:
            EngineError: there is no environment, or no engine that answers.
        """

    def check_before_jobs(self) -> None:
        """Make sure that tasks can run.

        Raises:
            EngineError: something keeps them from it.
        """

    def run_interactively(self, service: str, command: Sequence[str]) -> int:
        """Run a command in a new container of a service on our terminal, and remove the container."""


@contextlib.contextmanager
def job_session(
    context: Context, *, deploys: bool = False, allow_missing: bool = False
) -> Iterator[JobSession]:
    """Open the project for a job of the current group.

    Args:
        context: says where the project is.
        deploys: the job would run the platform without the plugins that cannot be loaded.
        allow_missing: the user says that this is fine.
    """
    from tutor.commands import compose, kubernetes
    from tutor.commands.runners import BaseTaskContext, K8sContext

    if isinstance(context, BaseTaskContext):
        on_kubernetes = isinstance(context, K8sContext)
    else:
        on_kubernetes = _on_kubernetes(click.get_current_context())
    module = kubernetes if on_kubernetes else compose
    with module.session(context, deploys=deploys, allow_missing=allow_missing) as found:
        yield found


def _on_kubernetes(ctx: click.Context | None) -> bool:
    from tutor.commands.kubernetes import KubernetesGroup

    while ctx is not None:
        if isinstance(ctx.command, KubernetesGroup):
            return True
        ctx = ctx.parent
    return False
