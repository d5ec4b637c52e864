"""`tutor local do`: jobs, each a list of tasks that run in containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tutor.commands.compose import Session, allow_missing_option, session
from tutor.commands.mysql_jobs import JOBS as MYSQL_JOBS
from tutor.commands.platform_jobs import JOBS as PLATFORM_JOBS
from tutor.commands.plugin_jobs import JobGroup

if TYPE_CHECKING:
    from tutor.commands.context import Context
    from tutor.jobs.tasks import Task


@click.group("do", cls=JobGroup, short_help="Run a job: initialisation and others.")
def do() -> None:
    """Run a job: a list of tasks, each in a container of its own.

    \b
    Examples:
      tutor local do init
      tutor local do createuser --staff --superuser admin admin@example.com
    """


for job in (*PLATFORM_JOBS, *MYSQL_JOBS):
    do.add_command(job)


@do.command("init", short_help="Initialise databases and services.")
@click.option("-l", "--limit", metavar="NAME", help="Only the tasks of one plugin, or of mysql, lms or cms.")
@click.option("--resume", is_flag=True, help="Go on where the last run stopped.")
@allow_missing_option
@click.pass_obj
def init(context: Context, limit: str | None, resume: bool, allow_missing: bool) -> int:
    """Create databases, migrate them, and initialise every plugin. It does no harm to run it again.

    \b
    Examples:
      tutor local do init
      tutor local do init --limit=myplugin
      tutor local do init --resume
    """
    from tutor.engines.fetch import ensure
    from tutor.engines.model import read_model

    with session(context, deploys=True, allow_missing=allow_missing) as s:
        tasks = tasks_of_init(s, limit)
        s.check_machine()
        services = read_model(s.runner, s.compose, jobs=True)
        ensure(s.runner, s.compose.engine, s.project, services, s.reporter, build=False)
        run_init(s, tasks, limit=limit, resume=resume)
    return 0


def tasks_of_init(s: Session, limit: str | None = None) -> list[Task]:
    """The tasks of the job `init`, each with a service that can run it.

    Raises:
        TaskError: nothing has the name ``limit``, or a task cannot run.
    """
    from tutor.jobs.run import check_services
    from tutor.jobs.tasks import init_tasks

    return check_services(init_tasks(s.project, limit), s.files)


def run_init(
    s: Session,
    tasks: list[Task],
    *,
    limit: str | None = None,
    resume: bool = False,
    partial: bool = False,
    again: str | None = None,
) -> None:
    """Run the job `init`.

    Args:
        s: where it runs.
        tasks: in order.
        limit: the one whose tasks they are, where they are not all.
        resume: go on where the last run stopped.
        partial: they are not all tasks.
        again: the command that goes on after a failure, if not the job's own.

    Raises:
        TaskError: a task failed.
    """
    from tutor.hooks import Actions
    from tutor.jobs.run import run_tasks, start_dependencies

    Actions.DO_JOB.do("init", {"limit": limit})
    start_dependencies(s.runner, s.compose, tasks, s.reporter)
    run_tasks(
        s.runner,
        s.compose,
        tasks,
        s.project.root,
        s.reporter,
        resume=resume,
        partial=partial or limit is not None,
        group=s.flavour.name,
        images=_images_of_services(s),
        again=again,
    )


def _images_of_services(s: Session) -> dict[str, str]:
    """Service → identity of its image."""
    from tutor.engines.images import images_here
    from tutor.engines.model import read_model

    services = read_model(s.runner, s.compose, jobs=True)
    names = dict.fromkeys(service.image for service in services.values() if service.image)
    here = images_here(s.runner, s.compose.engine, names)
    return {name: here[x.image].identity for name, x in services.items() if x.image in here}
